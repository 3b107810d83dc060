import type { Dialog } from '../agent.js'
import type { Connection } from './connection.js'

/** Which application each dialog belongs to: whatever happens in the dialog goes to it alone. */
export class Owners {
  readonly #ownerOf = new Map<Dialog, Connection>()

  /** The last to answer or to call owns the dialog. */
  claim(dialog: Dialog, owner: Connection): void {
    if (dialog.state !== 'ended') this.#ownerOf.set(dialog, owner)
  }

  /** The owner, unless it is lost. */
  ownerOf(dialog: Dialog): Connection | undefined {
    return this.#ownerOf.get(dialog)
  }

  release(dialog: Dialog): void {
    this.#ownerOf.delete(dialog)
  }

  /** Takes from an application all its dialogs. */
  releaseAll(owner: Connection): Dialog[] {
    const owned = [...this.#ownerOf].filter(([, its]) => its === owner).map(([dialog]) => dialog)
    for (const dialog of owned) this.#ownerOf.delete(dialog)
    return owned
  }

  /** Every dialog that an application has. */
  dialogs(): Dialog[] {
    return [...this.#ownerOf.keys()]
  }

  /** Forgets dialogs that ended without a word to the port, such as early ones that failed. */
  sweep(): void {
    for (const dialog of this.#ownerOf.keys()) {
      if (dialog.state === 'ended') this.#ownerOf.delete(dialog)
    }
  }
}

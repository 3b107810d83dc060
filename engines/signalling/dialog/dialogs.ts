import type { CallDialog } from './call-dialog.js'

/** The live dialogs of one agent, by all that they are looked up by. */
export class Dialogs {
  readonly #byId = new Map<string, CallDialog>()
  /** By Call-ID and our own tag, which we made (RFC 3261 §12.2.2). */
  readonly #byTag = new Map<string, CallDialog>()

  get size(): number {
    return this.#byId.size
  }

  add(dialog: CallDialog) {
    this.#byId.set(dialog.id, dialog)
    this.#byTag.set(tagKey(dialog.callId, dialog.localTag), dialog)
  }

  remove(dialog: CallDialog) {
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id)
    const key = tagKey(dialog.callId, dialog.localTag)
    if (this.#byTag.get(key) === dialog) this.#byTag.delete(key)
  }

  byId(id: string): CallDialog | undefined {
    return this.#byId.get(id)
  }

  /** The dialog that a message of the peer belongs to: our tag and its own must agree. */
  match(callId: string, localTag: string, remoteTag: string): CallDialog | undefined {
    const dialog = this.#byTag.get(tagKey(callId, localTag))
    return dialog?.remoteTag === remoteTag ? dialog : undefined
  }

  /** The dialog of a SUBSCRIBE of ours that nobody has answered yet. */
  awaitingNotifier(callId: string, localTag: string): CallDialog | undefined {
    const dialog = this.#byTag.get(tagKey(callId, localTag))
    return dialog?.remoteTag === '' && dialog.subscribedTo !== undefined ? dialog : undefined
  }

  /** Asked for seldom, so it is searched for. */
  ofCall(callId: string): readonly CallDialog[] {
    return this.all().filter(dialog => dialog.callId === callId)
  }

  all(): readonly CallDialog[] {
    return [...this.#byId.values()]
  }
}

const tagKey = (callId: string, localTag: string): string => `${callId}|${localTag}`

import type { CallDialog } from './call-dialog.js'

/** The live dialogs of one agent, by all that they are looked up by. */
export class Dialogs {
  readonly #byId = new Map<string, CallDialog>()
  /** By Call-ID and our own tag, which we made (RFC 3261 §12.2.2). */
  readonly #byTag = new Map<string, CallDialog>()
  readonly #byCall = new Map<string, Set<CallDialog>>()

  get size(): number {
    return this.#byId.size
  }

  add(dialog: CallDialog) {
    this.#byId.set(dialog.id, dialog)
    this.#byTag.set(tagKey(dialog.callId, dialog.localTag), dialog)
    const ofCall = this.#byCall.get(dialog.callId)
    if (ofCall) ofCall.add(dialog)
    else this.#byCall.set(dialog.callId, new Set([dialog]))
  }

  remove(dialog: CallDialog) {
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id)
    const key = tagKey(dialog.callId, dialog.localTag)
    if (this.#byTag.get(key) === dialog) this.#byTag.delete(key)
    const ofCall = this.#byCall.get(dialog.callId)
    ofCall?.delete(dialog)
    if (ofCall?.size === 0) this.#byCall.delete(dialog.callId)
  }

  byId(id: string): CallDialog | undefined {
    return this.#byId.get(id)
  }

  /** The dialog that a message of the peer belongs to: our tag and its own must agree. */
  match(callId: string, localTag: string, remoteTag: string): CallDialog | undefined {
    const dialog = this.#byTag.get(tagKey(callId, localTag))
    return dialog?.remoteTag === remoteTag ? dialog : undefined
  }

  ofCall(callId: string): readonly CallDialog[] {
    return [...(this.#byCall.get(callId) ?? [])]
  }

  all(): readonly CallDialog[] {
    return [...this.#byId.values()]
  }
}

const tagKey = (callId: string, localTag: string): string => `${callId}|${localTag}`

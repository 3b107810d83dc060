import { type G711Law, SILENCE } from '../../../platform/rtp/g711.js'
import type { Application } from '../channel/channel.js'
import { FRAME_BYTES, type FrameSource } from '../playback/frame-source.js'
import type { HeardFrame } from '../recording/heard-audio.js'

/** Frames that may wait to be sent back, 200 ms: beyond, the oldest is left out. */
const MOST_WAITING = 10

/** `echo`: the caller hears what it says, until the call ends. Keys are told, and left. */
export const echo: Application = async ({ channel, attend }) => {
  if (!(await channel.early())) return
  const source = new EchoSource()
  channel.leg.hear(frame => source.take(frame))
  await attend({ source, keys: 'leave', breakable: true })
  channel.leg.hear(undefined)
}

/** Gives back what was heard, silence where nothing was. Packets of another length are left out. */
class EchoSource implements FrameSource {
  readonly #waiting: Uint8Array[] = []

  take({ payload }: HeardFrame): void {
    if (payload.length !== FRAME_BYTES) return
    this.#waiting.push(Uint8Array.from(payload))
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
  }

  next(law: G711Law): Uint8Array {
    return this.#waiting.shift() ?? SILENT[law]
  }
}

const SILENT: Readonly<Record<G711Law, Uint8Array>> = {
  PCMU: new Uint8Array(FRAME_BYTES).fill(SILENCE.PCMU),
  PCMA: new Uint8Array(FRAME_BYTES).fill(SILENCE.PCMA),
}

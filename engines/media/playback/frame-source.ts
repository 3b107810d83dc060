import type { G711Law } from '../../../platform/rtp/g711.js'

/** Octets of one frame: 20 ms at 8,000 samples a second. */
export const FRAME_BYTES = 160

/** Milliseconds of one frame. */
export const FRAME_MS = 20

/** Audio that is being sent: asked for a frame every 20 ms. */
export interface FrameSource {
  /** The next frame of `FRAME_BYTES` octets, not to be changed; `undefined` when it is at its end. */
  next(law: G711Law): Uint8Array | undefined
}

import { sequenceDistance } from '../../../platform/rtp/packet.js'

/**
 * Which of the streams on one port is the caller's voice (RFC 3550 §5.1, §8.2: the SSRC names a stream).
 * A sender may begin a new stream at any time; one stray packet must not end the old one, and packets of
 * the old one that come late must not bring it back.
 *
 *   none ──packet──► current ──packet of another──► on trial ──another of it──► that is current
 */
export interface StreamSource {
  /** The stream that is listened to. */
  readonly current?: number
  /** A stream of which one packet came. */
  readonly onTrial?: { readonly ssrc: number; readonly sequence: number }
  /** The stream before this one, until its late packets are over. */
  readonly former?: { readonly ssrc: number; readonly untilMs: number }
}

/** How long packets of a stream that was given up count as late copies. */
export const LATE_MS = 1_000

/** Packets of a trial stream are consecutive, give or take what the network loses or reorders. */
const NEAR = 16

export type StreamStep =
  /** Not of the stream listened to: ignored. */
  | { readonly outcome: 'ignored'; readonly source: StreamSource }
  | { readonly outcome: 'current'; readonly source: StreamSource }
  /** The first packet of a new stream that is listened to from here. */
  | { readonly outcome: 'changed'; readonly source: StreamSource }

/** What a packet of a stream means. */
export function hear(
  source: StreamSource,
  { ssrc, sequence }: { readonly ssrc: number; readonly sequence: number },
  nowMs: number,
): StreamStep {
  const { current, onTrial, former } = source
  if (current === ssrc) return { outcome: 'current', source }
  if (current === undefined) return { outcome: 'changed', source: { current: ssrc } }
  if (former?.ssrc === ssrc && nowMs < former.untilMs) return { outcome: 'ignored', source }
  const gap = onTrial?.ssrc === ssrc ? sequenceDistance(onTrial.sequence, sequence) : 0
  if (gap === 0 || Math.abs(gap) > NEAR) {
    return { outcome: 'ignored', source: { ...source, onTrial: { ssrc, sequence } } }
  }
  const given = { ssrc: current, untilMs: nowMs + LATE_MS }
  return { outcome: 'changed', source: { current: ssrc, former: given } }
}

import { type ClipLibrary, oneZero, QUIET } from '../../switch-sim/handset/clip-library.js'
import { Heard } from '../../switch-sim/handset/heard.js'
import { type HeardClip, hears, TOLD_FROM } from '../../switch-sim/handset/hears.js'
import type { Captured } from './rtp-capture.js'

/** Sounds that bridge a validation which takes long: how often they come is the machine's affair. */
const BRIDGES = /^(?:tone\/comfort|(?:ja|en)\/one-moment)$/

/**
 * Everything that one call was sent, sample by sample, in order: a clip by its id (`ja/welcome`), one that
 * was broken off with ` (cut)` behind it, and any sound that is no clip as `sound`, or `sound (cut)` where
 * it is too short to tell which clip began. Between them there is nothing but silence. What bridges a long
 * validation is left out.
 */
export function transcript(heard: Heard, library: ClipLibrary): string[] {
  const lines: string[] = []
  let at = 0
  for (const clip of [...hears(heard, library), END]) {
    const between = heard.samples.subarray(at, clip.at)
    const first = between.findIndex(isSound)
    const length = between.findLastIndex(isSound) + 1 - first
    if (first >= 0) lines.push(length < TOLD_FROM ? 'sound (cut)' : 'sound')
    if (clip === END) break
    lines.push(clip.whole ? clip.clip : `${clip.clip} (cut)`)
    at = clip.at + clip.span
  }
  return lines.filter(line => !BRIDGES.test(line))
}

const END: HeardClip = {
  clip: '',
  text: '',
  at: Number.POSITIVE_INFINITY,
  length: 0,
  span: 0,
  whole: true,
}

const isSound = (octet: number): boolean => oneZero(octet) !== QUIET

/** What each call was sent to ports of a phone's, by the sender's SSRC, in the order the calls began. */
export function callsHeard(
  captured: readonly Captured[],
  firstPort: number,
  lastPort: number,
): Heard[] {
  const calls = new Map<number, Heard>()
  for (const { toPort, packet } of captured) {
    if (toPort < firstPort || toPort > lastPort || packet.payloadType !== PCMU_TYPE) continue
    const heard = calls.get(packet.ssrc) ?? new Heard()
    calls.set(packet.ssrc, heard)
    heard.accept(packet, packet.payload)
  }
  return [...calls.values()]
}

/** Payload type of µ-law (RFC 3551 §6). */
const PCMU_TYPE = 0

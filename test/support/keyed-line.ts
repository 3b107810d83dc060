import { PortRange } from '../../engines/media/rtp/port-range.js'
import { SenderWheel } from '../../engines/media/rtp/sender-wheel.js'
import { type RtpListener, RtpSession } from '../../engines/media/rtp/session.js'
import { DigitPaths } from '../../engines/media/sip/digit-paths.js'
import type { AudioStream } from '../../platform/audio-offer.js'
import type { RtpPacket } from '../../platform/rtp/packet.js'
import {
  type Digit,
  formatTelephoneEvent,
  keyPress,
  parseDigit,
} from '../../platform/rtp/telephone-event.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { HandScheduler } from './hand-scheduler.js'

/** Keys of one call. */
const KEYS_OF_CALL = 20

const KEYS = '0123456789*#'

/** How a network treats packets. */
export interface Line {
  readonly lossPercent: number
  readonly doublePercent: number
  /** Each packet takes up to so long, so that those sent within it may change places. */
  readonly delayMs: number
}

/** What many calls keyed and what the engine heard. */
export interface KeyedResult {
  readonly keyed: number
  readonly heard: number
  /** Calls in which a key was heard that was not keyed there, or one key twice. */
  readonly wrongCalls: readonly string[]
}

/**
 * Keys calls of 20 keys over a line into RTP session and digit arbiter, in virtual time: some phones key in
 * their audio, some by INFO, some by both; timestamps wrap; streams and payload types change in the middle.
 */
export function keyCalls(keys: number, line: Line, seed: number): KeyedResult {
  const chance = seededChance(seed)
  let heard = 0
  const wrongCalls: string[] = []
  const calls = Math.ceil(keys / KEYS_OF_CALL)
  for (let call = 0; call < calls; call++) {
    const keyed = Array.from({ length: KEYS_OF_CALL }, () => keyOf(chance))
    const got = oneCall(keyed, line, chance)
    heard += got.length
    if (!isSubsequence(got, keyed.join('')))
      wrongCalls.push(`call ${call}: ${keyed.join('')} ${got}`)
  }
  return { keyed: calls * KEYS_OF_CALL, heard, wrongCalls }
}

const keyOf = (chance: () => number): Digit =>
  parseDigit(KEYS.charAt(Math.floor(chance() * KEYS.length))) ?? '0'

function isSubsequence(part: string, whole: string): boolean {
  let at = 0
  for (const character of whole) if (character === part.charAt(at)) at++
  return at === part.length
}

/** Something that reaches the engine. */
interface Arrival {
  readonly atMs: number
  readonly take: () => void
}

const STYLES = ['audio', 'info', 'both, INFO at the press', 'both, INFO at the release'] as const

/** What the session, the digit paths and the clock of one call are. */
function openLine() {
  const scheduler = new HandScheduler()
  const time = { now: () => scheduler.nowMs, scheduler }
  let heard = ''
  const paths = new DigitPaths(time, digit => {
    heard += digit
  })
  const listener: RtpListener = {
    keyPressed: digit => paths.keyPressed(digit),
    digit: (digit, duration) => paths.inAudio(digit, duration),
    toneHeard() {},
    mediaTimeout() {},
  }
  const wheel = new SenderWheel(time)
  const around = {
    ...{ address: '127.0.0.1', ports: new PortRange(2, 2), trusted: () => false },
    ...{ wheel, time, random32: () => 1, mediaTimeoutMs: 0, keyTones: false },
  }
  const carrier = { port: 2, open: true, listen() {}, agree() {}, send: () => true, close() {} }
  const session = new RtpSession(around, listener, carrier)
  return { scheduler, paths, session, heard: () => heard }
}

function oneCall(keyed: readonly Digit[], line: Line, chance: () => number): string {
  const { scheduler, paths, session, heard } = openLine()
  const style = STYLES[Math.floor(chance() * STYLES.length)] ?? 'audio'
  const arrivals: Arrival[] = []
  let keyType = 96
  let stream = newStream(chance)
  let atMs = 0
  let informedMs = 0
  session.agree(streamWith(keyType))
  for (const digit of keyed) {
    const heldMs = 40 + Math.floor(chance() * 120)
    const turn = chance()
    if (turn < 0.05) stream = newStream(chance)
    else if (turn < 0.1) {
      // A re-INVITE: nothing of the former type is understood from here on.
      keyType = keyType === 96 ? 101 : 96
      const agreed = streamWith(keyType)
      arrivals.push({ atMs, take: () => session.agree(agreed) })
    }
    if (style !== 'info') {
      for (const { packet, afterMs } of packetsOf(digit, heldMs, atMs, keyType, stream)) {
        for (const delayMs of delaysOn(line, chance)) {
          const take = () => session.packet(packet)
          arrivals.push({ atMs: atMs + afterMs + delayMs, take })
        }
      }
    }
    if (style !== 'audio') {
      const saidMs = style === 'both, INFO at the press' ? atMs : atMs + heldMs
      // Signalling is repeated until it is answered: late at worst, and in order.
      informedMs = Math.max(informedMs, saidMs + 5 + chance() * 100)
      arrivals.push({ atMs: informedMs, take: () => paths.byInfo(digit, heldMs * 8) })
    }
    atMs += heldMs + 40 + Math.floor(chance() * 200)
  }
  arrivals.sort((a, b) => a.atMs - b.atMs)
  for (const arrival of arrivals) {
    scheduler.pass(arrival.atMs - scheduler.nowMs)
    arrival.take()
  }
  scheduler.pass(1_000)
  session.close()
  paths.close()
  return heard()
}

/** A stream of packets: numbers that go on from key to key. */
interface Stream {
  readonly ssrc: number
  /** Timestamp of the moment 0 of the call, mostly shortly before the wrap. */
  readonly from: number
  sequence: number
}

const newStream = (chance: () => number): Stream => ({
  ssrc: Math.floor(chance() * 2 ** 32),
  from: chance() < 0.5 ? (2 ** 32 - Math.floor(chance() * 40_000)) >>> 0 : chance() * 2 ** 31,
  sequence: Math.floor(chance() * 2 ** 16),
})

function packetsOf(digit: Digit, heldMs: number, atMs: number, keyType: number, stream: Stream) {
  const timestamp = (stream.from + Math.floor(atMs) * 8) >>> 0
  return keyPress(digit, heldMs).map((event, step) => {
    stream.sequence = (stream.sequence + 1) & 0xffff
    const packet: RtpPacket = {
      ...{ payloadType: keyType, marker: false, sequence: stream.sequence, timestamp },
      ...{ ssrc: stream.ssrc, payload: formatTelephoneEvent(event) },
    }
    return { packet, afterMs: step * 20 }
  })
}

/** When each copy of a packet arrives; none where all are lost. */
function delaysOn({ lossPercent, doublePercent, delayMs }: Line, chance: () => number): number[] {
  const copies = chance() * 100 < doublePercent ? 2 : 1
  return Array.from({ length: copies }, () => chance())
    .filter(() => chance() * 100 >= lossPercent)
    .map(share => share * delayMs)
}

const streamWith = (keyType: number): AudioStream => ({
  ...{ law: 'PCMU', audioType: 0, keyType, keyTypesReceived: [keyType], ptimeMs: 20 },
  ...{ remote: { address: '127.0.0.1', port: 6_000 }, direction: 'sendrecv' },
})

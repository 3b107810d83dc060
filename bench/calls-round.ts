import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Language } from '../domain/charge-answer.js'
import type { Msisdn } from '../domain/msisdn.js'
import type { Yen } from '../domain/yen.js'
import { CLIPS_FOLDER } from '../guidance-audio/clips-folder.js'
import { type ClipFile, phrase } from '../guidance-audio/phrase.js'
import { type RtpPacket, sequenceDistance } from '../platform/rtp/packet.js'
import { parseDigit } from '../platform/rtp/telephone-event.js'
import { readWav, wavAs } from '../platform/rtp/wav.js'
import type { ClearCard } from '../scp/cards/issue.js'
import { type CallingPlace, handsetOf } from '../switch-sim/handset/calling-place.js'
import type { CallEnding, PhoneCall } from '../switch-sim/handset/phone.js'
import { transcript } from '../test/support/transcript.js'
import { StreamJitter } from './jitter.js'
import { cpuMsOf } from './process-cost.js'

/** Who calls, and what it keys. */
export interface BenchCaller {
  readonly number: string
  readonly card: ClearCard
  /** What it will have registered this month with the card. */
  readonly total: Yen
}

/** What one round of calls came to. */
export interface CallsRound {
  readonly streams: readonly StreamJitter[]
  readonly lost: number
  /** Processor time of the media engine while all talked. */
  readonly cpuMs: number
  /** How long all talked at once, in s: only then packets are measured. */
  readonly measuredSeconds: number
  /** From the first dialled to the last ended, in s. */
  readonly seconds: number
  /** A sentence for each call that was not as it must be. */
  readonly mistakes: readonly string[]
}

/** Samples in a packet. */
const FRAME_SAMPLES = 160

/** Guidance is over when its packets have come and so long none followed, in ms. */
const QUIET_MS = 400

const LOOK_EVERY_MS = 100

/** Longest that a caller waits for the question, and then for the end, in ms. */
const PATIENCE_MS = 90_000

/** Every caller dials at once, waits for the question, keys its card, and listens to the end. */
export async function callsRound(
  place: CallingPlace,
  callers: readonly BenchCaller[],
  media: number,
): Promise<CallsRound> {
  const phones = await Promise.all(
    callers.map(({ number }) => handsetOf(place, number as Msisdn, undefined)),
  )
  const all = new Together(callers.length, media)
  const beganMs = performance.now()
  const dialled = await Promise.allSettled(
    phones.map(async (phone, n) => {
      const caller = callers[n]
      if (!caller) throw new Error('a phone without a caller')
      return new BenchCall(caller, await phone.call('1400', () => {}), all)
    }),
  )
  const calls = dialled.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  await Promise.all(calls.map(call => call.run()))
  const seconds = (performance.now() - beganMs) / 1_000
  await Promise.all(phones.map(phone => phone.off()))
  return {
    streams: calls.map(({ jitter }) => jitter),
    lost: calls.reduce((sum, { lost }) => sum + lost, 0),
    ...all.measured(),
    seconds,
    mistakes: [
      ...dialled.flatMap(one => (one.status === 'rejected' ? [`not dialled: ${one.reason}`] : [])),
      ...calls.flatMap(call => call.mistakes(place)),
    ],
  }
}

/** The time in which every call talks: from the last that began to the first that ended. */
class Together {
  readonly #calls: number
  readonly #media: number
  #begun = 0
  #over = false
  #fromMs = 0
  #throughMs = 0
  #cpuMs = 0

  constructor(calls: number, media: number) {
    this.#calls = calls
    this.#media = media
  }

  get now(): boolean {
    return this.#begun === this.#calls && !this.#over
  }

  begun(): void {
    this.#begun++
    if (!this.now) return
    this.#fromMs = performance.now()
    this.#cpuMs = cpuMsOf(this.#media)
  }

  ended(): void {
    if (this.#over) return
    this.#over = true
    this.#throughMs = performance.now()
    this.#cpuMs = cpuMsOf(this.#media) - this.#cpuMs
  }

  measured(): Pick<CallsRound, 'cpuMs' | 'measuredSeconds'> {
    if (this.#begun < this.#calls) return { cpuMs: 0, measuredSeconds: 0 }
    return { cpuMs: this.#cpuMs, measuredSeconds: (this.#throughMs - this.#fromMs) / 1_000 }
  }
}

/** One call of a round, measured while all talk. */
class BenchCall {
  readonly jitter = new StreamJitter()
  readonly #caller: BenchCaller
  readonly #call: PhoneCall
  readonly #together: Together
  #first: RtpPacket | undefined
  /** Packets that were sent until now, lost ones too. */
  #sent = 0
  #lastMs = 0
  #ending: CallEnding | undefined

  constructor(caller: BenchCaller, call: PhoneCall, together: Together) {
    this.#caller = caller
    this.#call = call
    this.#together = together
    call.onHeard(packet => this.#heard(packet))
    call.ended.then(ending => {
      this.#ending = ending
      together.ended()
    })
  }

  get lost(): number {
    return this.#call.heard.lostPackets
  }

  /** The call from its question to its end. */
  async run(): Promise<void> {
    const asked = framesOf(greeting(this.#language))
    await this.#until(() => this.#sent >= asked && performance.now() - this.#lastMs > QUIET_MS)
    for (const digit of [...`${this.#caller.card.pin}#`].map(parseDigit)) {
      if (digit) await Promise.race([this.#call.press(digit), this.#call.ended])
    }
    await this.#until(() => false)
    if (!this.#ending) await this.#call.hangUp()
  }

  /** What was not as it must be: how it ended, and every sample that it was sent. */
  mistakes({ library }: CallingPlace): string[] {
    const { number } = this.#caller
    const ending = JSON.stringify(this.#ending)
    const heard = transcript(this.#call.heard, library)
    const wanted = ids([...greeting(this.#language), ...result(this.#language, this.#caller)])
    return [
      ...(ending === '{"how":"hung_up","by":"network"}' ? [] : [`${number}: ended ${ending}`]),
      ...(heard.join(' ') === wanted.join(' ') ? [] : [`${number}: heard ${heard.join(' ')}`]),
      ...(this.lost === 0 ? [] : [`${number}: ${this.lost} packets were lost`]),
    ]
  }

  /** The switch speaks English to numbers that end in 0. */
  get #language(): Language {
    return this.#caller.number.endsWith('0') ? 'en' : 'ja'
  }

  #heard(packet: RtpPacket): void {
    const nowMs = performance.now()
    if (!this.#first) {
      this.#first = packet
      this.#together.begun()
    }
    const behind = sequenceDistance(this.#first.sequence, packet.sequence)
    this.#sent = Math.max(this.#sent, behind + 1)
    this.#lastMs = nowMs
    if (this.#together.now) this.jitter.accept(packet, nowMs)
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!isSo() && !this.#ending && performance.now() < deadline) await after(LOOK_EVERY_MS)
  }
}

const other = (language: Language): Language => (language === 'ja' ? 'en' : 'ja')

/** What a caller hears before it keys. */
const greeting = (language: Language): ClipFile[] => [
  ...phrase(language, 'welcome'),
  ...phrase(other(language), 'language-hint'),
  ...phrase(language, 'enter-number', { length: 14 }),
]

/** What it hears when it was charged, and keys nothing more. */
const result = (language: Language, { card, total }: BenchCaller): ClipFile[] => [
  ...phrase(language, 'charge-succeeded', { amount: card.faceValue, total }),
  ...phrase(language, 'next-card'),
  ...phrase(language, 'goodbye'),
]

const ids = (clips: readonly ClipFile[]) => clips.map(clip => clip.replace(/\.wav$/, ''))

const frames = new Map<string, number>()

/** Packets that clips are sent in, at least. */
function framesOf(clips: readonly ClipFile[]): number {
  const key = clips.join(' ')
  const known = frames.get(key)
  if (known !== undefined) return known
  const samples = clips.reduce((sum, clip) => sum + samplesOf(clip), 0)
  frames.set(key, Math.floor(samples / FRAME_SAMPLES))
  return Math.floor(samples / FRAME_SAMPLES)
}

function samplesOf(clip: ClipFile): number {
  const read = readWav(readFileSync(join(CLIPS_FOLDER, clip)))
  if (read.outcome !== 'read') throw new Error(`${clip} cannot be read: ${read.outcome}`)
  return wavAs('PCMU', read.wav).length
}

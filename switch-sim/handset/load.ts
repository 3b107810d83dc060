import type { Msisdn } from '../../domain/msisdn.js'
import { type CallResult, resultOf } from './call-result.js'
import { Caller } from './caller.js'
import {
  BEHAVIOUR_NAMES,
  BEHAVIOURS,
  type BehaviourName,
  type CallerCard,
} from './caller-script.js'
import type { ClipLibrary } from './clip-library.js'
import { Ears } from './ears.js'
import type { CallEnding, Phone } from './phone.js'

/** One call of a load, decided before it begins. */
export interface PlannedCall {
  /** When it begins, in ms from the start of the load. */
  readonly atMs: number
  readonly number: Msisdn
  readonly behaviour: BehaviourName
  readonly card: CallerCard
}

export interface LoadPlan {
  readonly calls: number
  readonly callsPerSecond: number
  /** How many in a hundred make a mistake, or do not stay. */
  readonly mistakenPercent: number
  /** Calling numbers, taken in turn. */
  readonly numbers: readonly Msisdn[]
  /** Card numbers, one a call. */
  readonly pins: readonly string[]
  /** From 0 up to 1, the same for the same seed. */
  readonly chance: () => number
}

/** Decides every call of a load: the same seed, numbers and cards give the same calls. */
export function planLoad(plan: LoadPlan): PlannedCall[] {
  const { calls, callsPerSecond, mistakenPercent, numbers, pins, chance } = plan
  const pick = <T>(choices: readonly T[]): T => {
    const chosen = choices[Math.floor(chance() * choices.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }
  const [honest, mistaken] = [false, true].map(is =>
    BEHAVIOUR_NAMES.filter(name => BEHAVIOURS[name].mistaken === is),
  )
  let atMs = 0
  return Array.from({ length: calls }, (_, index) => {
    const number = numbers[index % numbers.length]
    const pin = pins[index]
    if (number === undefined || pin === undefined) throw new RangeError('too few numbers or cards')
    const behaviour = pick((chance() * 100 < mistakenPercent ? mistaken : honest) ?? [])
    const wrongPin = Array.from(pin, () => Math.floor(chance() * 10)).join('')
    const planned = { atMs, number, behaviour, card: { pin, wrongPin } }
    // Callers come by themselves: the pauses between them are exponential.
    atMs += (-Math.log(1 - chance()) * 1000) / callsPerSecond
    return planned
  })
}

/** What became of one call of a load. */
export interface CallReport {
  readonly behaviour: BehaviourName
  readonly ending: CallEnding | { readonly how: 'failed'; readonly why: string }
  readonly result: CallResult
  /** Whether it came to what its behaviour must come to. */
  readonly asExpected: boolean
  /** From dialling to the answer, in ms. */
  readonly answerMs?: number
  /** From dialling to the first guidance, in ms. */
  readonly guidanceMs?: number
  /** Packets of audio that were sent and did not come. */
  readonly lostPackets: number
}

/** What a load stands on. */
export interface LoadGround {
  readonly library: ClipLibrary
  readonly handset: (number: Msisdn) => Promise<Phone>
  /** Runs `task` after so many ms. */
  readonly after: (ms: number) => Promise<void>
  readonly nowMs: () => number
  /** Most calls at once; one more waits for its turn. */
  readonly callsAtOnceMax: number
  readonly begun: () => void
  readonly ended: (report: CallReport) => void
}

/** Makes every call at its time, as far as `callsAtOnceMax` lets it; the reports in order of their ends. */
export async function runLoad(
  calls: readonly PlannedCall[],
  ground: LoadGround,
): Promise<CallReport[]> {
  const startMs = ground.nowMs()
  const reports: CallReport[] = []
  const running = new Set<Promise<void>>()
  for (const planned of calls) {
    const earlyMs = startMs + planned.atMs - ground.nowMs()
    if (earlyMs > 0) await ground.after(earlyMs)
    while (running.size >= ground.callsAtOnceMax) await Promise.race(running)
    ground.begun()
    const call = runCall(planned, ground).then(report => {
      reports.push(report)
      ground.ended(report)
      running.delete(call)
    })
    running.add(call)
  }
  await Promise.all(running)
  return reports
}

async function runCall(planned: PlannedCall, ground: LoadGround): Promise<CallReport> {
  const { behaviour } = planned
  try {
    const phone = await ground.handset(planned.number)
    try {
      return await callOnce(phone, planned, ground)
    } finally {
      await phone.off()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const ending = { how: 'failed', why } as const
    return { behaviour, ending, result: 'nothing', asExpected: false, lostPackets: 0 }
  }
}

async function callOnce(
  phone: Phone,
  { behaviour, card }: PlannedCall,
  { library, nowMs }: LoadGround,
): Promise<CallReport> {
  const dialledMs = nowMs()
  let answeredMs: number | undefined
  const call = await phone.call('1400', progress => {
    if (progress.type === 'answered') answeredMs = nowMs()
  })
  const ears = new Ears(call.heard, library, nowMs)
  const caller = new Caller(call, ears, 'rtp')
  const ending = await caller.run(BEHAVIOURS[behaviour].script(card))
  const result = resultOf(ears.clips)
  return {
    behaviour,
    ending,
    result,
    asExpected: isExpected(behaviour, result),
    ...(answeredMs === undefined ? {} : { answerMs: answeredMs - dialledMs }),
    ...(ears.beganMs === undefined ? {} : { guidanceMs: ears.beganMs - dialledMs }),
    lostPackets: call.heard.lostPackets,
  }
}

/** Who hangs up while the result is told may not hear enough of it to know. */
function isExpected(behaviour: BehaviourName, result: CallResult): boolean {
  const { expects } = BEHAVIOURS[behaviour]
  if (expects === 'either' || behaviour === 'gone_on_result') return true
  return (result === 'charged') === (expects === 'charged')
}

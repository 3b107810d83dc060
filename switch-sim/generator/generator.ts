import {
  CALL_OUTCOMES,
  type CallOutcome,
  type GeneratorOrder,
  type GeneratorPhase,
  type GeneratorState,
  LEFT_OUT_REASONS,
  type LeftOutReason,
} from '../../domain/generated-traffic.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { Chance } from '../../platform/seeded-chance.js'
import type { CallerCard } from '../handset/caller-script.js'
import type { ClipLibrary } from '../handset/clip-library.js'
import type { Phone, PhoneCall } from '../handset/phone.js'
import { type DecidedCall, decideCall, pauseMs } from './caller-mix.js'
import { callOnce, hangUpOf } from './generated-call.js'
import type { Purse } from './purse.js'

/** A call that is later than this is not made good at once: what comes after a pause of ours is no rush, in ms. */
const LATE_MS = 1_000

/** Digits of a number that is no card's. */
const WRONG_DIGITS = 14

/** Callers that cannot call without a card. */
const NEEDING_CARDS = ['good_card', 'used_card', 'hang_up', 'slow_keying'] as const

/** The network as generated callers find it; made for each run, since numbers and passwords may have changed. */
export interface CallersPlace {
  readonly library: ClipLibrary
  /** A handset that is switched on; of its packets so many in a hundred are lost. */
  readonly handset: (number: Msisdn, rtpLossPercent: number) => Promise<Phone>
  /** Numbers that call, and those few that lock themselves. */
  readonly numbers: readonly Msisdn[]
  readonly locking: readonly Msisdn[]
}

export interface GeneratorOptions {
  /** Finds the network. Throws a fault where it cannot be called. */
  readonly place: () => Promise<CallersPlace>
  readonly purse: Purse
  readonly chance: Chance
  /** Monotonic. */
  readonly nowMs: () => number
  readonly later: Later
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** One run, from its order to the end of its last call. */
interface Run {
  readonly order: GeneratorOrder
  readonly by: string
  readonly place: CallersPlace
  readonly beganMs: number
  readonly calls: Set<PhoneCall>
  readonly outcomes: Record<CallOutcome, number>
  readonly leftOut: Record<LeftOutReason, number>
  phase: Exclude<GeneratorPhase, 'idle'>
  /** Whether calls are hung up wherever they are. */
  hangsUp: boolean
  endedMs: number | undefined
  offered: number
  answered: number
  inProgress: number
  /** Places in the numbers that call in turn. */
  turn: number
  lockingTurn: number
  trouble: string | undefined
}

/**
 * Makes calls at a rate, whatever becomes of them, as an order has it; one run at a time.
 *
 *   idle ──start──► running ──time is over, stop──► ending ──last call ended──► over ──start──► running
 *                                                      └─stop: hangs up what goes on
 *
 * Bounded in rate, time and calls at once; a call that is due and cannot be made is counted, not made later.
 */
export class Generator {
  readonly #options: GeneratorOptions
  #run: Run | undefined
  /** The ends of the calls that go on. */
  readonly #ends = new Set<Promise<void>>()
  #starting = false
  #callOff = () => {}

  constructor(options: GeneratorOptions) {
    this.#options = options
  }

  /** Calls that it holds. */
  get inProgress(): number {
    return this.#run?.inProgress ?? 0
  }

  get state(): GeneratorState {
    const { purse, nowMs } = this.#options
    const run = this.#run
    if (!run) return IDLE
    const { phase, order, by, offered, answered, inProgress, outcomes, leftOut } = run
    const trouble = purse.trouble ?? run.trouble
    return {
      ...{ phase, order, by, offered, answered, inProgress },
      elapsedMs: Math.round((run.endedMs ?? nowMs()) - run.beganMs),
      outcomes: { ...outcomes },
      leftOut: { ...leftOut },
      cardsReady: purse.ready(order.cardYen),
      ...(trouble !== undefined && { trouble }),
    }
  }

  /** Begins a run. Throws `ACT_REFUSED` while one goes on, or for a mix of nobody. */
  async start(order: GeneratorOrder, by: string): Promise<void> {
    if (this.#starting || (this.#run && this.#run.phase !== 'over')) {
      throw new Fault('ACT_REFUSED', 'A run goes on already; stop it first.')
    }
    if (Object.values(order.mix).every(weight => weight === 0)) {
      throw new Fault('ACT_REFUSED', 'Nobody is to call: every part of the mix is 0.')
    }
    this.#starting = true
    try {
      const { place, nowMs, log } = this.#options
      const found = await place()
      await this.#firstCards(order)
      const run = newRun(order, by, found, nowMs())
      this.#run = run
      log.info({ by, order }, 'generated traffic began')
      this.#next(run, run.beganMs)
    } finally {
      this.#starting = false
    }
  }

  /** Lets no more calls begin; asked again, hangs up those that go on. */
  async stop(): Promise<void> {
    const run = this.#run
    if (run?.phase === 'running') this.#end(run)
    else if (run?.phase === 'ending') await this.#hangUpAll(run)
  }

  /** Ends the run, and its calls with it. */
  async close(): Promise<void> {
    const run = this.#run
    if (!run) return
    if (run.phase === 'running') this.#end(run)
    await this.#hangUpAll(run)
    await Promise.all(this.#ends)
  }

  /** Those too that are being dialled. */
  async #hangUpAll(run: Run): Promise<void> {
    run.hangsUp = true
    await Promise.all([...run.calls].map(hangUpOf))
  }

  /** Without a card to charge, a run that needs some does not begin. */
  async #firstCards({ mix, cardYen, callsPerHour }: GeneratorOrder): Promise<void> {
    const { purse } = this.#options
    if (NEEDING_CARDS.every(kind => mix[kind] === 0)) return
    await purse.fill(cardYen, callsPerHour)
    if (purse.ready(cardYen) > 0) return
    throw new Fault('ACT_REFUSED', purse.trouble ?? 'There are no cards to charge.')
  }

  #end(run: Run): void {
    this.#callOff()
    run.phase = 'ending'
    this.#overWhenQuiet(run)
  }

  #overWhenQuiet(run: Run): void {
    if (run.phase !== 'ending' || run.inProgress > 0) return
    const { nowMs, log } = this.#options
    run.phase = 'over'
    run.endedMs = nowMs()
    const { offered, answered, outcomes, leftOut } = run
    log.info({ offered, answered, outcomes, leftOut }, 'generated traffic ended')
  }

  /** Waits for the call after one that was due at a moment. */
  #next(run: Run, dueMs: number): void {
    const { chance, nowMs, later } = this.#options
    const { callsPerHour, seconds } = run.order
    const endMs = run.beganMs + seconds * 1_000
    const from = nowMs() - dueMs > LATE_MS ? nowMs() : dueMs
    const nextMs = from + pauseMs(callsPerHour, chance)
    if (nextMs >= endMs) {
      this.#callOff = later(() => this.#end(run), endMs - nowMs())
      return
    }
    this.#callOff = later(() => {
      this.#offer(run)
      this.#next(run, nextMs)
    }, nextMs - nowMs())
  }

  #offer(run: Run): void {
    const { order, leftOut } = run
    if (run.inProgress >= order.inProgressMax) {
      leftOut.too_many++
      return
    }
    const decided = decideCall(order, this.#options.chance)
    const card = this.#cardFor(run, decided)
    if (!card) {
      leftOut.no_card++
      return
    }
    run.offered++
    run.inProgress++
    const end = this.#call(run, decided, card).then(outcome => {
      this.#ends.delete(end)
      run.outcomes[outcome]++
      run.inProgress--
      if (outcome === 'charged') this.#options.purse.charged(card.pin)
      this.#overWhenQuiet(run)
    })
    this.#ends.add(end)
  }

  /** The card that a call needs; where nobody has used one yet, a fresh one is as good. */
  #cardFor(run: Run, { card }: DecidedCall): CallerCard | undefined {
    const { purse } = this.#options
    const wrongPin = this.#wrongNumber()
    if (card === 'none') return { pin: wrongPin, wrongPin }
    const used = card === 'used' ? purse.used() : undefined
    const pin = used ?? purse.fresh(run.order.cardYen)
    this.#fill(run)
    return pin === undefined ? undefined : { pin, wrongPin }
  }

  #fill({ order }: Run): void {
    void this.#options.purse.fill(order.cardYen, order.callsPerHour)
  }

  async #call(run: Run, decided: DecidedCall, card: CallerCard): Promise<CallOutcome> {
    const { nowMs, later, log } = this.#options
    const { library, handset } = run.place
    try {
      const phone = await handset(this.#numberFor(run, decided), run.order.faults.rtpLossPercent)
      let call: PhoneCall | undefined
      try {
        return await callOnce(phone, decided, card, {
          ...{ library, nowMs, later },
          begun: begun => {
            call = begun
            run.calls.add(begun)
            if (run.hangsUp) void hangUpOf(begun)
          },
          answered: () => void run.answered++,
        })
      } finally {
        if (call) run.calls.delete(call)
        await phone.off().catch(() => {})
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (run.trouble !== why) log.warn({ why }, 'a generated call failed')
      run.trouble = why
      return 'failed'
    }
  }

  #numberFor(run: Run, { from }: DecidedCall): Msisdn {
    const { numbers, locking } = run.place
    const inTurn = numbers.slice(0, run.order.handsets)
    const of = { locking, any: numbers, in_turn: inTurn }[from]
    const place = from === 'locking' ? run.lockingTurn++ : run.turn++
    const number = of[place % of.length]
    if (number === undefined)
      throw new Fault('COMMAND_REFUSED', 'There are no numbers to call from.')
    return number
  }

  #wrongNumber(): string {
    const { chance } = this.#options
    return Array.from({ length: WRONG_DIGITS }, () => Math.floor(chance() * 10)).join('')
  }
}

const zeros = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>

const newRun = (order: GeneratorOrder, by: string, place: CallersPlace, beganMs: number): Run => ({
  ...{ order, by, place, beganMs },
  calls: new Set(),
  outcomes: zeros(CALL_OUTCOMES),
  leftOut: zeros(LEFT_OUT_REASONS),
  phase: 'running',
  hangsUp: false,
  endedMs: undefined,
  ...{ offered: 0, answered: 0, inProgress: 0, turn: 0, lockingTurn: 0 },
  trouble: undefined,
})

const IDLE: GeneratorState = {
  phase: 'idle',
  ...{ elapsedMs: 0, offered: 0, answered: 0, inProgress: 0, cardsReady: 0 },
  outcomes: zeros(CALL_OUTCOMES),
  leftOut: zeros(LEFT_OUT_REASONS),
}

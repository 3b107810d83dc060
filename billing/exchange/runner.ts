import { epochMs } from '../../domain/clock.js'
import { partedToGoTogether } from '../../domain/files-together.js'
import { encodeTrigger, type Trigger } from '../../domain/trigger-file.js'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { NetworkClock } from '../../platform/clock.js'
import { Deadline, type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { type OnlineHours, onlineAt } from '../rules/online-hours.js'
import type { ExchangeStanding } from '../store/exchange-record.js'
import type { BillingStore } from '../store/open.js'
import type { Timer, TimerNotice } from '../timers/timer.js'
import type { TimerFacility } from '../timers/timer-facility.js'
import { type Action, type Event, next, type State } from '../trigger-exchange.js'
import type { CrsLink } from './crs-link.js'
import { fetchOffered } from './fetching.js'
import { reflectFiles } from './reflecting.js'
import type { Spool } from './spool.js'

/** トリガ送出タイマー and 受信待ちタイマー, as the timer management file names them. */
export const TRIGGER_TIMER = 'trigger-send'
export const RECEIVE_TIMER = 'receive-wait'

/** Fewest tries before a send counts as failed, however fast the network's clock runs. */
const SEND_TRIES_MIN = 5

/** First and longest pause between two tries to send, and two looks for an answer, in ms of real time. */
const SEND_PAUSE_MS = [500, 10_000] as const
const LOOK_PAUSE_MS = [50, 2_000] as const

export interface ExchangeOptions {
  readonly store: Pick<BillingStore, 'exchange' | 'keepExchange' | 'reflect'>
  readonly link: CrsLink
  readonly timers: Pick<TimerFacility, 'start' | 'stop'>
  readonly spool: Spool
  readonly clock: NetworkClock
  readonly log: Logger
  readonly hours: OnlineHours
  /** F-10: both in ms of the network's clock. */
  readonly triggerMs: number
  readonly receiveMs: number
  readonly later?: Later
  /** Told of a broken promise of our own code: the program must end, and start again from its store. */
  readonly onCrash: (error: unknown) => void
}

/**
 * Carries out what `trigger-exchange.ts` decides. Where the exchange stands is on disk before what follows
 * from it is done, and everything that is done may be done again, so that a kill anywhere neither loses
 * nor repeats a charge: the trigger keeps its number, number and content give the same answer, what was
 * fetched stays in the spool, and a file that was reflected is known by its sequence.
 */
export class ExchangeRunner {
  readonly #options: ExchangeOptions
  readonly #boundary: Deadline
  readonly #later: Later
  #standing: ExchangeStanding | undefined
  #queue: Promise<void> = Promise.resolve()
  #pausing: (() => void) | undefined
  #ended = false

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    this.#boundary = new Deadline(options.clock, () => this.#atBoundary(), this.#later)
  }

  /** Goes on where the last run ended. Timers are restored after it. */
  async start(): Promise<void> {
    const { exchange } = this.#options.store
    this.#standing = await exchange()
    if (this.#state === 'stopped') this.#alarm('it stood still when billing ended')
    this.#work(this.#state)
    this.#atBoundary()
    await this.#queue
  }

  /** A timer fired. One that is about an earlier trigger is late, and changes nothing. */
  async timerFired({ timer, about }: TimerNotice): Promise<void> {
    const trigger = this.#now.trigger
    if (about !== `${trigger.number}`) return
    if (timer === TRIGGER_TIMER) await this.#dispatch('trigger_timer', trigger)
    if (timer !== RECEIVE_TIMER) return
    // After an outage the answer may lie there: it is looked for once more before the alarm.
    if (await this.#look(trigger)) await this.#dispatch('file_received', trigger)
    await this.#dispatch('receive_timer', trigger, 'no answer came in time')
  }

  /** F-08: an operator lets triggers go out again. `false` when the exchange does not stand still. */
  async rearm(): Promise<boolean> {
    if (this.#state !== 'stopped') return false
    await this.#dispatch('rearmed', this.#now.trigger)
    return true
  }

  /** Where the exchange stands. */
  get standing(): ExchangeStanding {
    return this.#now
  }

  /** Starts nothing more, and waits for what is under way. The next start goes on with it. */
  async close(): Promise<void> {
    this.#ended = true
    this.#boundary.clear()
    this.#pausing?.()
    this.#options.link.hangUp()
    await this.#queue
  }

  get #now(): ExchangeStanding {
    if (!this.#standing) throw new TypeError('the exchange was not started')
    return this.#standing
  }

  get #state(): State {
    return this.#now.state
  }

  /** F-11: opens and closes by the hours; a night that passed while billing was down is made up for. */
  #atBoundary(): void {
    if (this.#ended) return
    const { clock, hours } = this.#options
    const now = onlineAt(hours, clock.now())
    const { openSince, trigger } = this.#now
    if (!now.online || openSince !== now.opensAt) void this.#dispatch('night_closed', trigger)
    if (now.online && openSince !== now.opensAt) {
      void this.#dispatch('opened', trigger, undefined, now.opensAt)
    }
    const boundary = now.online ? now.closesAt : now.opensAt
    if (boundary !== undefined) this.#boundary.set(boundary)
  }

  /** Takes a step, after those before it. What `about` no longer is under way changes nothing. */
  #dispatch(event: Event, about: Trigger, why?: string, openSince?: number): Promise<void> {
    const step = async () => {
      if (this.#ended || about.number !== this.#now.trigger.number) return
      const [state, ...actions] = next(this.#state, event)
      if (event !== 'opened' && state === this.#state && actions.length === 0) return
      await this.#take(state, event, actions, openSince)
      const { trigger } = this.#now
      this.#options.log.info({ event, state, trigger: trigger.number }, 'exchange went on')
      if (actions.includes('raise_alarm')) this.#alarm(why ?? event)
    }
    this.#queue = this.#queue.then(step).catch(this.#options.onCrash)
    return this.#queue
  }

  async #take(
    state: State,
    event: Event,
    actions: readonly Action[],
    openSince: number | undefined,
  ): Promise<void> {
    const { store, timers, clock } = this.#options
    const before = this.#now
    const begins = actions.includes('send_trigger')
    const trigger = begins && before.sent ? await this.#nextTrigger() : before.trigger
    const sent = event === 'trigger_sent' || (before.sent && !begins)
    // F-03, F-06: timers are in their file before the state that counts on them.
    const started = this.#timersOf(actions, trigger, clock.now())
    if (started.length > 0) timers.start(started)
    const standing = {
      state,
      trigger,
      sent,
      openSince: openSince === undefined ? before.openSince : epochMs(openSince),
    }
    await store.keepExchange(standing)
    this.#standing = standing
    if (state !== 'stopped') settleAlarms(['EXCHANGE_STOPPED'], {})
    if (actions.includes('stop_trigger_timer')) timers.stop(TRIGGER_TIMER)
    if (actions.includes('stop_receive_timer')) timers.stop(RECEIVE_TIMER)
    if (phaseOf(state) !== phaseOf(before.state)) this.#work(state)
  }

  /** F-07: the trigger names the last sequence that is reflected. */
  async #nextTrigger(): Promise<Trigger> {
    const { store, clock } = this.#options
    const { reflectedThrough } = await store.exchange()
    const number = this.#now.trigger.number + 1
    return { number, lastSequence: reflectedThrough, madeAt: clock.now() }
  }

  #timersOf(actions: readonly Action[], { number }: Trigger, now: number): Timer[] {
    const { triggerMs, receiveMs } = this.#options
    const timer = (name: string, ms: number): Timer => ({
      name,
      dueAt: epochMs(now + ms),
      about: `${number}`,
      effect: { does: 'notify', program: 'billing' },
    })
    const started: Timer[] = []
    if (actions.includes('start_trigger_timer')) started.push(timer(TRIGGER_TIMER, triggerMs))
    if (actions.includes('start_receive_timer')) started.push(timer(RECEIVE_TIMER, receiveMs))
    return started
  }

  /** What a state waits for is done until it is done, or the state is another. */
  #work(state: State): void {
    const { trigger } = this.#now
    const phase = phaseOf(state)
    const doing = (work: Promise<void>) => void work.catch(this.#options.onCrash)
    if (phase === 'sending') doing(this.#send(trigger))
    if (phase === 'awaiting') doing(this.#await(trigger))
    if (phase === 'reflecting') doing(this.#reflect(trigger))
    if (phase === 'still') this.#options.link.hangUp()
  }

  #isDoing(phase: Phase, trigger: Trigger): boolean {
    const { state, trigger: current } = this.#now
    return !this.#ended && phaseOf(state) === phase && current.number === trigger.number
  }

  async #send(trigger: Trigger): Promise<void> {
    const { link, clock, receiveMs, log } = this.#options
    // A trigger that was made on an earlier day, and never sent, has its time from now on.
    const since = Math.max(trigger.madeAt, clock.now())
    for (let tries = 1; this.#isDoing('sending', trigger); tries++) {
      try {
        await link.sendTrigger(trigger.number, encodeTrigger(trigger))
        return await this.#dispatch('trigger_sent', trigger)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        log.warn({ code: error.code, err: error, tries }, 'trigger not sent yet')
        const late = clock.now() >= since + receiveMs
        if (late && tries >= SEND_TRIES_MIN) {
          return await this.#dispatch('send_failed', trigger, error.message)
        }
      }
      await this.#pause(tries, SEND_PAUSE_MS)
    }
  }

  async #await(trigger: Trigger): Promise<void> {
    for (let looks = 1; this.#isDoing('awaiting', trigger); looks++) {
      if (await this.#look(trigger)) return await this.#dispatch('file_received', trigger)
      await this.#pause(looks, LOOK_PAUSE_MS)
    }
  }

  /** Whether the answer and its files are here now. What is wrong with them counts as their not being here. */
  async #look(trigger: Trigger): Promise<boolean> {
    const { link, spool, log } = this.#options
    if (!this.#isDoing('awaiting', trigger)) return false
    try {
      return (await fetchOffered(link, spool, trigger)) !== undefined
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (this.#ended) return false
      const passing = error.code === 'PEER_UNREACHABLE'
      log[passing ? 'warn' : 'error']({ code: error.code, err: error }, 'answer not fetched yet')
      return false
    }
  }

  async #reflect(trigger: Trigger): Promise<void> {
    const { link, spool, store, log } = this.#options
    try {
      const answer = await fetchOffered(link, spool, trigger)
      if (!answer) throw new Fault('FILE_MALFORMED', `The answer to ${trigger.number} is gone.`)
      for (const files of partedToGoTogether(answer.files)) {
        if (!this.#isDoing('reflecting', trigger)) return
        await reflectFiles(store, spool, files, log)
      }
      await this.#dispatch('reflected', trigger)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (this.#ended) return
      log.error({ code: error.code, err: error }, 'charge information not reflected')
      await this.#dispatch('reflection_failed', trigger, error.message)
    }
  }

  /** Waits before the next try: twice as long each time, up to the longest. */
  #pause(tries: number, [first, longest]: readonly [number, number]): Promise<void> {
    if (this.#ended) return Promise.resolve()
    return new Promise(resolve => {
      const callOff = this.#later(resolve, Math.min(longest, first * 2 ** Math.min(tries - 1, 20)))
      this.#pausing = () => {
        callOff()
        resolve()
      }
    })
  }

  #alarm(why: string): void {
    const trigger = this.#now.trigger.number
    raiseAlarm(this.#options.log, 'EXCHANGE_STOPPED', 'major', { trigger, why })
  }
}

type Phase = 'sending' | 'awaiting' | 'reflecting' | 'still'

// biome-ignore format: table
const PHASES: Readonly<Record<State, Phase>> = {
  closed:                'still',
  sending:               'sending',
  awaiting_file:         'awaiting',
  awaiting_file_due:     'awaiting',
  reflecting:            'reflecting',
  reflecting_due:        'reflecting',
  idle:                  'still',
  stopped:               'still',
  closing_sending:       'sending',
  closing_awaiting_file: 'awaiting',
  closing_reflecting:    'reflecting',
}

const phaseOf = (state: State): Phase => PHASES[state]

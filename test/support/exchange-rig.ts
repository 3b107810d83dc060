import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import { ExchangeRunner } from '../../billing/exchange/runner.js'
import { Spool } from '../../billing/exchange/spool.js'
import { parseOnlineHours } from '../../billing/rules/online-hours.js'
import { TimerFacility } from '../../billing/timers/timer-facility.js'
import { TimerFile } from '../../billing/timers/timer-file.js'
import type { State } from '../../billing/trigger-exchange.js'
import type { Later } from '../../platform/deadline.js'
import { type BillingDesk, given } from './billing-desk.js'
import type { FakeCrs } from './fake-crs.js'

/** Looks often, so that a clock that was moved is noticed at once. */
export const quickLater: Later = (run, ms) => {
  const timer = setTimeout(run, Math.min(ms, 3))
  return () => clearTimeout(timer)
}

/** Waits until something holds. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    if (await holds()) return
    await wait(3)
  }
  throw new Error(`it never came about: ${what}`)
}

/** Thrown, and never caught by billing, where a kill is made within a synchronous step. */
class Killed extends Error {}

/** Counts the steps that leave something behind, and kills at one of them: before it, or right after. */
export class Executioner {
  readonly #at: number
  #steps = 0
  dead = false
  #tell = () => {}
  /** Resolves when it has killed. */
  readonly died = new Promise<void>(resolve => {
    this.#tell = resolve
  })

  constructor(at = Number.POSITIVE_INFINITY) {
    this.#at = at
  }

  /** The same port, of which the named methods are steps. */
  over<T extends object>(port: T, ...names: (keyof T & string)[]): T {
    const over = this
    return new Proxy(port, {
      get(target, name) {
        const own = Reflect.get(target, name)
        if (typeof own !== 'function') return own
        const call = own.bind(target)
        const step = names.some(one => one === name)
        return step ? (...given: unknown[]) => over.#step(() => call(...given)) : call
      },
    })
  }

  #step(work: () => unknown): unknown {
    if (this.#dies()) return this.#end(undefined)
    const result = work()
    if (!(result instanceof Promise)) return this.#dies() ? this.#end(undefined) : result
    return result.then(value => (this.#dies() ? this.#end(result) : value))
  }

  #dies(): boolean {
    if (this.#steps++ === this.#at) {
      this.dead = true
      this.#tell()
    }
    return this.dead
  }

  /** A killed process neither answers nor goes on. */
  #end(result: unknown): unknown {
    if (result instanceof Promise) return new Promise(() => {})
    throw new Killed()
  }
}

export interface ExchangeRun {
  readonly runner: ExchangeRunner
  readonly facility: TimerFacility
  readonly state: () => State
  readonly alarms: () => string[]
  /** Ends in order. */
  close(): Promise<void>
}

export interface RunOptions {
  readonly hours?: string
  readonly executioner?: Executioner
}

/** One run of billing's exchange on a desk, against a CRS; the next run finds what this one left. */
export async function runExchange(
  desk: BillingDesk,
  crs: FakeCrs,
  { hours = '00:00-24:00', executioner = new Executioner() }: RunOptions = {},
): Promise<ExchangeRun> {
  const folder = dirname(desk.path)
  const lines: string[] = []
  const log: Logger = pino({ level: 'info' }, { write: line => void lines.push(line) })
  // What is dead waits for nothing.
  const later: Later = (run, ms) =>
    executioner.dead ? () => {} : quickLater(() => executioner.dead || run(), ms)
  mkdirSync(join(folder, 'spool'), { recursive: true })
  const file = new TimerFile(join(folder, 'timers.json'))
  const facility: TimerFacility = new TimerFacility({
    file: executioner.over(file, 'put', 'remove'),
    clock: desk.clock,
    log,
    notify: (_program, notice) => runner.timerFired(notice),
    startJob: async () => {},
    later,
  })
  const runner: ExchangeRunner = new ExchangeRunner({
    store: executioner.over(desk.store, 'keepExchange', 'reflect'),
    link: executioner.over(crs, 'sendTrigger'),
    timers: facility,
    spool: executioner.over(new Spool(join(folder, 'spool')), 'keep', 'keepAll'),
    clock: desk.clock,
    log,
    hours: given(parseOnlineHours(hours)),
    triggerMs: 60 * 60_000,
    receiveMs: 10 * 60_000,
    later,
    onCrash: error => {
      if (!(error instanceof Killed)) throw error
    },
  })
  await Promise.race([runner.start().then(() => facility.restore()), executioner.died])
  return {
    runner,
    facility,
    state: () => runner.standing.state,
    alarms: () =>
      lines
        .map(line => JSON.parse(line))
        .filter(({ msg }) => msg === 'alarm raised')
        .map(({ alarm }) => alarm),
    close: async () => {
      await facility.close()
      await runner.close()
    },
  }
}

import { type Clock, epochMs } from '../../domain/clock.js'
import { addMonths, jstMonth, startOfJstMonth } from '../../domain/jst.js'
import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { subjectOf } from '../../platform/alarm-codes.js'
import type { AlarmEvents } from '../../platform/alarm-journal.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { Polling } from '../polling.js'
import type { AlarmBook, Fetched } from '../store/alarm-book.js'

/** Rounds without an answer after which a program counts as gone: its supervisor needs a few to start it again. */
const SILENT_ROUNDS = 15

/** How long alarms that are over are kept, in months of Japan besides the one under way. */
const MONTHS_KEPT = 13

/** Of a program whose journal was never fetched. */
const NOTHING_FETCHED: Fetched = { journal: '', after: 0, expected: true }

/** The program whose alarm it is that another one gives no answer. */
const OURS = 'noc'

export interface AlarmCollectorOptions {
  /** The programs there are in this home, as their sockets tell. */
  readonly programs: () => Promise<readonly string[]>
  readonly ask: (
    program: string,
    fetched: Pick<Fetched, 'journal' | 'after'>,
  ) => Promise<AlarmEvents | undefined>
  readonly book: AlarmBook
  readonly clock: Clock
  readonly later: Later
  readonly log: Logger
}

/**
 * Brings the alarms of all programs into noc's book, each from where it ended, so that what was raised
 * while noc was down is fetched first (requirement M-15). Nobody waits for noc (M-04). A program that was
 * there and gives no answer is an alarm of noc's own. One that ended in order, and stays away after somebody has
 * acknowledged that, was taken out of the home: it is expected no more.
 */
export class AlarmCollector {
  readonly #options: AlarmCollectorOptions
  readonly #silentRounds = new Map<string, number>()
  #forgotten: number | undefined
  readonly #polling: Polling

  constructor(options: AlarmCollectorOptions) {
    this.#options = options
    this.#polling = new Polling(() => this.#collect(), options.later)
  }

  /** Asks every program once for all that it has, and from then on again and again. */
  run(): Promise<void> {
    return this.#polling.run()
  }

  /** Asks no more, and waits for what is under way. */
  close(): Promise<void> {
    return this.#polling.close()
  }

  async #collect(): Promise<void> {
    const { programs, book, log } = this.#options
    try {
      await this.#forgetOld()
      const fetched = await book.fetched()
      const there = await programs()
      const expected = [...fetched].flatMap(([name, { expected }]) => (expected ? [name] : []))
      for (const program of [...new Set([...there, ...expected])].sort()) {
        if (this.#polling.ended) return
        await this.#fetch(program, fetched.get(program) ?? NOTHING_FETCHED)
      }
      await this.#takeOut(expected.filter(program => !there.includes(program)))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.warn({ code: error.code, why: error.message }, 'alarms not kept')
    }
  }

  async #fetch(program: string, from: Fetched): Promise<void> {
    const { ask, book } = this.#options
    for (let fetched = from; !this.#polling.ended; ) {
      const answer = await ask(program, fetched)
      this.#judge(program, answer !== undefined)
      if (!answer) return
      const { journal, events, more } = answer
      const last = events.at(-1)
      if (last || journal !== fetched.journal || !fetched.expected) await book.take(program, answer)
      if (!last || !more) return
      fetched = { journal, after: last.sequence, expected: true }
    }
  }

  /** Of programs that left no socket behind, as one does that is killed, those whose absence somebody has seen. */
  async #takeOut(absent: readonly string[]): Promise<void> {
    const { book, clock, log } = this.#options
    const missed = absent.filter(peer => (this.#silentRounds.get(peer) ?? 0) >= SILENT_ROUNDS)
    if (missed.length === 0) return
    const standing = await book.standing()
    const seen = standing.filter(
      ({ program, code, acknowledged }) =>
        program === OURS && code === 'PEER_UNREACHABLE' && acknowledged,
    )
    for (const peer of missed) {
      const subject = subjectOf('PEER_UNREACHABLE', { peer })
      if (!seen.some(one => one.subject === subject)) continue
      await book.takeOut(peer, clock.now())
      this.#silentRounds.delete(peer)
      clearAlarm(log, 'PEER_UNREACHABLE', { peer })
    }
  }

  #judge(peer: string, answers: boolean): void {
    const { log } = this.#options
    const silent = this.#silentRounds.get(peer) ?? 0
    this.#silentRounds.set(peer, answers ? 0 : silent + 1)
    if (!answers && silent + 1 === SILENT_ROUNDS) {
      raiseAlarm(log, 'PEER_UNREACHABLE', 'major', { peer })
    } else if (answers && silent >= SILENT_ROUNDS) clearAlarm(log, 'PEER_UNREACHABLE', { peer })
    else if (answers) settleAlarms(['PEER_UNREACHABLE'], { peer })
  }

  async #forgetOld(): Promise<void> {
    const { clock, book } = this.#options
    const before = startOfJstMonth(addMonths(jstMonth(clock.now()), -MONTHS_KEPT))
    if (before === this.#forgotten) return
    await book.forgetBefore(epochMs(before))
    this.#forgotten = before
  }
}

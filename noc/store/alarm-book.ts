import { type EpochMs, epochMs } from '../../domain/clock.js'
import { ALARMS, type AlarmCode, type Severity } from '../../platform/alarm-codes.js'
import type { AlarmEvent, AlarmEvents } from '../../platform/alarm-journal.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'

/** What a person wrote beside an alarm. */
export interface AlarmNote {
  readonly at: EpochMs
  readonly account: string
  readonly text: string
}

/** An alarm as operators see it; all times are the network's. */
export interface Alarm {
  readonly alarm: number
  /** The program that raised it. */
  readonly program: string
  readonly code: AlarmCode
  readonly subject: string
  readonly severity: Severity
  readonly raisedAt: EpochMs
  /** When it was last raised, and how often it was. */
  readonly lastAt: EpochMs
  readonly count: number
  readonly facts: Readonly<Record<string, string | number>>
  readonly clearedAt?: EpochMs
  readonly acknowledged?: { readonly at: EpochMs; readonly by: string }
  readonly notes: readonly AlarmNote[]
}

/** Up to which place a program's journal has been fetched. */
export interface Fetched {
  readonly journal: string
  readonly after: number
  /** Whether the program is to be there; one that was taken out of the home is not. */
  readonly expected: boolean
}

/** What became of an acknowledgement. */
export type Acknowledged = 'acknowledged' | 'acknowledged_before' | 'no_such_alarm'

interface Row {
  readonly alarm: number
  readonly program: string
  readonly code: AlarmCode
  readonly subject: string
  readonly severity: Severity
  readonly raised_at: number
  readonly last_at: number
  readonly count: number
  readonly facts: string
  readonly cleared_at: number | null
  readonly acknowledged_at: number | null
  readonly acknowledged_by: string | null
}

/** Longest note, in characters. */
export const NOTE_MAX = 500

/** Most alarms of a page of the history. */
export const HISTORY_PAGE = 200

/** The alarms of all programs: those that stand, and the history of those that are over. */
export class AlarmBook {
  readonly #writer: GroupCommit
  readonly #statements

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.#statements = statementsOn(store)
  }

  /** How far each program's journal has been fetched. */
  async fetched(): Promise<ReadonlyMap<string, Fetched>> {
    const rows = this.#statements.sources.all()
    return new Map(
      rows.map(({ program, journal, place, expected }) => [
        program,
        { journal, after: place, expected: expected === 1 },
      ]),
    )
  }

  /**
   * Takes what a program told, and up to which place that was, in one transaction: what is told again,
   * after a kill between, changes nothing.
   */
  take(program: string, { journal, events }: AlarmEvents): Promise<void> {
    return this.#writer.run(() => {
      const before = this.#statements.source.get(program)
      const place = before?.journal === journal ? before.place : 0
      const fresh = events.filter(event => event.sequence > place)
      for (const event of fresh) this.#takeOne(program, event)
      const reached = fresh.at(-1)?.sequence ?? place
      this.#statements.putSource.run(program, journal, reached)
    })
  }

  /**
   * A program was taken out of the home: until it tells something again it is not expected, and what it raised is
   * over, since nobody else would say so.
   */
  async takeOut(program: string, at: EpochMs): Promise<void> {
    await this.#writer.run(() => {
      this.#statements.takeOut.run(program)
      for (const { alarm } of this.#statements.clearAll.all(at, program)) {
        this.#statements.step.run(alarm, 'cleared', at)
      }
    })
  }

  /** The alarms that stand, newest first. */
  async standing(): Promise<Alarm[]> {
    return this.#statements.standing.all().map(row => this.#alarmOf(row))
  }

  /** Alarms that are over, newest first, a page of them below `before`. */
  async history(before: number = Number.MAX_SAFE_INTEGER): Promise<Alarm[]> {
    return this.#statements.over.all(before, HISTORY_PAGE).map(row => this.#alarmOf(row))
  }

  async find(alarm: number): Promise<Alarm | undefined> {
    const row = this.#statements.find.get(alarm)
    return row && this.#alarmOf(row)
  }

  /**
   * Acknowledges an alarm once: who saw it first stays. One that does not end by itself is over with that.
   */
  acknowledge(alarm: number, by: string, at: EpochMs): Promise<Acknowledged> {
    return this.#writer.run(() => {
      const row = this.#statements.find.get(alarm)
      if (!row) return 'no_such_alarm'
      if (row.acknowledged_at !== null) return 'acknowledged_before'
      const over = ALARMS[row.code].endedBy === 'operator' ? Math.max(at, row.raised_at) : null
      this.#statements.acknowledge.run(at, by, over, alarm)
      if (over !== null && row.cleared_at === null)
        this.#statements.step.run(alarm, 'cleared', over)
      return 'acknowledged'
    })
  }

  /** Writes a note beside an alarm; `false` when there is no such alarm. */
  note(alarm: number, { at, account, text }: AlarmNote): Promise<boolean> {
    return this.#writer.run(() => {
      if (!this.#statements.find.get(alarm)) return false
      this.#statements.addNote.run(alarm, at, account, text)
      return true
    })
  }

  /** Forgets alarms that were over before a moment, with their notes. */
  async forgetBefore(moment: EpochMs): Promise<void> {
    await this.#writer.run(() => this.#statements.forget.run(moment))
  }

  #takeOne(program: string, event: AlarmEvent): void {
    const { code, subject, at, severity, count } = event
    const facts = JSON.stringify(event.facts)
    const { again, raise, clear, step } = this.#statements
    if (event.type === 'cleared') {
      const cleared = clear.get(at, program, code, subject)
      if (cleared) step.run(cleared.alarm, 'cleared', at)
    } else if (again.run(at, count, severity, facts, program, code, subject).changes === 0) {
      const raised = raise.run(program, code, subject, severity, at, at, count, facts)
      step.run(Number(raised.lastInsertRowid), 'raised', at)
    }
  }

  #alarmOf(row: Row): Alarm {
    const { alarm, program, code, subject, severity, count } = row
    return {
      ...{ alarm, program, code, subject, severity, count },
      raisedAt: epochMs(row.raised_at),
      lastAt: epochMs(row.last_at),
      facts: JSON.parse(row.facts),
      ...(row.cleared_at !== null && { clearedAt: epochMs(row.cleared_at) }),
      ...(row.acknowledged_at !== null &&
        row.acknowledged_by !== null && {
          acknowledged: { at: epochMs(row.acknowledged_at), by: row.acknowledged_by },
        }),
      notes: this.#statements.notes
        .all(row.alarm)
        .map(({ at, account, text }) => ({ at: epochMs(at), account, text })),
    }
  }
}

/** All statements of the book; where one names a standing alarm, it is one at most. */
const statementsOn = (store: Database) => ({
  sources: store.prepare<[], { program: string; journal: string; place: number; expected: number }>(
    'SELECT program, journal, place, expected FROM alarm_source',
  ),
  takeOut: store.prepare<[string]>('UPDATE alarm_source SET expected = 0 WHERE program = ?'),
  source: store.prepare<[string], { journal: string; place: number }>(
    'SELECT journal, place FROM alarm_source WHERE program = ?',
  ),
  putSource: store.prepare<[string, string, number]>(
    `INSERT INTO alarm_source (program, journal, place) VALUES (?, ?, ?)
     ON CONFLICT (program) DO UPDATE
       SET journal = excluded.journal, place = excluded.place, expected = 1`,
  ),
  raise: store.prepare<[string, string, string, string, number, number, number, string]>(
    `INSERT INTO alarm (program, code, subject, severity, raised_at, last_at, count, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  again: store.prepare<[number, number, string, string, string, string, string]>(
    `UPDATE alarm SET last_at = ?, count = count + ?, severity = ?, facts = ?
     WHERE program = ? AND code = ? AND subject = ? AND cleared_at IS NULL`,
  ),
  clear: store.prepare<[number, string, string, string], { alarm: number }>(
    `UPDATE alarm SET cleared_at = ?
     WHERE program = ? AND code = ? AND subject = ? AND cleared_at IS NULL RETURNING alarm`,
  ),
  clearAll: store.prepare<[number, string], { alarm: number }>(
    `UPDATE alarm SET cleared_at = max(?, raised_at)
     WHERE program = ? AND cleared_at IS NULL RETURNING alarm`,
  ),
  step: store.prepare<[number, AlarmEvent['type'], number]>(
    'INSERT INTO alarm_step (alarm, type, at) VALUES (?, ?, ?)',
  ),
  standing: store.prepare<[], Row>(
    'SELECT * FROM alarm WHERE cleared_at IS NULL ORDER BY alarm DESC',
  ),
  over: store.prepare<[number, number], Row>(
    `SELECT * FROM alarm WHERE cleared_at IS NOT NULL AND alarm < ?
     ORDER BY alarm DESC LIMIT ?`,
  ),
  find: store.prepare<[number], Row>('SELECT * FROM alarm WHERE alarm = ?'),
  acknowledge: store.prepare<[number, string, number | null, number]>(
    `UPDATE alarm SET acknowledged_at = ?, acknowledged_by = ?,
       cleared_at = coalesce(cleared_at, ?) WHERE alarm = ?`,
  ),
  addNote: store.prepare<[number, number, string, string]>(
    'INSERT INTO alarm_note (alarm, at, account, text) VALUES (?, ?, ?, ?)',
  ),
  notes: store.prepare<[number], { at: number; account: string; text: string }>(
    'SELECT at, account, text FROM alarm_note WHERE alarm = ? ORDER BY note',
  ),
  forget: store.prepare<[number]>('DELETE FROM alarm WHERE cleared_at < ?'),
})

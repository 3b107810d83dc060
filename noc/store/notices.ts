import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { JstDay } from '../../domain/jst.js'
import type { AlarmCode, Severity } from '../../platform/alarm-codes.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'

/** An alarm that was raised or is over, as people who are not at the screens are told; steps grow. */
export interface AlarmStep {
  readonly step: number
  readonly type: 'raised' | 'cleared'
  /** By the network's clock. */
  readonly at: EpochMs
  readonly alarm: number
  readonly program: string
  readonly code: AlarmCode
  readonly subject: string
  readonly severity: Severity
  readonly facts: Readonly<Record<string, string | number>>
}

/** Ways by which steps leave noc. */
export type NoticeWay = 'mail' | 'webhook'

/** Most steps that are told at once. */
const STEPS_MAX = 500

/** What was told by which way, and how much mail went out; kept over restarts. */
export class Notices {
  readonly #writer: GroupCommit
  readonly #begin
  readonly #after
  readonly #told
  readonly #held
  readonly #hold
  readonly #sent
  readonly #send
  readonly #giveBack
  readonly #forget

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.#begin = store.prepare<[NoticeWay]>(
      `INSERT INTO notice_way (way, told) VALUES (?, (SELECT coalesce(max(step), 0) FROM alarm_step))
       ON CONFLICT (way) DO NOTHING`,
    )
    this.#after = store.prepare<[NoticeWay, number], Omit<AlarmStep, 'facts'> & { facts: string }>(
      `SELECT step, type, at, alarm, program, code, subject, severity, facts
       FROM alarm_step JOIN alarm USING (alarm)
       WHERE step > (SELECT told FROM notice_way WHERE way = ?) ORDER BY step LIMIT ?`,
    )
    this.#told = store.prepare<[number, NoticeWay]>(
      'UPDATE notice_way SET told = ?, held_since = NULL WHERE way = ?',
    )
    this.#held = store
      .prepare<[NoticeWay], number | null>('SELECT held_since FROM notice_way WHERE way = ?')
      .pluck()
    this.#hold = store.prepare<[number, NoticeWay]>(
      'UPDATE notice_way SET held_since = coalesce(held_since, ?) WHERE way = ?',
    )
    this.#sent = store
      .prepare<[string, string], number>(
        'SELECT recipients FROM mail_sent WHERE sender = ? AND day = ?',
      )
      .pluck()
    this.#send = store.prepare<[string, string, number]>(
      `INSERT INTO mail_sent (sender, day, recipients) VALUES (?, ?, ?)
       ON CONFLICT (sender, day) DO UPDATE SET recipients = recipients + excluded.recipients`,
    )
    this.#giveBack = store.prepare<[number, string, string]>(
      'UPDATE mail_sent SET recipients = recipients - ? WHERE sender = ? AND day = ?',
    )
    this.#forget = store.prepare<[string]>('DELETE FROM mail_sent WHERE day < ?')
  }

  /** A way tells what comes from now on; one that told before goes on where it was. */
  async begin(way: NoticeWay): Promise<void> {
    await this.#writer.run(() => this.#begin.run(way))
  }

  /** What a way has not told, oldest first. */
  async untold(way: NoticeWay): Promise<AlarmStep[]> {
    return this.#after
      .all(way, STEPS_MAX)
      .map(row => ({ ...row, at: epochMs(row.at), facts: JSON.parse(row.facts) }))
  }

  /** A way has told all up to a step. */
  async told(way: NoticeWay, step: number): Promise<void> {
    await this.#writer.run(() => this.#told.run(step, way))
  }

  /** Since when a way may not tell, by the machine's clock. */
  async heldSince(way: NoticeWay): Promise<EpochMs | undefined> {
    const since = this.#held.get(way)
    return typeof since === 'number' ? epochMs(since) : undefined
  }

  async hold(way: NoticeWay, at: EpochMs): Promise<void> {
    await this.#writer.run(() => this.#hold.run(at, way))
  }

  /** Counts recipients of a sender's day; `false`, and none counted, when they would be more than `max`. */
  count(sender: string, day: JstDay, recipients: number, max: number): Promise<boolean> {
    return this.#writer.run(() => {
      this.#forget.run(day)
      if ((this.#sent.get(sender, day) ?? 0) + recipients > max) return false
      this.#send.run(sender, day, recipients)
      return true
    })
  }

  /** Takes back what was counted for a mail that was surely not taken. */
  async giveBack(sender: string, day: JstDay, recipients: number): Promise<void> {
    await this.#writer.run(() => this.#giveBack.run(recipients, sender, day))
  }
}

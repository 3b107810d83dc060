import type { QuarterHourTraffic } from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { DAY_MS, JST_AHEAD_MS, jstDay, startOfJstDay } from '../../domain/jst.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'
import { RefusedContracts } from './refused-contracts.js'

/** A quarter-hour of one node. */
export interface NodeQuarterHour {
  readonly node: string
  readonly traffic: QuarterHourTraffic
}

/** What a node said of itself and its traffic. */
export interface NodeTold {
  readonly node: string
  readonly denominations: readonly number[]
  readonly quarterHours: readonly QuarterHourTraffic[]
}

/** How many rows there are of a day, of all nodes, and how many of them can no longer change. */
export interface DayRows {
  readonly beganAt: EpochMs
  readonly rows: number
  readonly final: number
}

/** The history of charge traffic, kept whether scp runs or not. */
export class TrafficHistory {
  /** What the switch counted of the same time. */
  readonly refusedContracts: RefusedContracts
  readonly #writer: GroupCommit
  readonly #putNode
  readonly #put
  readonly #between
  readonly #days
  readonly #newest
  readonly #newestFinal
  readonly #nodes
  readonly #forget
  #version = 0

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.refusedContracts = new RefusedContracts(store, writer)
    this.#putNode = store.prepare<[string, string]>(
      `INSERT INTO node (node, denominations) VALUES (?, ?)
       ON CONFLICT (node) DO UPDATE SET denominations = excluded.denominations`,
    )
    this.#put = store.prepare<[string, number, number, string]>(
      `INSERT INTO quarter_hour (node, began_at, final, traffic) VALUES (?, ?, ?, ?)
       ON CONFLICT (node, began_at) DO UPDATE
         SET final = excluded.final, traffic = excluded.traffic WHERE final = 0`,
    )
    this.#between = store.prepare<[number, number], { node: string; traffic: string }>(
      `SELECT node, traffic FROM quarter_hour WHERE began_at >= ? AND began_at < ?
       ORDER BY began_at, node`,
    )
    this.#days = store.prepare<[number, number], { first: number; rows: number; final: number }>(
      `SELECT min(began_at) AS first, count(*) AS rows, sum(final) AS final FROM quarter_hour
       WHERE began_at >= ? AND began_at < ?
       GROUP BY (began_at + ${JST_AHEAD_MS}) / ${DAY_MS} ORDER BY 1`,
    )
    this.#newest = store
      .prepare<[], number | null>('SELECT max(began_at) FROM quarter_hour')
      .pluck()
    this.#newestFinal = store
      .prepare<[string], number | null>(
        'SELECT max(began_at) FROM quarter_hour WHERE node = ? AND final = 1',
      )
      .pluck()
    this.#nodes = store.prepare<[], { node: string; denominations: string }>(
      'SELECT node, denominations FROM node ORDER BY node',
    )
    this.#forget = store.prepare<[number]>('DELETE FROM quarter_hour WHERE began_at < ?')
  }

  /** Keeps what a node told; a final quarter-hour stays as it was kept first. */
  async put({ node, denominations, quarterHours }: NodeTold): Promise<void> {
    await this.#writer.run(() => {
      this.#putNode.run(node, JSON.stringify(denominations))
      for (const traffic of quarterHours) {
        this.#put.run(node, traffic.beganAt, Number(traffic.final), JSON.stringify(traffic))
      }
    })
    this.#version++
  }

  /** Another number after each change, that of the switch's counts too, for who keeps what was made of them. */
  get version(): number {
    return this.#version + this.refusedContracts.version
  }

  /** The quarter-hours that began in [from, to), by time and node. */
  async between(from: EpochMs, to: EpochMs): Promise<NodeQuarterHour[]> {
    return this.#between
      .all(from, to)
      .map(({ node, traffic }) => ({ node, traffic: JSON.parse(traffic) }))
  }

  /** The days of Japan in [from, to) of which there is anything, oldest first. */
  async days(from: EpochMs, to: EpochMs): Promise<DayRows[]> {
    return this.#days
      .all(from, to)
      .map(({ first, ...row }) => ({ beganAt: startOfJstDay(jstDay(epochMs(first))), ...row }))
  }

  /** The newest quarter-hour of which a node told. */
  async newest(): Promise<EpochMs | undefined> {
    const beganAt = this.#newest.get()
    return typeof beganAt === 'number' ? epochMs(beganAt) : undefined
  }

  /** Since when a node's quarter-hours are wanted: after the newest that is final. */
  async newestFinal(node: string): Promise<EpochMs | undefined> {
    const beganAt = this.#newestFinal.get(node)
    return typeof beganAt === 'number' ? epochMs(beganAt) : undefined
  }

  /** Every node there ever was, with the face values that it sold last. */
  async nodes(): Promise<{ readonly node: string; readonly denominations: readonly number[] }[]> {
    return this.#nodes
      .all()
      .map(({ node, denominations }) => ({ node, denominations: JSON.parse(denominations) }))
  }

  /** Forgets what began before a moment. */
  async forgetBefore(moment: EpochMs): Promise<void> {
    await this.#writer.run(() => {
      this.#forget.run(moment)
      this.refusedContracts.forgetBefore(moment)
    })
    this.#version++
  }
}

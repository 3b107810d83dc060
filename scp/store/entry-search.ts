import type { CallSessionToken } from '../../domain/call-session.js'
import type { SerialNumber } from '../../domain/card.js'
import type { ScenarioKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { Finding } from '../rules/charge-decision.js'
import { CHARGED_NOTHING, findings } from './entries.js'
import {
  msisdnKey,
  msisdnOf,
  scenarioKinds,
  serialKey,
  serialOf,
  tokenKey,
  tokenOf,
} from './keys.js'

/** Most lines of one answer. */
export const ENTRIES_PAGE = 200

/** What lines of the charge-operation log are wanted; what is left out does not matter. */
export interface EntrySearch {
  readonly msisdn?: Msisdn
  readonly serial?: SerialNumber
  /** Keyed in [from, to). */
  readonly from?: EpochMs
  readonly to?: EpochMs
  readonly outcome?: Finding
  /** Of this scenario's charges (requirement M-07). */
  readonly kind?: ScenarioKind
  /** A call session's token, or a SIP Call-ID. */
  readonly call?: string
  /** The last line of the page before. */
  readonly after?: EntryPlace
}

/** A line's place: the log is told newest first. */
export interface EntryPlace {
  readonly at: EpochMs
  readonly token: CallSessionToken
  readonly entry: number
}

/** One card number that was keyed, and what became of it; never the number itself. */
export interface EntryLine extends EntryPlace {
  readonly callId: string
  readonly msisdn: Msisdn
  readonly kind: ScenarioKind
  /** The true reason, which callers are not told. */
  readonly outcome: Finding
  /** The card's, where one has that number. */
  readonly serial?: SerialNumber
  readonly faceValue?: number
  /** Whether it locked the handset. */
  readonly locked: boolean
}

interface Row {
  readonly answered_at: number
  readonly token: Buffer
  readonly entry: number
  readonly finding: number
  readonly serial: number | null
  readonly face_value: number | null
  readonly now_locked: number | null
  readonly msisdn: number
  readonly charge_kind: number
  readonly call_id: string
}

/** Searches the charge-operation log (seed 004 Table 5 ログ, requirement M-14), each time by an index. */
export class EntrySearcher {
  readonly #store: Database

  constructor(store: Database) {
    this.#store = store
  }

  /** The lines that are wanted, newest first, a page of them. */
  search(search: EntrySearch): EntryLine[] {
    const { sql, values } = entryQuery(search)
    return this.#store.prepare<[typeof values], Row>(sql).all(values).map(lineOf)
  }
}

/** The one statement of a search. What narrows most decides by which index; the rest is looked at in its rows. */
export function entryQuery(search: EntrySearch): {
  readonly sql: string
  readonly values: Readonly<Record<string, number | string | Buffer>>
} {
  const values: Record<string, number | string | Buffer> = {}
  const where: string[] = []
  const wanted = (name: string, value: number | string | Buffer | undefined, sql: string) => {
    if (value === undefined) return
    values[name] = value
    where.push(sql)
  }
  const { msisdn, serial, from, to, outcome, kind, call, after } = search
  const token = call !== undefined && /^[0-9a-f]{32}$/.test(call)
  if (token) wanted('token', Buffer.from(call, 'hex'), 'entry.token = @token')
  else wanted('call', call, 'call_id = @call')
  wanted('serial', serial && serialKey(serial), 'entry.serial = @serial')
  wanted('msisdn', msisdn && msisdnKey(msisdn), 'msisdn = @msisdn')
  wanted('finding', outcome && findings.code(outcome), 'finding = @finding')
  if (outcome !== undefined && outcome !== 'redeemed') where.push(CHARGED_NOTHING)
  wanted('kind', kind && scenarioKinds.code(kind), 'charge_kind = @kind')
  wanted('from', from, 'answered_at >= @from')
  wanted('to', to, 'answered_at < @to')
  if (after) {
    Object.assign(values, { at: after.at, t: tokenKey(after.token), n: after.entry })
    where.push('answered_at <= @at', '(answered_at, entry.token, entry) < (@at, @t, @n)')
  }
  const sql = `SELECT answered_at, entry.token, entry, finding, serial, face_value, now_locked,
      msisdn, charge_kind, call_id
    FROM ${tablesFor(search, token)}
    ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY answered_at DESC, entry.token DESC, entry DESC LIMIT ${ENTRIES_PAGE}`
  return { sql, values }
}

/** CROSS JOIN: SQLite reads the left table first. */
function tablesFor({ msisdn, serial, outcome, call }: EntrySearch, token: boolean): string {
  const from = (index: string) => `entry INDEXED BY ${index} CROSS JOIN call_session USING (token)`
  if (token) return 'entry CROSS JOIN call_session USING (token)'
  if (call !== undefined) return 'call_session CROSS JOIN entry USING (token)'
  if (serial !== undefined) return OF_CARD
  if (msisdn !== undefined) {
    return 'call_session INDEXED BY call_session_of_number CROSS JOIN entry USING (token)'
  }
  const byTime = outcome === undefined || outcome === 'redeemed'
  return from(byTime ? 'entry_by_time' : 'entry_by_finding')
}

/** The entries of a card: those that charged nothing by their index, the one that did by the charge log. */
const OF_CARD = `(SELECT token, entry FROM entry INDEXED BY entry_by_serial
      WHERE serial = @serial AND ${CHARGED_NOTHING}
    UNION ALL SELECT token, entry FROM charge_record WHERE serial = @serial
    UNION ALL SELECT token, entry FROM scenario_charge WHERE serial = @serial)
  CROSS JOIN entry USING (token, entry) CROSS JOIN call_session USING (token)`

const lineOf = (row: Row): EntryLine => ({
  at: epochMs(row.answered_at),
  token: tokenOf(row.token),
  entry: row.entry,
  callId: row.call_id,
  msisdn: msisdnOf(row.msisdn),
  kind: scenarioKinds.word(row.charge_kind),
  outcome: findings.word(row.finding),
  ...(row.serial !== null && { serial: serialOf(row.serial) }),
  ...(row.face_value !== null && { faceValue: row.face_value }),
  locked: row.now_locked === 1,
})

import type { CallSessionToken } from '../../domain/call-session.js'
import type { SerialNumber } from '../../domain/card.js'
import type { ChargeAnswer } from '../../domain/charge-answer.js'
import type { ChargeId } from '../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { units } from '../../domain/units.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CallFacts } from '../rules/call-result.js'
import type { Finding } from '../rules/charge-decision.js'
import { codes, partsOf, serialKey, serialOf, tokenKey } from './keys.js'

/** An entry, its answer and the reason behind it. */
export interface Entry {
  readonly answer: ChargeAnswer
  readonly finding: Finding
  readonly answeredAt: EpochMs
  /** Whether it was the wrong number that locked the handset; who must wait is not told so. */
  readonly lockedHandset: boolean
  readonly serial: SerialNumber | undefined
  /** First bytes of the digest that was looked up, where no card has it (requirements §5.5). */
  readonly digestPrefix: Buffer | undefined
}

/** The entries of one call. */
export interface EntriesOfCall {
  readonly entries: number
  /** How many of them locked the handset. */
  readonly locking: number
  readonly last: CallFacts['lastEntry']
}

const FINDING_CODES = {
  abandoned: 1,
  locked: 2,
  unknown: 3,
  used: 4,
  not_active: 5,
  expired: 6,
  own_card: 7,
  over_month_cap: 8,
  redeemed: 9,
  card_locked: 10,
  must_wait: 11,
} as const satisfies Record<Finding, number>

/** True reasons behind answers, as the store holds them. */
export const findings = codes<Finding>(FINDING_CODES)

/** Of an entry that charged nothing, in SQL; the indexes by finding and by serial number are of these alone. */
export const CHARGED_NOTHING = `finding <> ${FINDING_CODES.redeemed}`

/** All of them. */
export const FINDINGS = Object.keys(FINDING_CODES) as readonly Finding[]

interface Row {
  readonly answered_at: number
  readonly finding: number
  readonly serial: number | null
  readonly digest_prefix: Buffer | null
  readonly face_value: number | null
  readonly registered: number | null
  readonly remaining: number | null
  readonly now_locked: number | null
  readonly units: number | null
}

const COLUMNS =
  'answered_at, finding, serial, digest_prefix, face_value, registered, remaining, now_locked, units'

/** Every entry with its answer, so that a repeated request is answered as the first was. */
export class Entries {
  readonly #find
  readonly #record
  readonly #ofCall

  constructor(store: Database) {
    this.#find = store.prepare<[Buffer, number], Row>(
      `SELECT ${COLUMNS} FROM entry WHERE token = ? AND entry = ?`,
    )
    this.#ofCall = store.prepare<[Buffer], Pick<Row, 'finding' | 'now_locked'> & { entry: number }>(
      'SELECT entry, finding, now_locked FROM entry WHERE token = ? ORDER BY entry',
    )
    this.#record = store.prepare(
      `INSERT INTO entry (token, entry, ${COLUMNS}) VALUES (@token, @entry, @answered_at, @finding,
       @serial, @digest_prefix, @face_value, @registered, @remaining, @now_locked, @units)`,
    )
  }

  /** The entry as it was answered; `undefined` when it never was. */
  find(id: ChargeId): Entry | undefined {
    const { token, entry } = partsOf(id)
    const row = this.#find.get(tokenKey(token), entry)
    if (!row) return undefined
    return {
      answer: answerOf(row),
      finding: findings.word(row.finding),
      answeredAt: epochMs(row.answered_at),
      lockedHandset: row.now_locked === 1,
      serial: row.serial === null ? undefined : serialOf(row.serial),
      digestPrefix: row.digest_prefix ?? undefined,
    }
  }

  /** What a call's entries come to together. */
  ofCall(token: CallSessionToken): EntriesOfCall {
    const rows = this.#ofCall.all(tokenKey(token))
    const last = rows.at(-1)
    return {
      entries: rows.length,
      locking: rows.filter(row => row.now_locked === 1).length,
      last: last && { number: last.entry, finding: findings.word(last.finding) },
    }
  }

  /** Records an answer. Fails when the entry has one: an answer once given stays. */
  record(id: ChargeId, answered: Entry): void {
    const { token, entry } = partsOf(id)
    this.#record.run({ token: tokenKey(token), entry, ...rowOf(answered) })
  }
}

function rowOf(entry: Entry): Row {
  const { answer, finding, answeredAt, lockedHandset, serial, digestPrefix } = entry
  return {
    answered_at: answeredAt,
    finding: findings.code(finding),
    serial: serial ? serialKey(serial) : null,
    digest_prefix: digestPrefix ?? null,
    face_value: 'faceValue' in answer ? answer.faceValue : null,
    registered: 'registered' in answer ? answer.registered : null,
    remaining: 'remaining' in answer ? answer.remaining : null,
    now_locked: 'nowLocked' in answer || lockedHandset ? Number(lockedHandset) : null,
    units: 'units' in answer ? answer.units : null,
  }
}

function answerOf(row: Row): ChargeAnswer {
  const finding = findings.word(row.finding)
  switch (finding) {
    case 'abandoned':
    case 'locked':
    case 'must_wait':
      return { outcome: finding }
    case 'unknown':
    case 'used':
    case 'not_active':
    case 'expired':
    case 'card_locked':
      return { outcome: 'unusable', nowLocked: row.now_locked === 1 }
    case 'own_card':
      return {
        outcome: finding,
        faceValue: amount(row.face_value),
        registered: amount(row.registered),
      }
    case 'over_month_cap':
      return {
        outcome: finding,
        faceValue: amount(row.face_value),
        remaining: amount(row.remaining),
      }
    case 'redeemed':
      return redeemedAnswer(row)
  }
}

function redeemedAnswer(row: Row): ChargeAnswer {
  const charged = {
    faceValue: amount(row.face_value),
    registered: amount(row.registered),
    chargedAt: epochMs(row.answered_at),
  }
  if (row.units === null) return { outcome: 'redeemed', ...charged }
  return { outcome: 'units_added', units: units(row.units), ...charged }
}

/** An amount that the form of the answer promises. */
function amount(column: number | null): Yen {
  if (column === null) throw new TypeError('an entry lacks an amount that its answer needs')
  return yen(column)
}

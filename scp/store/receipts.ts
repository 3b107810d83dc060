import type { CallSessionToken } from '../../domain/call-session.js'
import type { ChargeId } from '../../domain/charge-id.js'
import type { ScenarioKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import { findings } from './entries.js'
import { chargeIdOf, msisdnOf, scenarioKinds, tokenKey } from './keys.js'

/** A charge whose caller is owed a word of it (requirements §4, hang-up table: SMS receipt). */
export interface Receipt {
  /** 1, 2, 3 … per node, and from a far higher number on after a restore: who reads keeps the last one. */
  readonly sequence: number
  readonly chargeId: ChargeId
  readonly msisdn: Msisdn
  readonly kind: ScenarioKind
  /** In yen. */
  readonly faceValue: number
  /** What it became, of a Pricall subscriber. */
  readonly units?: number
  /** The month's total in yen, this card included. */
  readonly registered: number
  readonly chargedAt: EpochMs
  /** When the call had ended. */
  readonly dueAt: EpochMs
}

interface Row {
  readonly sequence: number
  readonly token: Buffer
  readonly entry: number
  readonly due_at: number
  readonly answered_at: number
  readonly face_value: number
  readonly registered: number
  readonly units: number | null
  readonly msisdn: number
  readonly charge_kind: number
}

/** Which results callers heard to their end, of the calls under way; forgotten with the program. */
export class HeardResults {
  readonly #last = new Map<CallSessionToken, number>()

  /** The result of an entry was heard, and so were those before it. */
  note(token: CallSessionToken, entry: number): void {
    this.#last.set(token, Math.max(entry, this.lastOf(token)))
  }

  /** The last entry whose result was heard; 0 when none is known to be. */
  lastOf(token: CallSessionToken): number {
    return this.#last.get(token) ?? 0
  }

  /** The call is over. */
  forget(token: CallSessionToken): void {
    this.#last.delete(token)
  }
}

/**
 * The receipt before the next one. Of a restored store nobody knows how many it gave after its backup, at
 * fewer than a million a second; it goes on above them, so that no reader takes a new one for an old one.
 */
const LAST_RECEIPT = `max(coalesce((SELECT max(sequence) FROM receipt), 0),
  coalesce((SELECT max(restored_at) / 1000 FROM restoration), 0) * 1000000)`

/** Receipts that are due: written in the work that ends a call, one a charge, never changed. */
export class Receipts {
  readonly #put
  readonly #putOpen
  readonly #read

  constructor(store: Database) {
    this.#put = store.prepare<[number, Buffer, number]>(
      `INSERT INTO receipt (sequence, token, entry, due_at)
       SELECT ${LAST_RECEIPT} + row_number() OVER (ORDER BY entry), token, entry, ? FROM entry
       WHERE token = ? AND entry > ? AND finding = ${findings.code('redeemed')}`,
    )
    this.#putOpen = store.prepare<[number]>(
      `INSERT INTO receipt (sequence, token, entry, due_at)
       SELECT ${LAST_RECEIPT} + row_number() OVER (ORDER BY answered_at, token, entry), token, entry, ?
       FROM call_session JOIN entry USING (token)
       WHERE ended_at IS NULL AND finding = ${findings.code('redeemed')}`,
    )
    this.#read = store.prepare<[number, number], Row>(
      `SELECT sequence, token, entry, due_at, answered_at, face_value, registered, units, msisdn,
         charge_kind
       FROM receipt JOIN entry USING (token, entry) JOIN call_session USING (token)
       WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    )
  }

  /** A call has ended: what it charged after the last result that was heard is owed a receipt. */
  due(token: CallSessionToken, heardUpTo: number, at: EpochMs): void {
    this.#put.run(at, tokenKey(token), heardUpTo)
  }

  /**
   * Every call that is open has ended with the store it was in: who heard what nobody knows, so all that
   * they charged is owed a receipt.
   */
  dueOfOpenCalls(at: EpochMs): void {
    this.#putOpen.run(at)
  }

  /** Those after a sequence number, in order, at most `max`. */
  after(sequence: number, max: number): Receipt[] {
    return this.#read.all(sequence, max).map(row => ({
      sequence: row.sequence,
      chargeId: chargeIdOf(row.token, row.entry),
      msisdn: msisdnOf(row.msisdn),
      kind: scenarioKinds.word(row.charge_kind),
      faceValue: row.face_value,
      ...(row.units !== null && { units: row.units }),
      registered: row.registered,
      chargedAt: epochMs(row.answered_at),
      dueAt: epochMs(row.due_at),
    }))
  }
}

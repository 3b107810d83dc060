import type { ChargeRecord } from '../../domain/charge-record.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { QuarterHourHeader } from '../../domain/quarter-hour-file.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import type { Credit, CreditPolicy, Scenario } from '../scenarios/scenario.js'
import { ChargeLog } from './charge-log.js'
import { Entries } from './entries.js'
import { cardStates, chargeKinds, msisdnKey, partsOf, serialKey, tokenKey } from './keys.js'
import { MonthTotals } from './month-totals.js'
import type { QuarterHours } from './quarter-hours.js'
import { Receipts } from './receipts.js'

/** A store that was put in place from a backup, and has not heard of all that CRS accepted since. */
export interface OpenRestoration {
  /** The last quarter-hour that the store has closed; 0 for none. */
  readonly lastNumber: number
  /** When the quarter-hour after it ends. */
  readonly openUntil: EpochMs
}

/** A quarter-hour that CRS accepted from this node. */
export interface AcceptedQuarterHour {
  readonly header: QuarterHourHeader
  readonly records: readonly ChargeRecord[]
  /** When the node closed the day that ended with it, as CRS has it. */
  readonly dayClosedAt: EpochMs | undefined
}

/**
 * Brings a restored store up to what CRS accepted: every charge of it is in the log, its card used, its
 * number's month counted, before anybody can key a card (fault test XF7). Each method is one work of the
 * store's writer.
 */
export class Restoration {
  readonly #quarters: QuarterHours
  readonly #log: ChargeLog
  readonly #totals: MonthTotals
  readonly #receipts: Receipts
  readonly #credits: ReadonlyMap<string, Credit>
  readonly #open
  readonly #burn
  readonly #end
  readonly #endCalls
  readonly #count
  readonly #entries
  readonly #call

  constructor(
    store: Database,
    quarters: QuarterHours,
    scenarios: readonly Scenario[],
    policy: CreditPolicy,
  ) {
    this.#quarters = quarters
    this.#log = new ChargeLog(store)
    // What CRS accepted was under the cap when it was charged.
    this.#totals = new MonthTotals(store, yen(Number.MAX_SAFE_INTEGER))
    this.#receipts = new Receipts(store)
    this.#credits = new Map(
      scenarios.flatMap(({ charging }) =>
        charging ? [[charging.kind, charging.openCredit(store, policy)] as const] : [],
      ),
    )
    this.#open = store
      .prepare<[], number>('SELECT 1 FROM restoration WHERE fenced_at IS NULL')
      .pluck()
    this.#burn = store.prepare<[number, number, number, number]>(
      'UPDATE card SET state = ?, used_by = ?, used_at = ? WHERE serial = ? AND used_by IS NULL',
    )
    this.#entries = new Entries(store)
    this.#call = store.prepare<[Buffer, number, number, string, number]>(
      `INSERT INTO call_session (token, msisdn, charge_kind, call_id, cseq, began_at)
       VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING`,
    )
    this.#count = store.prepare<[number]>(
      'UPDATE restoration SET accepted = accepted + ? WHERE fenced_at IS NULL',
    )
    this.#endCalls = store.prepare<[number]>(
      'UPDATE call_session SET ended_at = ? WHERE ended_at IS NULL',
    )
    this.#end = store.prepare<[number]>(
      'UPDATE restoration SET fenced_at = ? WHERE fenced_at IS NULL',
    )
  }

  /** `undefined` when the store knows all that it ever knew. */
  open(): OpenRestoration | undefined {
    if (this.#open.get() === undefined) return undefined
    return { lastNumber: this.#quarters.lastNumber(), openUntil: this.#quarters.openUntil() }
  }

  /**
   * Takes a quarter-hour back, the next one. Answers how many of its charges the store did not have.
   * Throws `BACKUP_TOO_OLD` when one is of a card that the store does not know or another charge stands
   * in its place.
   */
  replay({ header, records, dayClosedAt }: AcceptedQuarterHour): number {
    const known = this.#log.last().sequence
    const had = Math.max(0, known + 1 - header.firstSequence)
    this.#checkKnown(header, records, had)
    for (const [place, record] of records.entries()) {
      if (place >= had) this.#put(header.firstSequence + place, record)
    }
    this.#quarters.replay(header, records.length, dayClosedAt)
    const fresh = records.length - had
    this.#count.run(fresh)
    return fresh
  }

  /**
   * All that CRS accepted is in the store: calls may come. Those of the lost store are over, and their
   * charges owed receipts, those that were taken back too.
   */
  end(now: EpochMs): void {
    this.#receipts.dueOfOpenCalls(now)
    this.#endCalls.run(now)
    this.#end.run(now)
  }

  #checkKnown(header: QuarterHourHeader, records: readonly ChargeRecord[], had: number): void {
    if (had > records.length) throw tooOld(`the store has charges that CRS has not accepted`)
    let place = 0
    for (const record of this.#log.from(header.firstSequence, had)) {
      if (record.chargeId !== records[place]?.chargeId) {
        throw tooOld(`charge ${record.sequence} is another one than CRS accepted`)
      }
      place++
    }
  }

  #put(sequence: number, record: ChargeRecord): void {
    const { msisdn, kind, serial, faceValue, chargedAt } = record
    const used = cardStates.code('used')
    const burned = this.#burn.run(used, msisdnKey(msisdn), chargedAt, serialKey(serial))
    if (burned.changes !== 1) throw tooOld(`it has no unused card ${serial}, which CRS accepted`)
    const registered = this.#totals.add(msisdn, kind, chargedAt, faceValue)
    if (this.#log.append(record) !== sequence)
      throw tooOld(`charge ${sequence} has a gap before it`)
    this.#answerAgain(record, sequence, registered ?? faceValue)
  }

  /**
   * Keeps the call and the answer that went with a charge, so that its charge id is answered as ever. What a
   * scenario owes for it is owed again; who is owed knows the charge id.
   */
  #answerAgain(record: ChargeRecord, sequence: number, registered: Yen): void {
    const { chargeId, msisdn, kind, serial, chargedAt } = record
    const answer = this.#credits.get(kind)?.({ record, sequence, registered })
    if (!answer) throw tooOld(`no scenario credits ${kind}`)
    const { token } = partsOf(chargeId)
    this.#call.run(
      tokenKey(token),
      msisdnKey(msisdn),
      chargeKinds.code(kind),
      `restored-${token}`,
      chargedAt,
    )
    this.#entries.record(chargeId, {
      answer,
      finding: 'redeemed',
      answeredAt: chargedAt,
      lockedHandset: false,
      serial,
      digestPrefix: undefined,
    })
  }
}

const tooOld = (what: string): Fault =>
  new Fault('BACKUP_TOO_OLD', `The store was restored from a backup, and ${what}.`)

/** Marks a store as restored from a backup that was taken at a moment. */
export function markRestored(store: Database, takenAt: number, restoredAt: number): void {
  store
    .prepare('INSERT INTO restoration (taken_at, restored_at) VALUES (?, ?)')
    .run(epochMs(takenAt), epochMs(restoredAt))
}

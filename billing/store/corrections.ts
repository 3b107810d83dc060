import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { addMonths, startOfJstMonth } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { type Corrected, type Correction, correct } from '../rules/correcting.js'
import { correctionWindow, lastRefresh, showsFrom } from '../rules/correction-window.js'
import { bodyOf, type CalculatedInvoices, calculatedOf } from './calculated-invoices.js'
import type { BilledParty, Contracts } from './contracts.js'
import type { FeeTableVersions } from './fee-table-versions.js'
import type { MonthBooks } from './month-books.js'

/** What became of a correction; in the order they are checked. */
export type CorrectionMade =
  | 'corrected'
  | 'nobody'
  /** No invoice was calculated. */
  | 'no_such_invoice'
  /** It is final. */
  | 'month_closed'
  /** P-05: it is not the time. */
  | 'window_closed'
  | Exclude<Corrected['outcome'], 'corrected'>

/** A correction as it was made. */
export interface KeptCorrection {
  readonly at: EpochMs
  readonly what: string
  readonly reason: string
}

export interface CorrectionsParts {
  readonly contracts: Contracts
  readonly calculated: CalculatedInvoices
  readonly books: MonthBooks
  readonly fees: FeeTableVersions
}

/** データ補正 (requirement P-05): invoices are corrected in their window, and every correction is kept. */
export class Corrections {
  readonly #store: Database
  readonly #parts: CorrectionsParts
  readonly #hidden

  constructor(store: Database, parts: CorrectionsParts) {
    this.#store = store
    this.#parts = parts
    // Of several that wait, the first has the invoice as it shows.
    this.#hidden = store
      .prepare<[string, number, number, number], [number, string]>(
        `SELECT contract_no, before_body FROM correction WHERE correction_no IN (
           SELECT min(correction_no) FROM correction
           WHERE month = ? AND contract_no > ? AND contract_no <= ? AND corrected_at >= ?
           GROUP BY contract_no)`,
      )
      .raw()
  }

  make(
    month: JstMonth,
    of: BilledParty,
    correction: Correction,
    reason: string,
    now: EpochMs,
  ): CorrectionMade {
    const { contracts, calculated, books, fees } = this.#parts
    const contract = contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return 'nobody'
    const { contractNo } = contract
    const row = calculated.rowOf(month, contractNo)
    if (!row) return 'no_such_invoice'
    if (calculated.isClosing(month) || calculated.isFinal(month, contractNo)) return 'month_closed'
    const invoice = calculatedOf(row)
    const { from, until } = correctionWindow(invoice.billingMonth ?? books.billingMonthOf(month))
    if (now < from || now >= until) return 'window_closed'

    const result = correct(invoice.charges, correction, fees.tables(), month)
    if (result.outcome !== 'corrected') return result.outcome
    const body = bodyOf({ ...invoice, charges: result.charges })
    calculated.correct(month, contractNo, result.charges, body)
    this.#store
      .prepare(
        `INSERT INTO correction (month, contract_no, corrected_at, what, reason, before_body, after_body)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(month, contractNo, now, JSON.stringify(correction), reason, row.body, body)
    return 'corrected'
  }

  /** A month's invoices as they were before corrections that do not show yet (P-05), of contracts after one up to another. */
  hiddenBetween(month: JstMonth, after: number, last: number, now: EpochMs): Map<number, string> {
    return new Map(this.#hidden.all(month, after, last, lastRefresh(now)))
  }

  /** From when on an invoice shows as it was corrected last; `undefined`: it does already. */
  showsFrom(month: JstMonth, contractNo: number, now: EpochMs): EpochMs | undefined {
    const waits = this.hiddenBetween(month, contractNo - 1, contractNo, now).has(contractNo)
    return waits ? showsFrom(now) : undefined
  }

  /** The corrections of an invoice, the oldest first. */
  of(month: JstMonth, contractNo: number): KeptCorrection[] {
    return this.#store
      .prepare<[string, number], { at: number; what: string; reason: string }>(
        `SELECT corrected_at AS at, what, reason FROM correction
         WHERE month = ? AND contract_no = ? ORDER BY correction_no`,
      )
      .all(month, contractNo)
      .map(({ at, ...rest }) => ({ at: epochMs(at), ...rest }))
  }
}

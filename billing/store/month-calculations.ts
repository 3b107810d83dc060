import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CalculatedInvoices } from './calculated-invoices.js'
import type { MonthBooks } from './month-books.js'
import type { MonthCloses } from './month-closes.js'

/** Whether a month may be calculated; in the order they are checked. */
export type CalculationBegun =
  /** Its close has begun: what was calculated is final. */
  | { readonly outcome: 'month_closed' }
  | { readonly outcome: 'not_over' }
  | { readonly outcome: 'running' }

/** What a calculation came to. */
export interface CalculationSummary {
  readonly month: JstMonth
  /** 1 for the first calculation of the month. */
  readonly run: number
  readonly invoices: number
  readonly grossYen: Yen
  /** Invoices that keep what an operator corrected. */
  readonly corrected: number
}

interface Row {
  readonly run: number
  readonly done_contract: number
  readonly began_at: number
  readonly finished_at: number | null
}

/** An invoice as it would be, beside what there is. */
export interface RehearsedInvoice {
  readonly contract: string
  /** What it is compared with; `undefined`: nothing. */
  readonly before: Yen | undefined
  /** `undefined`: it would not be made. */
  readonly after: Yen | undefined
}

/** What a rehearsal compares with: the last calculation of the month, or the month before. */
export type Rehearsal = 'last_run' | 'previous_month'

/**
 * 調定 in its first phase (§7.15): invoices of a month of use are calculated, and stay 未請求. It may be made
 * again until the month's close begins; what was corrected by hand is kept.
 */
export class MonthCalculations {
  readonly #store: Database
  readonly #closes: MonthCloses
  readonly #books: MonthBooks
  readonly #calculated: CalculatedInvoices

  constructor(
    store: Database,
    parts: {
      readonly closes: MonthCloses
      readonly books: MonthBooks
      readonly calculated: CalculatedInvoices
    },
  ) {
    this.#store = store
    this.#closes = parts.closes
    this.#books = parts.books
    this.#calculated = parts.calculated
  }

  /** The month whose calculation is under way. */
  running(): JstMonth | undefined {
    const month = this.#store
      .prepare<[], string>('SELECT month FROM month_calculation WHERE finished_at IS NULL')
      .pluck()
      .get()
    return month as JstMonth | undefined
  }

  /** When a month was calculated last. */
  calculatedAt(month: JstMonth): EpochMs | undefined {
    const at = this.#row(month)?.finished_at
    return at === null || at === undefined ? undefined : epochMs(at)
  }

  /** Begins the calculation of a month, again where it is done, or goes on with one that was cut short. */
  begin(month: JstMonth, now: EpochMs): CalculationBegun {
    if (this.#calculated.isClosing(month)) return { outcome: 'month_closed' }
    if (now < startOfJstMonth(addMonths(month, 1))) return { outcome: 'not_over' }
    const row = this.#row(month)
    if (row?.finished_at === null) return { outcome: 'running' }
    this.#store
      .prepare(
        `INSERT OR REPLACE INTO month_calculation (month, run, done_contract, began_at, finished_at)
         VALUES (?, ?, 0, ?, NULL)`,
      )
      .run(month, (row?.run ?? 0) + 1, now)
    return { outcome: 'running' }
  }

  /** Calculates at most `max` more contracts. `true`: all are. */
  advance(month: JstMonth, max: number, now: EpochMs): boolean {
    const row = this.#row(month)
    if (!row) throw new TypeError(`the calculation of ${month} did not begin`)
    if (row.finished_at !== null || this.#calculated.isClosing(month)) return true
    const scope = this.#closes.scopeOf(month)
    const contracts = this.#books.page(scope, row.done_contract, max)
    for (const of of contracts) {
      if (this.#calculated.drop(month, of.contractNo) !== 'dropped') continue
      const charges = this.#books.rate(of, scope)
      if (charges) this.#books.keepInvoice(of, charges, scope, epochMs(row.began_at))
    }
    const done = contracts.at(-1)?.contractNo ?? row.done_contract
    const finished = contracts.length < max
    this.#store
      .prepare('UPDATE month_calculation SET done_contract = ?, finished_at = ? WHERE month = ?')
      .run(done, finished ? now : null, month)
    return finished
  }

  /** How far a calculation is: contracts up to one, of those up to another. */
  progress(month: JstMonth): { readonly done: number; readonly last: number } | undefined {
    const row = this.#row(month)
    const last = this.#store.prepare<[], number | null>('SELECT max(contract_no) FROM contract')
    return row && { done: row.done_contract, last: last.pluck().get() ?? 0 }
  }

  summary(month: JstMonth): CalculationSummary {
    const sums = this.#store
      .prepare<[string], { invoices: number; gross: number | null; corrected: number }>(
        `SELECT count(*) AS invoices, sum(gross) AS gross,
           count(*) FILTER (WHERE corrections > 0) AS corrected
         FROM calculated_invoice WHERE month = ?`,
      )
      .get(month)
    return {
      month,
      run: this.#row(month)?.run ?? 0,
      invoices: sums?.invoices ?? 0,
      grossYen: yen(sums?.gross ?? 0),
      corrected: sums?.corrected ?? 0,
    }
  }

  /** What a rehearsal of the month is compared with. */
  comparedWith(month: JstMonth): Rehearsal {
    return this.#row(month) || this.#calculated.isClosing(month) ? 'last_run' : 'previous_month'
  }

  /**
   * Calculates at most `max` contracts after one of them and keeps nothing: those whose total would be another
   * than in what it is compared with. `last`: where it came to; `undefined`: there are no more.
   */
  rehearse(month: JstMonth, after: number, max: number) {
    const compared = this.comparedWith(month) === 'last_run' ? month : addMonths(month, -1)
    const scope = this.#closes.scopeOf(month)
    const contracts = this.#books.page(scope, after, max)
    const invoices = contracts.map(of => {
      const kept = of.calculated && of.calculated.corrections > 0 ? of.calculated : undefined
      const after = kept ?? this.#books.rate(of, scope)
      const before = this.#calculated.rowOf(compared, of.contractNo)
      return {
        contract: of.contract,
        before: before && yen(before.gross),
        after: after && yen(after.gross),
      }
    })
    return { invoices, last: contracts.at(-1)?.contractNo }
  }

  #row(month: JstMonth): Row | undefined {
    return this.#store
      .prepare<[string], Row>('SELECT * FROM month_calculation WHERE month = ?')
      .get(month)
  }
}

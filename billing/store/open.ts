import type { ChargeId } from '../../domain/charge-id.js'
import type { Clock } from '../../domain/clock.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import type { ContractId, NewContract } from '../contract.js'
import type { Delivery, DeliveryKind, DeliverySums } from '../deliveries/delivery.js'
import type { TerminalId } from '../error-report.js'
import type { CycleMonths } from '../rules/month-application.js'
import { Aladin, type AladinQuestion } from './aladin.js'
import { billingOf } from './billing-of.js'
import { CalculatedInvoices } from './calculated-invoices.js'
import { Charges } from './charges.js'
import { ContractMoves } from './contract-moves.js'
import { ContractTerms } from './contract-terms.js'
import { Contracts } from './contracts.js'
import { Corrections } from './corrections.js'
import { Crediting } from './crediting.js'
import { Customers } from './customers.js'
import { Days } from './days.js'
import { Deliveries } from './deliveries.js'
import { ErrorReports } from './error-reports.js'
import { ExchangeRecord, type ExchangeStanding } from './exchange-record.js'
import { FeeTableVersions } from './fee-table-versions.js'
import { HeldCharges } from './held-charges.js'
import { Intake, type ReceivedFile } from './intake.js'
import { InvoiceViews } from './invoice-views.js'
import { Invoices, type NewInvoice } from './invoices.js'
import { Ledger } from './ledger.js'
import { MIGRATIONS } from './migrations.js'
import { MonthBooks } from './month-books.js'
import { MonthCalculations } from './month-calculations.js'
import { MonthCloses } from './month-closes.js'
import { MonthHolds } from './month-holds.js'
import { Outbox } from './outbox.js'
import { Payments } from './payments.js'
import { Settlements } from './settlements.js'
import { UsageLines } from './usage-lines.js'
import { Views } from './views.js'

export interface BillingStoreOptions {
  readonly path: string
  readonly clock: Clock
  /** Told when the store can no longer be trusted: see `GroupCommitOptions`. */
  readonly onBroken: (fault: Fault) => void
  /** Told after each change, so that aris hears of it soon. */
  readonly onChange?: () => void
  /** How many months after that of use an invoice is issued (P-14); 1 unless told. */
  readonly cycleMonths?: CycleMonths
}

/** billing's store as the rest of billing sees it: what an answer speaks of is on disk. */
export type BillingStore = ReturnType<typeof openBillingStore>

/** Opens billing's store. All that writes goes through one group commit, in the order it was asked. */
export function openBillingStore({
  path,
  clock,
  onBroken,
  onChange,
  cycleMonths = 1,
}: BillingStoreOptions) {
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store, { onBroken })
  const outbox = new Outbox(store)
  const ledger = new Ledger(store, outbox)
  const customers = new Customers(store)
  const calculated = new CalculatedInvoices(store)
  const contracts = new Contracts(store, { ledger, outbox, customers, calculated })
  const terms = new ContractTerms(store, contracts, calculated, cycleMonths)
  const charges = new Charges(store)
  const held = new HeldCharges(store)
  const days = new Days(store, outbox)
  const invoices = new Invoices(store, contracts, calculated)
  const usage = new UsageLines(store, contracts, calculated)
  const fees = new FeeTableVersions(store)
  const books = new MonthBooks(store, { ledger, outbox, calculated, fees, cycleMonths })
  const holds = new MonthHolds(store)
  const closes = new MonthCloses(store, { ledger, books, days, outbox, holds })
  const calculations = new MonthCalculations(store, { closes, books, calculated })
  const corrections = new Corrections(store, { contracts, calculated, books, fees })
  const settlements = new Settlements(store, { contracts, ledger, books, closes, days })
  const moves = new ContractMoves(store, contracts, settlements)
  const record = new ExchangeRecord(store)
  const crediting = new Crediting({
    contracts,
    charges,
    held,
    ledger,
    closes,
    settlements,
    cycleMonths,
  })
  const intake = new Intake(store, { record, charges, crediting, days })
  const views = new Views({ contracts, charges, held, ledger, closes })
  const payments = new Payments(store, { contracts, calculated, books })
  const invoiceViews = new InvoiceViews({
    contracts,
    calculated,
    closes,
    books,
    corrections,
    payments,
    now: () => clock.now(),
  })
  const rates = { customers, contracts, terms, usage, fees, calculations, corrections, settlements }
  const deliveries = new Deliveries(store)
  const reports = new ErrorReports(store)
  const aladin = new Aladin(store, { contracts, charges, ledger, closes, days })
  const now = () => clock.now()
  const write = async <T>(work: () => T): Promise<T> => {
    const result = await writer.run(work)
    onChange?.()
    return result
  }
  return {
    /** Where the exchange stands, and the last sequence that is reflected. */
    exchange: async () => ({ ...record.standing(), reflectedThrough: record.lastSequence() }),
    keepExchange: (standing: ExchangeStanding) => write(() => record.keep(standing)),
    /** Takes one of CRS's files in, whole or not at all. */
    reflect: (file: ReceivedFile) =>
      write(() => {
        const reflected = intake.reflect(file, now())
        settlements.settleDue(now())
        return reflected
      }),

    countContracts: async () => contracts.count(),
    takeContracts: (lines: readonly NewContract[]) =>
      write(() => lines.map(line => contracts.take(line))),
    changeNumber: (contract: ContractId, to: NewContract['msisdn'], at: NewContract['validFrom']) =>
      write(() =>
        closes.running() ? 'month_closing' : contracts.changeNumber(contract, to, at, now()),
      ),
    cancel: (contract: ContractId, at: NewContract['validFrom']) =>
      write(() => (closes.running() ? 'month_closing' : contracts.cancel(contract, at))),

    takeInvoices: (month: JstMonth, lines: readonly NewInvoice[], importId: string) =>
      write(() => lines.map(line => invoices.take(month, line, importId))),
    runningClose: async () => closes.running(),
    beginClose: (month: JstMonth, afterWindow = false) =>
      write(() => closes.begin(month, now(), afterWindow)),
    /** Settles at most `max` more contracts; `true` when the month is closed. */
    advanceClose: (month: JstMonth, max: number) =>
      write(() => {
        const finished = closes.advance(month, max, now())
        if (finished) settlements.settleDue(now())
        return finished
      }),
    /** The month that is to be closed now. */
    dueMonth: async () => closes.due(now()),
    holdMonth: (month: JstMonth, reason: string) => write(() => holds.hold(month, reason, now())),
    releaseMonth: (month: JstMonth, reason: string) =>
      write(() => holds.release(month, reason, now())),
    closeSummary: async (month: JstMonth) => closes.summary(month),
    /** How far the calculation of a month or its close is. */
    monthProgress: async (month: JstMonth) =>
      closes.progress(month) ?? calculations.progress(month),
    ...billingOf({ ...rates, closes, moves, payments, invoiceViews, write, now }),

    heldCharges: async (after: number, max: number) => views.held(after, max),
    /** Tries at most `max` held charges after `after` that are due; where it came to, and what it credited. */
    retryHeld: (after: number, max: number) =>
      write(() => {
        reports.makeAll(now())
        const due = held.due(now(), after, max)
        const credited = due.filter(chargeNo => crediting.retry(chargeNo, now()))
        return { last: due.at(-1), credited: credited.length }
      }),
    /** Lets a charge pass that CRS could not map, and tries it at once. */
    releaseHeld: (id: ChargeId, reason: string) =>
      write(() => {
        const charge = charges.byId(id)
        if (!charge || !held.get(charge.chargeNo)) return 'not_held'
        reports.makeAll(now())
        held.release(charge.chargeNo, reason, now())
        return crediting.retry(charge.chargeNo, now()) ? 'credited' : 'still_held'
      }),

    newestDays: async (max: number) => ({
      confirmedThrough: days.confirmedThrough(),
      days: days.newest(max).map(day => ({ ...day, ...charges.totalsOf(day.day) })),
    }),
    /** What became of the charges of a day's hourly files so far. */
    daySums: async (day: JstDay) => charges.totalsOf(day),
    confirmDays: (through: JstDay, reason: string) =>
      write(() => days.confirmThrough(through, reason, now())),

    unfinishedDeliveries: async () => deliveries.unfinished(),
    deliveries: async (kind: DeliveryKind | undefined, max: number) => deliveries.newest(kind, max),
    delivery: async (kind: DeliveryKind, number: number) => deliveries.get(kind, number),
    /** Begins the next delivery of a kind whose period is over. */
    beginDelivery: (kind: DeliveryKind) => write(() => deliveries.begin(kind, now())),
    finishDelivery: (delivery: Delivery, sums: DeliverySums) =>
      write(() => deliveries.finish(delivery, sums)),
    ledgerSums: async (delivery: Delivery) => deliveries.ledgerSums(delivery),
    finalOn: async (day: JstDay) => deliveries.finalOn(day),
    paidSince: async (delivery: Delivery) => deliveries.paidSince(delivery),
    chargeTotals: async (delivery: Delivery) => deliveries.chargeTotals(delivery),

    /** Makes error reports of days that are over, at most a month of them. `false`: there are more. */
    makeErrorReports: () => write(() => reports.make(now())),
    unfiledErrorReports: async () => reports.unfiled(),
    fileErrorReport: (day: JstDay) => write(() => reports.file(day, now())),
    errorReports: async (terminal: TerminalId, max: number) => reports.list(terminal, max),
    errorReport: async (day: JstDay) => reports.get(day),
    openErrorReport: (day: JstDay, terminal: TerminalId) =>
      write(() => reports.open(day, terminal, now())),

    lastUpdate: async () => outbox.last(),
    updatesAfter: async (number: number, max: number) => outbox.after(number, max),

    /** What a shop’s terminal is shown. */
    aladin: async (question: AladinQuestion) => aladin.ask(question, now()),
    viewNumber: async (...of: Parameters<Views['ofNumber']>) => views.ofNumber(...of),
    viewCard: async (...of: Parameters<Views['ofCard']>) => views.ofCard(...of),
    viewContract: async (...of: Parameters<Views['ofContract']>) => views.ofContract(...of),

    close: () => {
      writer.flush()
      store.close()
    },
  }
}

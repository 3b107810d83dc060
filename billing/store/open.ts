import type { ChargeId } from '../../domain/charge-id.js'
import type { Clock } from '../../domain/clock.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import type { ContractId, NewContract } from '../contract.js'
import { Charges } from './charges.js'
import { Contracts } from './contracts.js'
import { Crediting } from './crediting.js'
import { Days } from './days.js'
import { ExchangeRecord, type ExchangeStanding } from './exchange-record.js'
import { HeldCharges } from './held-charges.js'
import { Intake, type ReceivedFile } from './intake.js'
import { Invoices, type NewInvoice } from './invoices.js'
import { Ledger } from './ledger.js'
import { MIGRATIONS } from './migrations.js'
import { MonthCloses } from './month-closes.js'
import { Outbox } from './outbox.js'
import { Views } from './views.js'

export interface BillingStoreOptions {
  readonly path: string
  readonly clock: Clock
  /** Told when the store can no longer be trusted: see `GroupCommitOptions`. */
  readonly onBroken: (fault: Fault) => void
  /** Told after each change, so that aris hears of it soon. */
  readonly onChange?: () => void
}

/** billing's store as the rest of billing sees it: what an answer speaks of is on disk. */
export type BillingStore = ReturnType<typeof openBillingStore>

/** Opens billing's store. All that writes goes through one group commit, in the order it was asked. */
export function openBillingStore({ path, clock, onBroken, onChange }: BillingStoreOptions) {
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store, { onBroken })
  const outbox = new Outbox(store)
  const ledger = new Ledger(store, outbox)
  const contracts = new Contracts(store, ledger, outbox)
  const charges = new Charges(store)
  const held = new HeldCharges(store)
  const days = new Days(store, outbox)
  const invoices = new Invoices(store, contracts)
  const closes = new MonthCloses(store, () => ({ ledger, invoices, days, outbox }))
  const record = new ExchangeRecord(store)
  const crediting = new Crediting({ contracts, charges, held, ledger, closes })
  const intake = new Intake(store, { record, charges, crediting, days })
  const views = new Views({ contracts, charges, held, ledger, closes })
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
    reflect: (file: ReceivedFile) => write(() => intake.reflect(file, now())),

    countContracts: async () => contracts.count(),
    takeContracts: (lines: readonly NewContract[]) =>
      write(() => lines.map(line => contracts.take(line))),
    changeNumber: (contract: ContractId, to: NewContract['msisdn'], at: NewContract['validFrom']) =>
      write(() => contracts.changeNumber(contract, to, at, now())),
    cancel: (contract: ContractId, at: NewContract['validFrom']) =>
      write(() => (closes.running() ? 'month_closing' : contracts.cancel(contract, at))),

    takeInvoices: (month: JstMonth, lines: readonly NewInvoice[], importId: string) =>
      write(() => lines.map(line => invoices.take(month, line, importId))),
    runningClose: async () => closes.running(),
    beginClose: (month: JstMonth) => write(() => closes.begin(month, now())),
    /** Settles at most `max` more contracts; `true` when the month is closed. */
    advanceClose: (month: JstMonth, max: number) => write(() => closes.advance(month, max, now())),
    closeSummary: async (month: JstMonth) => closes.summary(month),

    heldCharges: async (after: number, max: number) => views.held(after, max),
    /** Tries at most `max` held charges after `after` that are due; where it came to, and what it credited. */
    retryHeld: (after: number, max: number) =>
      write(() => {
        const due = held.due(now(), after, max)
        const credited = due.filter(chargeNo => crediting.retry(chargeNo, now()))
        return { last: due.at(-1), credited: credited.length }
      }),
    /** Lets a charge pass that CRS could not map, and tries it at once. */
    releaseHeld: (id: ChargeId, reason: string) =>
      write(() => {
        const charge = charges.byId(id)
        if (!charge || !held.get(charge.chargeNo)) return 'not_held'
        held.release(charge.chargeNo, reason, now())
        return crediting.retry(charge.chargeNo, now()) ? 'credited' : 'still_held'
      }),

    newestDays: async (max: number) => ({
      confirmedThrough: days.confirmedThrough(),
      days: days.newest(max).map(day => ({ ...day, ...charges.totalsOf(day.day) })),
    }),
    confirmDays: (through: JstDay, reason: string) =>
      write(() => days.confirmThrough(through, reason, now())),

    lastUpdate: async () => outbox.last(),
    updatesAfter: async (number: number, max: number) => outbox.after(number, max),

    viewNumber: async (...of: Parameters<Views['ofNumber']>) => views.ofNumber(...of),
    viewContract: async (...of: Parameters<Views['ofContract']>) => views.ofContract(...of),

    close: () => {
      writer.flush()
      store.close()
    },
  }
}

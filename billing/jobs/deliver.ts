import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../../domain/clock.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { syncFolder, writeStreamDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import type { ContractId } from '../contract.js'
import {
  DELIVERY_KINDS,
  type Delivery,
  type DeliveryKind,
  type DeliverySums,
  deliveryName,
} from '../deliveries/delivery.js'
import { type DeliveryRecord, deliveryText } from '../deliveries/delivery-text.js'
import {
  chargeTotalRecords,
  InvoiceAdder,
  invoiceRecords,
  journalRecords,
  paidSinceRecord,
} from '../deliveries/records.js'
import type { Invoice } from '../invoice.js'
import { type JournalLine, journalOf } from '../rules/journal.js'
import type { DeliveryRow } from '../store/deliveries.js'
import type { BillingStore } from '../store/open.js'
import { isBilled } from './final-invoices.js'

/** Where final invoices are read from, some at a time. */
export interface FinalInvoices {
  /** Those of a month of use; of what came after settlements, what came before a moment. */
  ofMonth(month: JstMonth, asOf: EpochMs): AsyncIterable<readonly Invoice[]>
  /** One of them. */
  one(month: JstMonth, contract: ContractId, asOf: EpochMs): Promise<Invoice | undefined>
  /** Those that became final on a day: its receivables. */
  ofDay(day: JstDay): AsyncIterable<readonly Invoice[]>
}

export interface DelivererOptions {
  readonly store: Pick<
    BillingStore,
    | 'unfinishedDeliveries'
    | 'beginDelivery'
    | 'finishDelivery'
    | 'delivery'
    | 'ledgerSums'
    | 'chargeTotals'
    | 'paidSince'
  >
  readonly invoices: FinalInvoices
  /** Folder of deliveries, with one folder a kind. */
  readonly folder: string
  readonly log: Logger
}

/**
 * Makes the files for accounting, MIP-R, eBilling and CLAMP: each period once and in order. What a file is made of is
 * fixed in the store before it is written, so a kill at any point leaves a delivery that the next run makes to
 * the same bytes.
 */
export class Deliverer {
  readonly #options: DelivererOptions
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(options: DelivererOptions) {
    this.#options = options
  }

  /** Makes every file that is due. Safe to repeat. Answers how many it made. */
  run(): Promise<number> {
    return this.#inTurn(async () => {
      const { store } = this.#options
      let made = 0
      for (const delivery of await store.unfinishedDeliveries()) {
        await this.#make(delivery)
        made++
      }
      for (const kind of DELIVERY_KINDS) {
        for (;;) {
          if (this.#ended) return made
          const delivery = await store.beginDelivery(kind)
          if (!delivery) break
          await this.#make(delivery)
          made++
        }
      }
      return made
    })
  }

  /**
   * Makes the file of a past delivery again, to the same bytes. `undefined`: there is none of that number. Throws
   * `CLOSED_FILE_CHANGED` when the store no longer gives what was sent; then nothing is written.
   */
  resend(kind: DeliveryKind, number: number): Promise<DeliveryRow | undefined> {
    return this.#inTurn(async () => {
      const delivery = await this.#options.store.delivery(kind, number)
      if (delivery) await this.#make(delivery)
      return delivery && this.#options.store.delivery(kind, number)
    })
  }

  /** The lines of a past journal; `undefined`: there is none of that number. */
  async journal(number: number): Promise<readonly JournalLine[] | undefined> {
    const { store } = this.#options
    const delivery = await store.delivery('journal', number)
    if (!delivery) return undefined
    return journalOf(await store.ledgerSums(delivery), await this.#invoiced(delivery.period))
  }

  /** Begins nothing more, and waits for the file under way. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#last
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  async #make(delivery: DeliveryRow): Promise<void> {
    const { store, log } = this.#options
    const path = join(this.#folderOf(delivery.kind), deliveryName(delivery))
    const sums = await writeStreamDurably(path, this.#textOf(delivery))
    if (!delivery.sums) await store.finishDelivery(delivery, sums)
    const { kind, number, period } = delivery
    log.info({ kind, number, period, ...sums }, 'delivery written')
  }

  /** The text of a delivery; of one that was made before, only to the end if it is the same again. */
  async *#textOf(delivery: DeliveryRow): AsyncGenerator<string, DeliverySums> {
    const sums = yield* deliveryText(delivery, this.#recordsOf(delivery))
    const before = delivery.sums?.sha256
    if (before !== undefined && before !== sums.sha256) {
      const { kind, number } = delivery
      throw new Fault(
        'CLOSED_FILE_CHANGED',
        `Delivery ${number} of ${kind} would not be what was sent; its file is left as it is.`,
      )
    }
    return sums
  }

  async *#recordsOf(delivery: Delivery): AsyncIterable<readonly DeliveryRecord[]> {
    const { store, invoices } = this.#options
    const { kind, period } = delivery
    if (kind === 'mip-r') yield chargeTotalRecords(await store.chargeTotals(delivery))
    else if (kind === 'journal') {
      yield journalRecords(await store.ledgerSums(delivery), await this.#invoiced(period))
    } else {
      // B-17: CLAMP is the billing of companies.
      const isOwn = (invoice: Invoice) =>
        isBilled(invoice) && (kind === 'ebilling' || invoice.customer.kind === 'company')
      for await (const page of invoices.ofMonth(period as JstMonth, delivery.madeAt)) {
        yield page.filter(isOwn).flatMap(invoiceRecords)
      }
      for (const { month, contract, paid } of await store.paidSince(delivery)) {
        const invoice = await invoices.one(month, contract, delivery.madeAt)
        if (invoice && isOwn(invoice)) yield [paidSinceRecord(invoice, paid)]
      }
    }
  }

  /** Sums of the invoices that became final on a day. */
  async #invoiced(day: string): Promise<InvoiceAdder> {
    const adder = new InvoiceAdder()
    for await (const page of this.#options.invoices.ofDay(day as JstDay)) {
      for (const invoice of page) adder.add(invoice)
    }
    return adder
  }

  #folderOf(kind: DeliveryKind): string {
    const folder = join(this.#options.folder, kind)
    if (!existsSync(folder)) {
      mkdirSync(folder, { mode: 0o700 })
      syncFolder(this.#options.folder)
    }
    return folder
  }
}

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JstMonth } from '../../domain/jst.js'
import { CSV_START } from '../../platform/csv-text.js'
import { syncFolder, writeDurably, writeStreamDurably } from '../../platform/durable-file.js'
import { TSV_HEADER, type TsvRun, tsvLinesOf, tsvTrailer } from '../exports/billing-tsv.js'
import {
  type InvoiceTable,
  invoiceTableHead,
  invoiceTableLines,
} from '../exports/invoices-as-csv.js'
import type { Invoice, PaymentState } from '../invoice.js'
import { billOf } from '../print/bill.js'
import type { Issuer } from '../print/issuer.js'
import { pdfOf } from '../print/pdf.js'
import type { PrintLanguage } from '../print/words.js'
import type { BilledParty } from '../store/contracts.js'
import type { BillingStore } from '../store/open.js'
import { invoicesOfMonth, isBilled } from './final-invoices.js'

/** Most lines of a TSV, header and trailer included: its count has six digits (P-10). */
const TSV_LINES_MAX = 999_999

export interface BillFilesOptions {
  readonly store: Pick<BillingStore, 'invoices' | 'invoice' | 'refusedBefore'>
  readonly issuer: Issuer
  /** Folder of bills, one folder a month of use. */
  readonly bills: string
  /** Folder of billing data. */
  readonly exports: string
}

/** What is made of invoices when an operator asks: bills as PDF, and billing data. Each answers the files that it wrote. */
export class BillFiles {
  readonly #options: BillFilesOptions

  constructor(options: BillFilesOptions) {
    this.#options = options
  }

  /** Prints the bill of one contract or number; `undefined`: it has no invoice of that month. */
  async print(
    month: JstMonth,
    of: BilledParty,
    language: PrintLanguage,
  ): Promise<string | undefined> {
    const invoice = await this.#options.store.invoice(month, of)
    return invoice && this.#print(invoice, language)
  }

  /** The bill of one contract or number as PDF, with the number of its invoice; it is written nowhere. */
  async pdf(
    month: JstMonth,
    of: BilledParty,
    language: PrintLanguage,
  ): Promise<{ readonly number: string; readonly pdf: Buffer } | undefined> {
    const { store, issuer } = this.#options
    const invoice = await store.invoice(month, of)
    return invoice && { number: invoice.number, pdf: await billPdf(invoice, issuer, language) }
  }

  /** Prints every bill of a month, and answers how many there were. */
  async printMonth(month: JstMonth, language: PrintLanguage): Promise<number> {
    let printed = 0
    for await (const page of invoicesOfMonth(this.#options.store, month)) {
      for (const invoice of page.filter(isBilled)) {
        await this.#print(invoice, language)
        printed++
      }
    }
    return printed
  }

  /** P-06: billing data of a month, before settlement or after it, in as many files as its lines need. */
  async exportTsv(month: JstMonth, run: TsvRun): Promise<string[]> {
    const files: string[] = []
    const records = this.#tsvRecords(month)
    let next = await records.next()
    do {
      const path = join(
        this.#options.exports,
        `billing-data-${month}-${run}-${files.length + 1}.tsv`,
      )
      const first = next
      next = await writeStreamDurably(path, tsvPart(first, records))
      files.push(path)
    } while (!next.done)
    return files
  }

  /** A table of a month's invoices as CSV. */
  async exportCsv(month: JstMonth, table: InvoiceTable): Promise<string> {
    const path = join(this.#options.exports, `${table}-${month}.csv`)
    const { store } = this.#options
    await writeStreamDurably(
      path,
      (async function* () {
        yield `${CSV_START}${invoiceTableHead(table)}`
        for await (const page of invoicesOfMonth(store, month)) {
          yield page.flatMap(invoice => invoiceTableLines(table, invoice)).join('')
        }
      })(),
    )
    return path
  }

  async #print(invoice: Invoice, language: PrintLanguage): Promise<string> {
    const { issuer, bills } = this.#options
    const folder = join(bills, invoice.month)
    if (!existsSync(folder)) {
      mkdirSync(folder, { mode: 0o700 })
      syncFolder(bills)
    }
    const path = join(folder, `${invoice.number}-${language}.pdf`)
    writeDurably(path, await billPdf(invoice, issuer, language), 0o640)
    return path
  }

  /** The lines of one invoice after the other: an invoice is never parted between two files. */
  async *#tsvRecords(month: JstMonth): AsyncGenerator<readonly string[], undefined> {
    for await (const page of invoicesOfMonth(this.#options.store, month)) {
      for (const invoice of page.filter(isBilled)) yield tsvLinesOf(invoice)
    }
    // P-04: what collection came back with is asked for once more, under its own number.
    for (const of of await this.#options.store.refusedBefore(month)) {
      const invoice = await this.#options.store.invoice(of.month, { contract: of.contract })
      if (invoice && CARRIED.has(invoice.state)) yield tsvLinesOf(invoice)
    }
    return undefined
  }
}

const CARRIED: ReadonlySet<PaymentState> = new Set(['carried_unbilled', 'carried_billed'])

type Records = IteratorResult<readonly string[], undefined>

/** One file of billing data, from an invoice on; answers what the next one begins with. */
async function* tsvPart(
  first: Records,
  records: AsyncGenerator<readonly string[], undefined>,
): AsyncGenerator<string, Records> {
  yield TSV_HEADER
  let lines = 2
  let next = first
  while (!next.done && lines + next.value.length <= TSV_LINES_MAX) {
    lines += next.value.length
    yield next.value.join('')
    next = await records.next()
  }
  yield tsvTrailer(lines)
  return next
}

/** The bill of an invoice as PDF: the same bytes each time. */
export function billPdf(
  invoice: Invoice,
  issuer: Issuer,
  language: PrintLanguage,
): Promise<Buffer> {
  const { title, pages } = billOf(invoice, issuer, language)
  return pdfOf(pages, {
    title: `${title} ${invoice.number}`,
    author: issuer.name[language],
    language,
    madeOn: invoice.calculatedOn,
  })
}

import { parseMsisdn } from '../domain/msisdn.js'
import { yen } from '../domain/yen.js'
import { readTable, type Table } from '../platform/csv.js'
import { parseContractId } from './contract.js'
import type { NewInvoice } from './store/invoices.js'

/**
 * Reads a table of invoice totals: `of`, a number or a contract id, and `total_yen`. Lines that cannot be used
 * are named, the rest are kept. Throws `FILE_MALFORMED` when the header line is none of ours.
 */
export const readInvoicesCsv = (text: string): Table<NewInvoice> =>
  readTable(text, ['of', 'total_yen'], field => {
    const msisdn = parseMsisdn(field('of'))
    const contract = parseContractId(field('of'))
    const of = msisdn ? { msisdn } : contract ? { contract } : undefined
    if (!of) return `'${field('of')}' is neither a number nor a contract id`
    if (!/^\d{1,12}$/.test(field('total_yen'))) {
      return `'${field('total_yen')}' is no amount: whole yen, 0 or more`
    }
    return { of, total: yen(Number(field('total_yen'))) }
  })

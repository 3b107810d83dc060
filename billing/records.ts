import { type EpochMs, epochMs } from '../domain/clock.js'
import { type JstMonth, jstText, parseJstDay } from '../domain/jst.js'
import { parseMsisdn } from '../domain/msisdn.js'
import { yen } from '../domain/yen.js'
import { readTable, type Table } from '../platform/csv.js'
import { csvLine } from '../platform/csv-text.js'
import { parseContractId } from './contract.js'
import { type Customer, PAYMENT_KINDS, parseCustomerId } from './customer.js'
import { parseMoment } from './moment.js'
import type { Cancellation, NumberChange, Order, Transfer } from './store/contract-moves.js'
import type { ContractPair, PlanChange } from './store/contract-terms.js'
import type { BilledParty, TakenContract } from './store/contracts.js'
import type { Payment } from './store/payments.js'
import type { UsageLine } from './store/usage-lines.js'

/** Tables that operators take in and out as CSV, beside those of contracts and totals. */
export const RECORD_KINDS = [
  'customers',
  'plan-changes',
  'number-changes',
  'cancellations',
  'transfers',
  'pairs',
  'usage',
  'payments',
] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** The columns of each table. */
export const RECORD_COLUMNS = {
  customers: ['customer', 'kind', 'name', 'department', 'payer', 'payment_kind'],
  contracts: ['contract', 'msisdn', 'contract_class', 'plan', 'valid_from', 'customer'],
  'plan-changes': ['contract', 'plan', 'from'],
  'number-changes': ['contract', 'msisdn', 'at'],
  cancellations: ['contract', 'at', 'settle'],
  transfers: ['contract', 'to', 'customer', 'at'],
  pairs: ['contract', 'partner', 'from_month'],
  usage: ['of', 'item', 'unit_price', 'quantity', 'note'],
  payments: ['reference', 'invoice', 'result', 'amount_yen', 'on'],
  orders: ['order', 'contract', 'at', 'msisdn', 'plan', 'to', 'customer', 'settle'],
} as const

const NAME_MAX = 256
const NOTE_MAX = 100

/** 顧客: `customer`, `kind`, `name`, `department`, `payer`, `payment_kind` (P-02, P-08). */
export const readCustomers = (text: string): Table<Customer> =>
  readTable(text, RECORD_COLUMNS.customers, (field): Customer | string => {
    const customer = parseCustomerId(field('customer'))
    if (!customer) return `'${field('customer')}' is no customer id: 1 to 32 letters, digits, . _ -`
    const kind = field('kind')
    if (kind !== 'person' && kind !== 'company') return `'${kind}' is neither person nor company`
    const name = field('name')
    if (name === '' || name.length > NAME_MAX) return 'the name must have 1 to 256 characters'
    const department = field('department') === '' ? undefined : field('department')
    if ((kind === 'company') !== (department !== undefined)) {
      return 'a company has a department, and a person has none'
    }
    const payer = field('payer')
    if (!/^[\x21-\x7e]{1,12}$/.test(payer)) return `'${payer}' is no payer: 1 to 12 characters`
    const paymentKind = PAYMENT_KINDS.find(one => `${one}` === field('payment_kind'))
    if (paymentKind === undefined) {
      return `'${field('payment_kind')}' is no payment kind: ${PAYMENT_KINDS.join(', ')}`
    }
    return { customer, kind, name, department, payer, paymentKind }
  })

/** Plans by date (P-13): `contract`, `plan`, `from`, a day of Japan. */
export const readPlanChanges = (text: string): Table<PlanChange> =>
  readTable(text, RECORD_COLUMNS['plan-changes'], field => {
    const contract = parseContractId(field('contract'))
    if (!contract) return `'${field('contract')}' is no contract id`
    const plan = field('plan')
    if (plan === '' || plan.length > 64) return 'the plan must have 1 to 64 characters'
    const from = parseJstDay(field('from'))
    if (!from) return `'${field('from')}' is no day, YYYY-MM-DD`
    return { contract, plan, from }
  })

/** Other numbers (B-02): `contract`, `msisdn`, `at`, a day of Japan or a moment. */
export const readNumberChanges = (text: string): Table<NumberChange> =>
  readTable(text, RECORD_COLUMNS['number-changes'], field => {
    const contract = parseContractId(field('contract'))
    if (!contract) return `'${field('contract')}' is no contract id`
    const msisdn = parseMsisdn(field('msisdn'))
    if (!msisdn) return `'${field('msisdn')}' is no number: 11 digits, beginning 070, 080 or 090`
    const at = parseMoment(field('at'))
    return at === undefined ? noMoment(field('at')) : { contract, msisdn, at }
  })

/** Ends of contracts (B-02): `contract`, `at`, and `settle`, whether it is settled at once. */
export const readCancellations = (text: string): Table<Cancellation> =>
  readTable(text, RECORD_COLUMNS.cancellations, field => {
    const contract = parseContractId(field('contract'))
    if (!contract) return `'${field('contract')}' is no contract id`
    const at = parseMoment(field('at'))
    if (at === undefined) return noMoment(field('at'))
    const settle = field('settle')
    if (settle !== 'yes' && settle !== 'no') return `settle must be yes or no, not '${settle}'`
    return { contract, at, settle: settle === 'yes' }
  })

/** Numbers for other customers (§7.7): `contract`, `to` the new contract, its `customer`, `at`. */
export const readTransfers = (text: string): Table<Transfer> =>
  readTable(text, RECORD_COLUMNS.transfers, field => {
    const contract = parseContractId(field('contract'))
    const to = parseContractId(field('to'))
    if (!contract || !to) return 'contract and to must be contract ids'
    const customer = parseCustomerId(field('customer'))
    if (!customer) return `'${field('customer')}' is no customer id`
    const at = parseMoment(field('at'))
    return at === undefined ? noMoment(field('at')) : { contract, to, customer, at }
  })

/** 回収結果 (P-04): `reference`, `invoice`, `result` paid or refused, `amount_yen`, `on`, a day of Japan. */
export const readPayments = (text: string): Table<Payment> =>
  readTable(text, RECORD_COLUMNS.payments, (field): Payment | string => {
    const reference = field('reference')
    if (!/^[\x21-\x7e]{1,64}$/.test(reference)) return 'the reference must have 1 to 64 characters'
    const invoice = field('invoice')
    if (!/^\d{17}$/.test(invoice)) return `'${invoice}' is no number of an invoice: 17 digits`
    const result = field('result')
    if (result !== 'paid' && result !== 'refused') return `'${result}' is neither paid nor refused`
    const amount = result === 'paid' ? /^[1-9]\d{0,9}$/ : /^0?$/
    if (!amount.test(field('amount_yen'))) {
      return result === 'paid' ? 'amount_yen must be whole yen from 1' : 'a refusal brings 0 yen'
    }
    const on = parseJstDay(field('on'))
    if (!on) return `'${field('on')}' is no day, YYYY-MM-DD`
    return { reference, invoice, result, amount: yen(Number(field('amount_yen'))), on }
  })

const noMoment = (text: string): string =>
  `'${text}' is neither a day, YYYY-MM-DD, nor a moment with its offset`

/** ドッチーモ (B-22): `contract`, `partner`, `from_month`. */
export const readPairs = (text: string): Table<ContractPair> =>
  readTable(text, RECORD_COLUMNS.pairs, field => {
    const contract = parseContractId(field('contract'))
    const partner = parseContractId(field('partner'))
    if (!contract || !partner) return 'contract and partner must be contract ids'
    const from = field('from_month')
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(from)) return `'${from}' is no month, YYYY-MM`
    return { contract, partner, from: from as JstMonth }
  })

/** 利用明細 of a month: `of`, a number or a contract; `item`, `unit_price`, `quantity`, `note`. */
export const readUsage = (text: string): Table<UsageLine> =>
  readTable(text, RECORD_COLUMNS.usage, field => {
    const of = partyOf(field('of'))
    if (!of) return `'${field('of')}' is neither a number nor a contract id`
    const item = field('item')
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(item)) return `'${item}' is no item`
    if (!/^-?\d{1,9}$/.test(field('unit_price'))) return 'unit_price must be whole yen'
    if (!/^[1-9]\d{0,5}$/.test(field('quantity'))) return 'quantity must be a whole number from 1'
    if (field('note').length > NOTE_MAX) return `the note is longer than ${NOTE_MAX} characters`
    return {
      of,
      item,
      unitPrice: yen(Number(field('unit_price'))),
      quantity: Number(field('quantity')),
      note: field('note') === '' ? undefined : field('note'),
    }
  })

/** A number or a contract id, as a table names whose a line is. */
export function partyOf(text: string): BilledParty | undefined {
  const msisdn = parseMsisdn(text)
  const contract = parseContractId(text)
  return msisdn ? { msisdn } : contract ? { contract } : undefined
}

export const customerLine = (one: Customer): string =>
  csvLine([one.customer, one.kind, one.name, one.department, one.payer, one.paymentKind])

export const contractLine = (one: TakenContract): string =>
  csvLine([
    one.contract,
    one.msisdn,
    one.contractClass,
    one.plan,
    momentOf(one.validFrom),
    one.customer,
  ])

export const numberChangeLine = (one: NumberChange): string =>
  csvLine([one.contract, one.msisdn, momentOf(one.at)])

export const cancellationLine = (one: Cancellation): string =>
  csvLine([one.contract, momentOf(one.at), one.settle ? 'yes' : 'no'])

export const transferLine = (one: Transfer): string =>
  csvLine([one.contract, one.to, one.customer, momentOf(one.at)])

export const paymentLine = (one: Payment): string =>
  csvLine([one.reference, one.invoice, one.result, one.amount, one.on])

export const orderLine = (one: Order): string =>
  csvLine([
    one.order,
    one.contract,
    momentOf(one.at),
    one.msisdn,
    one.plan,
    one.to,
    one.customer,
    one.settle === undefined ? undefined : one.settle ? 'yes' : 'no',
  ])

/** A day of Japan where a moment is its beginning, else the moment itself. */
const momentOf = (at: EpochMs): string => {
  const text = jstText(epochMs(at))
  return text.endsWith('T00:00:00.000+09:00') ? text.slice(0, 10) : text
}

import type { JstMonth } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import type { Table } from '../../platform/csv.js'
import { csvLine } from '../../platform/csv-text.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import {
  cancellationLine,
  contractLine,
  customerLine,
  numberChangeLine,
  orderLine,
  paymentLine,
  RECORD_KINDS,
  type RecordKind,
  readCancellations,
  readCustomers,
  readNumberChanges,
  readPairs,
  readPayments,
  readPlanChanges,
  readTransfers,
  readUsage,
  transferLine,
} from '../records.js'
import type { BillingStore } from '../store/open.js'
import { LINES_MAX, monthText } from './answers.js'

/** What became of each line of a table: `taken`, or why it was left out. */
export const recordsTaken = Type.Object({
  taken: Type.Integer(),
  bad: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
})

/** Lines of a table, and after what to ask for the next; absent: there are no more. */
export const recordsAnswer = Type.Object({
  lines: Type.Array(Type.String()),
  next: Type.Optional(Type.String()),
})

/** What billing says of a line that it did not take. */
const PROBLEMS: Readonly<Record<string, string>> = {
  no_such_contract: 'billing knows no such contract',
  no_such_partner: 'billing knows no such partner',
  same_contract: 'a contract is not its own partner',
  class_not_dotchimo: 'only contracts of the class dotchimo have two numbers',
  in_another_pair: 'one of the two has another partner',
  cancelled: 'the contract has ended',
  too_early: 'the contract got the number that it has at that moment or after it',
  charged_since: 'a charge of its number at or after that moment is credited already',
  number_in_use: 'another contract has the number then, or will have it',
  in_pair: 'it has ended, and the close of its last month settles both numbers of the pair',
  month_closing: 'a month is being closed; take it in after it',
  month_closed: 'the month is closed, or is being closed; its invoices are fixed',
  nobody: 'billing knows no contract that had this number by the end of the month, or of this name',
  corrected: 'the invoice was corrected by hand; what an operator decided stays',
  contract_exists: 'the new contract is there already',
  no_such_customer: 'billing knows no such customer',
  reference_used: 'the reference stands for another line already',
  no_such_invoice: 'there is no invoice of this number',
  not_final: 'the invoice is not final, and nothing was asked for yet',
  not_collected: 'the customer is of the payment kind 98, whose invoices stay 未請求',
  marked: 'the invoice was written off, or is not billed; take that back first',
  paid_already: 'something of the invoice was paid already',
  named_twice: 'an earlier line has this item of the number, or of its contract',
}

const KNOWN: ReadonlySet<string> = new Set(['taken', 'known', 'changed', 'ended', 'transferred'])

const OF_KIND = [...RECORD_KINDS, 'contracts', 'orders'] as const

/**
 * - `POST /v1/records/:kind` with `{text, month, importId}`: takes lines of a table in, each for itself
 * - `GET /v1/records/:kind?after&month`: its lines, some at a time
 */
export function recordRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  edge.post(
    '/v1/records/:kind',
    {
      schema: {
        params: Type.Object({ kind: Type.Unsafe<RecordKind>(Type.Enum([...RECORD_KINDS])) }),
        body: Type.Object({
          text: Type.String(),
          month: Type.Optional(monthText),
          importId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        }),
        response: { 200: recordsTaken },
      },
    },
    async ({ params, body }) => {
      switch (params.kind) {
        case 'customers':
          return told(readCustomers(body.text), lines => store.takeCustomers(lines))
        case 'plan-changes':
          return told(readPlanChanges(body.text), lines => store.takePlanChanges(lines))
        case 'number-changes':
          return told(readNumberChanges(body.text), lines => store.takeNumberChanges(lines))
        case 'cancellations':
          return told(readCancellations(body.text), lines => store.takeCancellations(lines))
        case 'transfers':
          return told(readTransfers(body.text), lines => store.takeTransfers(lines))
        case 'payments':
          return told(readPayments(body.text), lines => store.takePayments(lines))
        case 'pairs':
          return told(readPairs(body.text), lines => store.takePairs(lines))
        case 'usage': {
          const month = monthOf(body.month)
          const importId = importOf(body.importId)
          return told(readUsage(body.text), lines => store.takeUsage(month, lines, importId))
        }
      }
    },
  )
  edge.get(
    '/v1/records/:kind',
    {
      schema: {
        params: Type.Object({
          kind: Type.Unsafe<(typeof OF_KIND)[number]>(Type.Enum([...OF_KIND])),
        }),
        querystring: Type.Object({
          after: Type.String({ default: '', maxLength: 64 }),
          month: Type.Optional(monthText),
        }),
        response: { 200: recordsAnswer },
      },
    },
    async ({ params, query }) => pageOf(store, params.kind, query.after, query.month),
  )
}

async function told<T>(table: Table<T>, take: (lines: readonly T[]) => Promise<readonly string[]>) {
  const outcomes = await take(table.rows.map(({ value }) => value))
  const bad = [...table.bad]
  for (const [index, outcome] of outcomes.entries()) {
    if (KNOWN.has(outcome)) continue
    bad.push({ line: table.rows[index]?.line ?? 0, problem: PROBLEMS[outcome] ?? outcome })
  }
  return { taken: table.rows.length + table.bad.length - bad.length, bad }
}

async function pageOf(
  store: BillingStore,
  kind: (typeof OF_KIND)[number],
  after: string,
  month: string | undefined,
) {
  switch (kind) {
    case 'customers': {
      const rows = await store.customers(after, LINES_MAX)
      return page(rows, customerLine, one => one.customer)
    }
    case 'contracts': {
      const rows = await store.contracts(Number(after), LINES_MAX)
      return page(rows, contractLine, one => `${one.contractNo}`)
    }
    case 'plan-changes': {
      const rows = await store.planChanges(Number(after), LINES_MAX)
      const next = `${Number(after) + rows.length}`
      return page(
        rows,
        one => csvLine([one.contract, one.plan, one.from]),
        () => next,
      )
    }
    case 'number-changes':
    case 'cancellations':
    case 'transfers':
    case 'payments':
    case 'orders': {
      const from = Number(after)
      const lines = await linesFrom(store, kind, from)
      const next = `${from + lines.length}`
      return page(
        lines,
        line => line,
        () => next,
      )
    }
    case 'pairs': {
      const rows = await store.pairs(Number(after), LINES_MAX)
      const next = `${Number(after) + rows.length}`
      return page(
        rows,
        one => csvLine([one.contract, one.partner, one.from]),
        () => next,
      )
    }
    case 'usage': {
      const [contractNo = '', item = '', msisdn = ''] = after.split(' ')
      const place = { contractNo: Number(contractNo), item, msisdn: parseMsisdn(msisdn) }
      const rows = await store.usage(monthOf(month), place, LINES_MAX)
      return page(
        rows,
        one =>
          csvLine([one.msisdn ?? one.contract, one.item, one.unitPrice, one.quantity, one.note]),
        one => `${one.contractNo} ${one.item} ${one.msisdn ?? ''}`,
      )
    }
  }
}

/** Lines of a table that is asked for by place. */
async function linesFrom(
  store: BillingStore,
  kind: 'number-changes' | 'cancellations' | 'transfers' | 'payments' | 'orders',
  from: number,
): Promise<string[]> {
  switch (kind) {
    case 'number-changes':
      return (await store.numberChanges(from, LINES_MAX)).map(numberChangeLine)
    case 'cancellations':
      return (await store.cancellations(from, LINES_MAX)).map(cancellationLine)
    case 'transfers':
      return (await store.transfers(from, LINES_MAX)).map(transferLine)
    case 'payments':
      return (await store.payments(from, LINES_MAX)).map(paymentLine)
    case 'orders':
      return (await store.orders(from, LINES_MAX)).map(orderLine)
  }
}

function page<T>(rows: readonly T[], lineOf: (row: T) => string, placeOf: (row: T) => string) {
  const last = rows.length === LINES_MAX ? rows.at(-1) : undefined
  return { lines: rows.map(lineOf), ...(last && { next: placeOf(last) }) }
}

function monthOf(month: string | undefined): JstMonth {
  if (month === undefined) throw new Fault('COMMAND_REFUSED', 'Usage is of a month: give one.')
  return month as JstMonth
}

function importOf(importId: string | undefined): string {
  if (importId !== undefined) return importId
  throw new Fault('COMMAND_REFUSED', 'Usage is taken in by imports: name this one.')
}

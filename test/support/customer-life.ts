import type { Test } from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { addMonths, HOUR_MS, type JstDay, jstMonth, startOfJstDay } from '../../domain/jst.js'
import { jst } from './billing-desk.js'
import { CONTRACT, LifeRecord, NUMBERS } from './life-record.js'
import { type LifeRig, openLifeRig } from './life-rig.js'

/** What happens in a customer's life, and when by Japan's clock. */
export type LifeEvent =
  | readonly [at: string, does: 'charges', yen: number]
  /** A node charges a card and loses its line; its record comes at the second moment. */
  | readonly [at: string, does: 'charges_late', yen: number, comes: string]
  | readonly [at: string, does: 'changes_plan', plan: string, from: string]
  /** Billing hears of it a day and a half later; until then what the new number charges is held. */
  | readonly [at: string, does: 'changes_number']
  /** A card is charged 25 minutes before; its file comes after the end, and the settlement waits for it. */
  | readonly [at: string, does: 'ends', yen: number]

/** The life of one customer, in months of use. */
export interface CustomerLife {
  /** The day with which the network begins, in the first month of use. */
  readonly begins: JstDay
  readonly months: number
  readonly events: readonly LifeEvent[]
}

/** What is done at a moment. */
interface Act {
  readonly at: EpochMs
  readonly does: () => Promise<unknown>
}

/**
 * Lives through it, by files over HTTP and FTP and by the commands of an operator. Answers all that the customer and
 * the office get: what 157 tells, bills, billing data, error lists, and at the end the contract's ledger.
 */
export async function liveThrough(t: Test, life: CustomerLife): Promise<string> {
  const rig = await openLifeRig(t, startOfJstDay(life.begins))
  const record = new LifeRecord(t, rig)
  await record.begins()
  const acts = [
    ...life.events.flatMap(event => actsOf(event, rig, record)),
    ...months(life, rig, record),
  ]
  for (const { at, does } of acts.sort((one, other) => one.at - other.at)) {
    await rig.moveTo(at)
    await does()
  }
  await record.concludes()
  return record.text()
}

/** What an event sets going. */
function actsOf(event: LifeEvent, rig: LifeRig, record: LifeRecord): Act[] {
  const at = jst(event[0])
  const moment = `${event[0]}:00+09:00`
  const after = (hours: number) => epochMs(at + hours * HOUR_MS)
  const charge = (yen: number) => () => {
    const from = record.number
    return record.did(`${from} charges ${yen} yen`, rig.charge(from, yen))
  }
  switch (event[1]) {
    case 'charges':
      return [{ at, does: charge(event[2]) }]
    case 'charges_late':
      return chargesLate(event, rig, record)
    case 'changes_plan': {
      const table = ['contract,plan,from', `${CONTRACT},${event[2]},${event[3]}`]
      return [{ at, does: () => record.says(rig.take(table, 'plan-changes', 'import')) }]
    }
    case 'changes_number': {
      const told = ['contracts', 'change-number', CONTRACT, '--to', NUMBERS[1], '--at', moment]
      return [
        { at, does: () => record.changesNumber() },
        { at: after(24), does: () => rig.filesUpTo(after(24)) },
        { at: after(36), does: () => record.says(rig.said('errors', 'list')) },
        { at: after(36), does: () => record.says(rig.said(...told)) },
        { at: after(48), does: () => record.redriven(after(48)) },
      ]
    }
    case 'ends': {
      const told = ['contracts', 'cancel', CONTRACT, '--at', moment, '--settle']
      return [
        { at: epochMs(at - 25 * 60_000), does: charge(event[2]) },
        { at, does: () => record.ends(jstMonth(at), () => rig.said(...told)) },
      ]
    }
  }
}

function chargesLate(
  [at, , yen, comes]: Extract<LifeEvent, readonly [string, 'charges_late', ...unknown[]]>,
  rig: LifeRig,
  record: LifeRecord,
): Act[] {
  let deliver = async () => {}
  const cut = async () => {
    deliver = await rig.lateNode(record.number, yen)
  }
  return [
    {
      at: jst(at),
      does: () =>
        record.did(`${record.number} charges ${yen} yen at scp2, whose line is cut`, cut()),
    },
    { at: jst(comes), does: () => record.did('scp2 delivers what it has', deliver()) },
  ]
}

/** What of each month an operator and the customer do: its usage, 調定 and its close, the bill, 157. */
function months({ begins, months }: CustomerLife, rig: LifeRig, record: LifeRecord): Act[] {
  const first = jstMonth(startOfJstDay(begins))
  return Array.from({ length: months }, (_, place) => addMonths(first, place)).flatMap(month => {
    const on = (text: string) => jst(`${addMonths(month, 1)}-${text}`)
    return [
      { at: on('02'), does: () => rig.filesUpTo(on('02')) },
      { at: on('03T12:00'), does: () => record.calculates(month) },
      { at: on('08T12:00'), does: () => record.closes(month) },
      { at: on('15'), does: async () => record.ended || rig.filesUpTo(on('15')) },
      { at: on('16T12:00'), does: async () => record.ended || record.asks157() },
    ]
  })
}

import { existsSync } from 'node:fs'
import { billingStore } from '../../billing/config.js'
import { type JstDay, nextJstDay } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { unitsStore } from '../../switch-sim/mls/config.js'
import { hourlyStage } from './hourly-stage.js'
import { ledgerStage } from './ledger-stage.js'
import { quarterHourStage } from './quarter-hour-stage.js'
import { ScpBooks } from './scp-stages.js'
import { differenceBetween, ROAD, type Stage, type StageName, type Words } from './stage.js'
import { UnitBooks } from './unit-stages.js'

/** Count and yen of one kind of charge. */
export interface Amounts {
  readonly count: number
  readonly sum: Yen
}

/** What one stage came to. */
export interface StageTotals {
  readonly name: StageName
  readonly files: number | undefined
  /** `undefined` where the charges of a kind do not come. */
  readonly mobilers: Amounts | undefined
  readonly pricall: Amounts | undefined
}

/** What was found. */
export interface Reconciliation {
  readonly first: JstDay
  readonly last: JstDay
  readonly stages: readonly StageTotals[]
  /** The first difference, with its day; `undefined`: all is the same, to the yen and count. */
  readonly difference: (Words & { readonly day: JstDay }) | undefined
}

/** Whose books are held against each other. */
export interface Reconciled {
  /** Name of the node. */
  readonly node: string
  /** What one unit costs a Pricall subscriber. */
  readonly unit: Yen
  /** All days that the node has closed, where absent. */
  readonly day?: JstDay | undefined
}

/**
 * Holds the books of a day against each other, or of all days that the node has closed (architecture, point
 * 5): cards used = charge records = quarter-hour files = hourly files = ledger + error bin, and of
 * Pricall charge records = units × their price in the outbox = units added. Changes nothing. Throws
 * `COMMAND_REFUSED` where scp never ran, and for a day that is not over.
 */
export function reconcile(home: Home, { node, unit, day }: Reconciled): Reconciliation {
  if (!existsSync(scpStore(home))) {
    throw new Fault('COMMAND_REFUSED', `scp has never run in ${home.folder}.`)
  }
  const scp = openStoreToRead(scpStore(home))
  const billing = storeIfThere(billingStore(home))
  const mscp = storeIfThere(unitsStore(home))
  try {
    const books = new ScpBooks(scp)
    const units = new UnitBooks(scp, mscp, unit)
    const days = daysOf(books, day)
    const [first, last] = [days[0], days.at(-1)]
    if (!first || !last) throw new TypeError('there is no day to look at')
    const found = days.map(one =>
      ofDay(one, [
        ...roadToBilling(home, node, one, books, billing),
        units.owed(one),
        units.added(one),
      ]),
    )
    const early = day ? undefined : books.cardsBefore(first)
    return {
      first,
      last,
      stages: found.map(({ totals }) => totals).reduce(added),
      difference: early ? { ...early, day: first } : found.find(one => one.difference)?.difference,
    }
  } finally {
    scp.close()
    billing?.close()
    mscp?.close()
  }
}

const storeIfThere = (path: string): Database | undefined =>
  existsSync(path) ? openStoreToRead(path) : undefined

function daysOf(books: ScpBooks, day: JstDay | undefined): JstDay[] {
  const closed = books.days()
  if (!closed) throw new Fault('COMMAND_REFUSED', 'The node has not closed any day yet.')
  if (day !== undefined) {
    if (books.isClosed(day)) return [day]
    throw new Fault(
      'COMMAND_REFUSED',
      `The node has not closed ${day}; it has closed ${closed.first} to ${closed.last}.`,
    )
  }
  const days: JstDay[] = []
  for (let one = closed.first; one <= closed.last; one = nextJstDay(one)) days.push(one)
  return days
}

function roadToBilling(
  home: Home,
  node: string,
  day: JstDay,
  books: ScpBooks,
  billing: Database | undefined,
): Stage[] {
  const known = books.quarterHours(day)
  return [
    books.cardsUsed(day),
    books.chargeRecords(day),
    quarterHourStage(home.quarterHourFiles, node, day, known),
    hourlyStage(home.hourlyFiles, day, known),
    billing ? ledgerStage(billing, day) : NO_BILLING,
  ]
}

const NO_BILLING: Stage = {
  name: 'ledger_and_errors',
  charges: [],
  problems: [
    { ja: '料金システムはまだ動いたことがありません。', en: 'Billing has never run here.' },
  ],
}

interface OfDay {
  readonly totals: readonly StageTotals[]
  readonly difference: Reconciliation['difference']
}

function ofDay(day: JstDay, stages: readonly Stage[]): OfDay {
  let difference: Words | undefined
  for (const stage of stages) {
    difference ??= stage.problems[0]
    difference ??= differenceOnRoad(stage, stages)
    difference ??= stage.closeDiffers
  }
  return {
    totals: stages.map(totalsOf),
    difference: difference && { ...difference, day },
  }
}

/** How a stage differs from the one before it on the road. */
function differenceOnRoad(stage: Stage, stages: readonly Stage[]): Words | undefined {
  const { from, only } = ROAD[stage.name] ?? {}
  const before = stages.find(({ name }) => name === from)
  if (!before) return undefined
  const other = only === 'pricall' ? 'mobilers' : 'pricall'
  // Of a charge whose kind is not known none is left out.
  const arriving = before.charges.filter(({ kind }) => only === undefined || kind !== other)
  return differenceBetween({ ...before, charges: arriving }, stage)
}

function totalsOf({ name, charges, files }: Stage): StageTotals {
  const only = ROAD[name]?.only
  const pricall = charges.filter(({ kind }) => kind === 'pricall')
  const mobilers = charges.filter(({ kind }) => kind !== 'pricall')
  return {
    name,
    files,
    mobilers: only === 'pricall' ? undefined : amountsOf(mobilers),
    pricall: only === 'mobilers' ? undefined : amountsOf(pricall),
  }
}

const amountsOf = (charges: Stage['charges']): Amounts => ({
  count: charges.length,
  sum: yen(charges.reduce((sum, { faceValue }) => sum + faceValue, 0)),
})

const added = (
  one: readonly StageTotals[],
  other: readonly StageTotals[],
): readonly StageTotals[] =>
  one.map((totals, index) => {
    const more = other[index]
    if (!more) return totals
    const { name, files, mobilers, pricall } = totals
    return {
      name,
      files: files === undefined ? undefined : files + (more.files ?? 0),
      mobilers: plus(mobilers, more.mobilers),
      pricall: plus(pricall, more.pricall),
    }
  })

const plus = (one: Amounts | undefined, other: Amounts | undefined): Amounts | undefined =>
  one && other && { count: one.count + other.count, sum: yen(one.sum + other.sum) }

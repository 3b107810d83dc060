import { existsSync } from 'node:fs'
import { billingStore } from '../../billing/config.js'
import { type JstDay, nextJstDay } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { hourlyStage } from './hourly-stage.js'
import { ledgerStage } from './ledger-stage.js'
import { quarterHourStage } from './quarter-hour-stage.js'
import { ScpBooks } from './scp-stages.js'
import { differenceBetween, type Stage, type StageName, type Words } from './stage.js'

/** Count and yen of one kind of charge. */
export interface Amounts {
  readonly count: number
  readonly sum: Yen
}

/** What one stage came to. */
export interface StageTotals {
  readonly name: StageName
  readonly files: number | undefined
  readonly mobilers: Amounts
  /** `undefined` where Pricall's charges do not come. */
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

/**
 * Holds the books of a day against each other, or of all days that the node has closed (architecture, point
 * 5): cards used = charge records = quarter-hour files = hourly files = ledger + error bin. Changes
 * nothing. Throws `COMMAND_REFUSED` where scp never ran, and for a day that is not over.
 */
export function reconcile(home: Home, node: string, day: JstDay | undefined): Reconciliation {
  if (!existsSync(scpStore(home))) {
    throw new Fault('COMMAND_REFUSED', `scp has never run in ${home.folder}.`)
  }
  const scp = openStoreToRead(scpStore(home))
  const billing = existsSync(billingStore(home)) ? openStoreToRead(billingStore(home)) : undefined
  try {
    const books = new ScpBooks(scp)
    const days = daysOf(books, day)
    const [first, last] = [days[0], days.at(-1)]
    if (!first || !last) throw new TypeError('there is no day to look at')
    const found = days.map(one => ofDay(one, stagesOf(home, node, one, books, billing)))
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
  }
}

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

function stagesOf(
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
  for (const [index, stage] of stages.entries()) {
    const before = stages[index - 1]
    difference ??= stage.problems[0]
    if (before) difference ??= differenceBetween(arriving(before, stage), stage)
    difference ??= stage.closeDiffers
  }
  return {
    totals: stages.map(totalsOf),
    difference: difference && { ...difference, day },
  }
}

/** What of a stage must reach the next: of CRS and beyond, Mobilers alone (requirements S-05, N-01). */
const arriving = (stage: Stage, next: Stage): Stage =>
  MOBILERS_ONLY.includes(next.name)
    ? { ...stage, charges: stage.charges.filter(({ kind }) => kind !== 'pricall') }
    : stage

const MOBILERS_ONLY: readonly StageName[] = ['hourly_files', 'ledger_and_errors']

function totalsOf({ name, charges, files }: Stage): StageTotals {
  const pricall = charges.filter(({ kind }) => kind === 'pricall')
  const mobilers = charges.filter(({ kind }) => kind !== 'pricall')
  return {
    name,
    files,
    mobilers: amountsOf(mobilers),
    pricall: MOBILERS_ONLY.includes(name) ? undefined : amountsOf(pricall),
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
      pricall: pricall && more.pricall ? plus(pricall, more.pricall) : undefined,
    }
  })

const plus = (one: Amounts, other: Amounts): Amounts => ({
  count: one.count + other.count,
  sum: yen(one.sum + other.sum),
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadAverage, machine } from './machine.js'
import { startPgbench } from './redemption/pgbench.js'
import { productAlone, productAtOnce } from './redemption/product.js'
import { checkThenAct, rawSqlite } from './redemption/raw-sqlite.js'
import type { RedemptionSide } from './redemption/side.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly rounds: number
  readonly charges: number
}

/** What one side did in one round. */
interface Round {
  readonly perSecond: number
  readonly cpuMsPerCharge: number
}

/** Charges of a round with callers at once, for each of a round one at a time: it is that much faster. */
const AT_ONCE_FACTOR = 4
const CALLERS = 64
const CLIENTS = [1, 8, 32]
const RACES = 1_000

/** An A/A control outside of these says that the machine was too busy to compare anything on. */
const CONTROL_MIN = 0.95
const CONTROL_MAX = 1.05

/** `redemption`: benches Q1, Q2 and Q3 in one run. */
export const redemption = (): Command =>
  new Command('redemption')
    .summary('redeeming cards, beside better-sqlite3, PostgreSQL and check-then-act')
    .description(
      'Redeems cards by the product’s charge transaction, one at a time and by 64 callers at once, in turns\n' +
        'with the same statements in raw better-sqlite3 and with the statements of a check-then-act voucher\n' +
        'system; then by pgbench, where PostgreSQL is installed. A second product stands beside the first as\n' +
        'control. The exit code is 0 when no card was credited twice and all books agree.',
    )
    .option('--rounds <number>', 'rounds of each side', wholeNumber(2, 20), 5)
    .option(
      '--charges <number>',
      'charges of a round, one at a time',
      wholeNumber(100, 20_000),
      2_000,
    )
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ rounds, charges }: Options): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-'))
  const before = loadAverage()
  try {
    // The first round of each side is dropped.
    const cards = charges * (rounds + 1) + RACES
    const many = AT_ONCE_FACTOR * charges * (rounds + 1) + RACES
    const raw = rawSqlite(join(folder, 'raw'), cards)
    const alone = await productAlone(join(folder, 'alone'), cards)
    const atOnce = await productAtOnce(join(folder, 'at-once'), CALLERS, many)
    const control = await productAtOnce(join(folder, 'control'), CALLERS, many)
    const unguarded = checkThenAct(join(folder, 'unguarded'), cards)
    const sides = [raw, alone, atOnce, control, unguarded]
    const measured = await inTurns(sides, rounds, side =>
      side === atOnce || side === control ? AT_ONCE_FACTOR * charges : charges,
    )
    const twice = { product: await atOnce.race(RACES), unguarded: await unguarded.race(RACES) }
    const mistakes = (await Promise.all(sides.map(side => side.close()))).flat()
    const pgbench = await ratesOfPgbench()
    const of = (side: RedemptionSide) => measured.get(side) ?? []
    const ratios = {
      'Q1: one at a time : raw': ratio(of(alone), of(raw)),
      'Q1: 64 at once : raw': ratio(of(atOnce), of(raw)),
      'Q2: 64 at once : pgbench, 32 clients': against(of(atOnce), pgbench?.[32]),
      'Q3: one at a time : check, then act': ratio(of(alone), of(unguarded)),
      'A/A control': ratio(of(control), of(atOnce)),
    }
    tell(sides, measured, ratios, pgbench, twice, mistakes)
    const around = { machine: machine(), loadBefore: before, loadAfter: loadAverage() }
    const line = { bench: 'redemption', at: new Date().toISOString(), rounds, charges }
    console.log(JSON.stringify({ ...line, ratios, pgbench, twice, mistakes, ...around }))
    return mistakes.length === 0 && twice.product === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each round begins where the last ended: A B C, C B A, A B C … */
async function inTurns(
  sides: readonly RedemptionSide[],
  rounds: number,
  chargesOf: (side: RedemptionSide) => number,
): Promise<ReadonlyMap<RedemptionSide, Round[]>> {
  const measured = new Map<RedemptionSide, Round[]>(sides.map(side => [side, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const charges = chargesOf(side)
      await side.prepare(charges)
      const [began, cpu] = [performance.now(), process.cpuUsage()]
      await side.run()
      const { user, system } = process.cpuUsage(cpu)
      const seconds = (performance.now() - began) / 1_000
      const cpuMsPerCharge = (user + system) / 1_000 / charges
      if (round > 0) measured.get(side)?.push({ perSecond: charges / seconds, cpuMsPerCharge })
    }
    console.error(`round ${round} of ${rounds}`)
  }
  return measured
}

async function ratesOfPgbench(): Promise<Record<number, number> | undefined> {
  const pgbench = await startPgbench()
  if (!pgbench) return undefined
  try {
    return Object.fromEntries(CLIENTS.map(clients => [clients, pgbench.rate(clients)]))
  } finally {
    await pgbench.close()
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const rateOf = (rounds: readonly Round[]): number => median(rounds.map(one => one.perSecond))

/** Median of the ratios of rounds that stood beside each other. */
const ratio = (one: readonly Round[], other: readonly Round[]): number =>
  Number(
    median(one.map((round, n) => round.perSecond / (other[n]?.perSecond ?? Number.NaN))).toFixed(2),
  )

const against = (rounds: readonly Round[], rate: number | undefined): number | null =>
  rate === undefined ? null : Number((rateOf(rounds) / rate).toFixed(2))

function tell(
  sides: readonly RedemptionSide[],
  measured: ReadonlyMap<RedemptionSide, readonly Round[]>,
  ratios: Readonly<Record<string, number | null>>,
  pgbench: Readonly<Record<number, number>> | undefined,
  twice: { readonly product: number; readonly unguarded: number },
  mistakes: readonly string[],
): void {
  const row = (name: string, ...cells: string[]) =>
    console.log(`${name.padEnd(44)}${cells.map(cell => cell.padStart(14)).join('')}`)
  row('', 'charges/s', 'CPU ms/charge')
  for (const side of sides) {
    const rounds = measured.get(side) ?? []
    const cpu = median(rounds.map(one => one.cpuMsPerCharge))
    row(side.name, rateOf(rounds).toFixed(), cpu.toFixed(3))
  }
  for (const [clients, rate] of Object.entries(pgbench ?? {})) {
    row(`PostgreSQL, pgbench, ${clients} clients`, rate.toFixed(), '')
  }
  if (!pgbench) console.log('PostgreSQL is not installed: Q2 was not measured.')
  for (const [name, value] of Object.entries(ratios))
    row(name, value === null ? 'absent' : `${value}`)
  row(`cards of ${RACES} credited twice, product`, `${twice.product}`)
  row(`cards of ${RACES} credited twice, check, then act`, `${twice.unguarded}`)
  const control = ratios['A/A control'] ?? Number.NaN
  if (!(control >= CONTROL_MIN && control <= CONTROL_MAX))
    console.log('NOISY: the control differs.')
  for (const mistake of mistakes) console.log(`WRONG: ${mistake}`)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { openBillingStore } from '../billing/store/open.js'
import type { JstDay } from '../domain/jst.js'
import { startOfJstDay } from '../domain/jst.js'
import { checkpoint, openStoreToCheckpoint } from '../platform/store.js'
import { loadAverage, machine } from './machine.js'
import { type RunSums, runOnPostgresql } from './monthly-run/postgresql.js'
import { fillStore, RUN } from './monthly-run/subscribers.js'
import { wholeNumber } from './whole-number.js'

/** Goals of Q9: µs of CPU a subscriber, MiB at most, and the part of PostgreSQL's speed. */
const GOAL = { cpuUs: 20, rssMib: 512, ratio: 0.5 }

/** Contracts in one commit, and the pause between two checkpoints, as billing has them. */
const AT_ONCE = 500
const CHECKPOINT_MS = 5_000

/** Pause between two lines of progress. */
const PROGRESS_MS = 2_000

/** `monthly-run`: bench Q9. */
export const monthlyRun = (): Command =>
  new Command('monthly-run')
    .summary('a month of use calculated and closed, beside one statement of PostgreSQL')
    .description(
      'Closes a month of use of so many subscribers with all rules: fees, usage, discounts, tax, validity,\n' +
        'application, ends of contracts, ledger, and what aris is told; and of a tenth as many before it, to\n' +
        'show how it grows. Then the same month by one SQL statement, where PostgreSQL is installed. The exit\n' +
        'code is 0 when both come to the same sums; how fast it was is only told.',
    )
    .option('--subscribers <number>', 'how many', wholeNumber(100, 2_000_000), 10_000)
    .action(async ({ subscribers }: { subscribers: number }) => {
      process.exitCode = (await run(subscribers)) ? 0 : 1
    })

/** What closing a month came to, and took. */
interface Run {
  readonly sums: RunSums
  readonly seconds: number
  readonly cpuUs: number
  readonly rssMib: number
}

async function run(subscribers: number): Promise<boolean> {
  const before = loadAverage()
  const tenth = await close(Math.floor(subscribers / 10))
  const whole = await close(subscribers)
  const peer = await runOnPostgresql(subscribers)
  const ratio = peer === undefined ? null : Number((peer.seconds / whole.seconds).toFixed(2))
  const growth = Number((whole.cpuUs / tenth.cpuUs).toFixed(2))
  const row = (name: string, ...cells: (string | number)[]) =>
    console.log(`${name.padEnd(34)}${cells.map(cell => `${cell}`.padStart(14)).join('')}`)
  row('', 'subscribers', 'seconds', 'CPU µs each', 'RSS MiB')
  for (const [name, count, one] of [
    ['product, a tenth', Math.floor(subscribers / 10), tenth],
    ['product', subscribers, whole],
  ] as const) {
    row(name, count, one.seconds.toFixed(2), one.cpuUs.toFixed(1), one.rssMib.toFixed())
  }
  if (peer) row('PostgreSQL, one statement', subscribers, peer.seconds.toFixed(2))
  else console.log('PostgreSQL is not installed: it was not measured.')
  row('goals', '', '', GOAL.cpuUs, GOAL.rssMib)
  row(`speed : PostgreSQL (goal ${GOAL.ratio})`, ratio ?? 'absent')
  row('CPU each, whole : tenth', growth)
  const same = peer === undefined || JSON.stringify(peer.sums) === JSON.stringify(whole.sums)
  if (!same) console.log(`WRONG: ${JSON.stringify({ product: whole.sums, peer: peer.sums })}`)
  const around = { machine: machine(), loadBefore: before, loadAfter: loadAverage() }
  const line = { bench: 'monthly-run', at: new Date().toISOString(), subscribers }
  console.log(JSON.stringify({ ...line, tenth, whole, peer, ratio, growth, same, ...around }))
  return same
}

async function close(subscribers: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-'))
  const path = join(folder, 'billing.sqlite')
  try {
    console.error(`making ${subscribers} subscribers`)
    fillStore(path, subscribers)
    const clock = { now: () => startOfJstDay('2001-02-08' as JstDay) }
    const onBroken = (fault: Error) => {
      throw fault
    }
    const store = openBillingStore({ path, clock, onBroken })
    const beside = openStoreToCheckpoint(path)
    const checkpoints = setInterval(() => checkpoint(beside), CHECKPOINT_MS)
    const progress = setInterval(async () => {
      const at = await store.monthProgress(RUN)
      console.error(`${at?.done ?? 0} of ${subscribers} subscribers`)
    }, PROGRESS_MS)
    try {
      return await measure(store)
    } finally {
      clearInterval(checkpoints)
      clearInterval(progress)
      beside.close()
      store.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(store: ReturnType<typeof openBillingStore>): Promise<Run> {
  let rss = 0
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const begun = await store.beginClose(RUN)
  if (begun.outcome !== 'running') throw new Error(`the close did not begin: ${begun.outcome}`)
  while (!(await store.advanceClose(RUN, AT_ONCE))) {
    rss = Math.max(rss, process.memoryUsage.rss())
    await new Promise(resolve => setImmediate(resolve))
  }
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - began) / 1_000
  const one = await store.closeSummary(RUN)
  const sums = {
    invoices: one.contracts,
    gross: one.invoicedYen,
    applied: one.appliedYen,
    forfeited: one.forfeitedYen,
    carriedOut: one.carriedOutYen,
  }
  return { sums, seconds, cpuUs: (user + system) / one.contracts, rssMib: rss / 1_048_576 }
}

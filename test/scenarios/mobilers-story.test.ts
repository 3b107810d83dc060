import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { LadderWatch } from '../../switch-sim/handset/ladder-watch.js'
import { LogFollower } from '../../switch-sim/handset/log-follower.js'
import { Callers, type TestCall } from '../support/callers.js'
import { Network } from '../support/network.js'

t.setTimeout(300_000)

const CALLER = '09010000021'

/** Steps of Figure 3 that programs log, those that the article's text fixes among them. */
const ANCHORED = [5, 7, 8, 12, 13, 14, 16, 17, 20, 21]

/** Files of CRS for the half day with which the network begins, and for each day after it. */
const FILES_ON_THE_FIRST = 12 + 1
const FILES_A_DAY = 24 + 1

/** The exchange with CRS in an hour of the network, and a little more. */
const NEXT_EXCHANGE = ['--by', '61m'] as const

/** A network that begins on the last day of a month of use, and what it is asked and told. */
async function beginNetwork() {
  const network = await Network.start(t, {
    MCSCP_CLOCK_START: '2001-01-31T12:00:00+09:00',
    MCSCP_BILLING_ONLINE: '00:00-24:00',
    MCSCP_IVR_LANGUAGE_WAIT: '30000',
  })
  const said = async (...words: string[]) => {
    const { code, output } = await network.command({}, ...words)
    if (code !== 0) throw new Error(`mcscp ${words.join(' ')} ended with ${code}: ${output}`)
    return output
  }
  const advance = (...words: string[]) => said('clock', 'advance', ...words)
  const files = (folder: string) => readdirSync(folder).filter(name => name.endsWith('.txt')).length
  const filesReflected = () =>
    network.log('billing').filter(line => REFLECTED.has(`${line.msg}`)).length
  /** Moves the clock on, and waits until billing has reflected so many files of CRS. */
  const reflected = async (count: number) => {
    await network.until(() => files(network.home.hourlyFiles) >= count)
    await advance(...NEXT_EXCHANGE)
    await network.until(() => filesReflected() >= count)
  }
  /** Waits until so many cards were charged, and the caller of the last may not have been told yet. */
  const charged = (count: number) =>
    network.until(() => network.log('scp').filter(({ step }) => step === 16).length >= count)
  const invoice = async (month: string, total: number) => {
    const file = join(network.home.folder, `${month}.csv`)
    writeFileSync(file, `of,total_yen\n${CALLER},${total}\n`)
    await said('billing', 'invoices', 'import', '--month', month, '--file', file)
    await said('billing', 'close-month', '--month', month, '--before-window-ends')
  }
  return { network, said, advance, reflected, charged, invoice }
}

/** What billing logs of each file of CRS that it has reflected. */
const REFLECTED: ReadonlySet<string> = new Set(['charge information reflected', 'day confirmed'])

/** Keys one card after the other, as one does who knows the words, and lets no question be asked to its end. */
async function chargesInOneCall(
  callers: Callers,
  cards: readonly (ClearCard | undefined)[],
): Promise<TestCall> {
  const call = await callers.call(CALLER)
  await call.sound()
  for (const [n, card] of cards.entries()) {
    if (n > 0) await call.soundsAgain()
    await call.key(n === 0 ? `${card?.pin}#` : `1${card?.pin}#`)
    await call.hearsTimes(n + 1, 'ja/charge-succeeded-2')
  }
  return call
}

const heard = (clips: readonly ClipFile[]) => clips.map(clip => clip.replace(/\.\w+$/, ''))

/**
 * Guidance takes its real time: what does not wait for a call goes on beside it, and the subscriber dials
 * while a call before still tells what was looked up already.
 */
t.test('the article, read through one subscriber', async t => {
  const { network, said, advance, reflected, charged, invoice } = await beginNetwork()
  const callers = new Callers(t, network)
  const [card, second, third] = network.cards()
  const issuing = network.issue(1, 1_000)

  const before = await callers.call(CALLER, '157')
  await before.sound()
  const ladder = new LadderWatch()
  const logs = new LogFollower(network.home.logs)
  const first = await callers.call(CALLER)
  ladder.follow(first.callId)
  await first.sound()
  await first.key(`${card?.pin}#`)

  await t.test('S-29: before any charge 157 tells of none', async t => {
    const none = heard(phrase('ja', 'balance-month', { amount: yen(0) }))
    await before.hears(...none.slice(-1))
    await before.hangUp()
    t.match(before.transcript().join(), none.join())
  })

  await charged(1)
  const [thousand] = await issuing
  await advance('--to', '2001-02-01T00:10')
  const nextMonthsCalls = [[thousand, second], [third]].map(cards =>
    chargesInOneCall(callers, cards),
  )

  await t.test('a call to 1400 charges a card', async () => {
    await first.hears('ja/charge-succeeded-2')
    await first.hangUp()
  })

  await t.test('C-01, C-03: its record goes by unit and hourly file to the ledger', async t => {
    await reflected(FILES_ON_THE_FIRST)
    const shown = await said('billing', 'show', CALLER)
    t.match(shown, new RegExp(`${card?.serial}\\s+3,000 yen\\s+scp1\\s+credited`))
    t.match(shown, 'balance 3,000 yen, valid 2001-02 to 2003-01', 'S-24: from the month after')
    t.match(await said('reconcile', '--day', '2001-01-31', '--lang', 'en'), '3,000')
  })

  t.test('N-04: it took the steps of Figure 3 in order, to ⑳ and ㉑', async t => {
    ladder.read(logs.next())
    const steps = ladder.through(Number.POSITIVE_INFINITY).map(({ step }) => step.number)
    t.strictSame(
      steps.filter(step => ANCHORED.includes(step)),
      ANCHORED,
      steps.join(' '),
    )
  })

  await t.test('Table 2, N and N+1: nothing is offered, then 3,000 yen', async t => {
    await invoice('2000-12', 6_700)
    await invoice('2001-01', 7_000)
    const shown = await said('billing', 'show', CALLER)
    t.match(shown, /2000-12 {2}invoice 6,700, carried in 0, registered 0, applied 0, to pay 6,700/)
    t.match(
      shown,
      /2001-01 {2}invoice 7,000, .*registered 3,000, applied 3,000, to pay 4,000, carried out 0/,
    )
  })

  await charged(4)
  await advance('--to', '2001-02-20T12:00')

  await t.test('in the next month two calls charge three cards, and one tells of all', async t => {
    const calls = await Promise.all(nextMonthsCalls)
    await Promise.all(calls.map(call => call.hangUp()))
    const all = phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(7_000) })
    t.match(calls.map(call => call.transcript().join()).join('; '), heard(all).join())
  })

  await reflected(FILES_ON_THE_FIRST + 19 * FILES_A_DAY + 12)
  const after = await callers.call(CALLER, '157')
  const thisMonth = phrase('ja', 'balance-month', { amount: yen(7_000) })
  await after.hears(...heard(thisMonth).slice(-1))
  await advance('--to', '2001-03-01T00:10')

  await t.test('Table 2, N+2: 7,000 yen are offered, 5,500 applied, 1,500 carried', async t => {
    await reflected(FILES_ON_THE_FIRST + 28 * FILES_A_DAY)
    await invoice('2001-02', 5_500)
    const shown = await said('billing', 'show', CALLER)
    t.match(
      shown,
      /2001-02 {2}invoice 5,500, .*registered 7,000, applied 5,500, to pay 0, carried out 1,500/,
    )
    t.match(shown, 'balance 1,500 yen')
  })

  await t.test(
    'S-29, A-03, A-04, A-05: 157 tells what billing knew the day before yesterday',
    async t => {
      const expected = heard([
        ...thisMonth,
        ...phrase('ja', 'balance-as-of', { day: '2001-02-18' as JstDay }),
        ...phrase('ja', 'balance-next-bill', { amount: yen(7_000) }),
      ])
      await after.hears(...expected.slice(-1))
      await after.hangUp()
      t.match(after.transcript().join(), expected.join())
    },
  )

  await t.test('every yen of used cards is in the files and in the ledger', async t => {
    t.match(await said('reconcile', '--lang', 'en'), '10,000')
    const account = await said('liability', '--on', '2001-03-31')
    t.match(account, /it balances, to the yen/)
    t.match(account, /元帳 credited to contracts +10,000\n/)
  })
})

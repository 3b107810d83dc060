import { writeFileSync } from 'node:fs'
import t from 'tap'
import { allAsked, Callers, hangUp, keyAtOnce, subscriber } from '../support/callers.js'
import { raceForCards } from '../support/card-races.js'
import { Network } from '../support/network.js'
import { ScpBooks } from '../support/scp-books.js'

t.setTimeout(300_000)

/** One handset that guesses, and callers who key a card each. */
const GUESSER = subscriber(201)
const MISTAKEN = subscriber(202)
const HONEST = subscriber(203)

/** Who keys in the audio, and by INFO. */
const KEYING = [subscriber(204), subscriber(205)]

/** Pairs of handsets that key one card each. */
const PAIRS = 8

/** No card has these: PINs are drawn, and collide with chance 10^-14. */
const wrongPin = (n: number) => `${n}`.padStart(14, '0')

t.test('callers at once, through the whole network', async t => {
  // A card's number may begin with 9, which alone would choose the language.
  const network = await Network.start(t, { MCSCP_IVR_LANGUAGE_WAIT: '30000' })
  const books = new ScpBooks(network.home)
  const callers = new Callers(t, network)
  const [good, heard, told, ...raced] = await network.issue(PAIRS + 3, 3_000)
  if (!good || !heard || !told) throw new Error('no card was made')

  t.jobs = 2
  await Promise.all([
    t.test('XP1: two handsets, one card: one winner each', { buffered: true }, async t => {
      const races = raced.map((card, n) => ({
        card,
        numbers: [subscriber(10 * n + 301), subscriber(10 * n + 302)] as const,
      }))
      await raceForCards(t, callers, books, races)
    }),

    t.test(
      'XP2: 16 calls of one handset with wrong numbers count 16',
      { buffered: true },
      async t => {
        const calls = await callers.calls(Array.from({ length: 16 }, () => GUESSER))
        await allAsked(calls)
        await keyAtOnce(
          calls,
          calls.map((_, n) => wrongPin(n)),
        )
        await network.until(() => books.entries(GUESSER) === 16)
        t.strictSame(books.lock(GUESSER), { wrong: 16, locked: true })
        await hangUp(calls)
        const next = await callers.call(GUESSER)
        await next.key(`${good.pin}#`)
        await next.release()
        t.strictSame(next.transcript(), ['ja/locked'], 'the next call hears the notice alone')
        t.equal(books.entries(GUESSER), 16, 'and what it keys is not looked at')
      },
    ),
  ])

  // XP6: the network searches all it wrote for PINs and digits when it ends, each program's log at debug.
  await t.test('XP6: keyed in the audio, or by INFO, no digit is written', async t => {
    const [inAudio, byInfo] = await callers.calls(KEYING)
    if (!inAudio || !byInfo) throw new Error('a call is missing')
    await allAsked([inAudio, byInfo])
    await Promise.all([inAudio.key(`${heard.pin}#`), byInfo.key(`${told.pin}#`, 'info')])
    await network.until(() => KEYING.every(number => books.entries(number) === 1))
    t.strictSame(
      [heard, told].map(({ serial }) => books.card(serial)),
      KEYING.map(by => ({ state: 'used', by })),
      'both are charged: RFC 4733, INFO and the event socket carried every digit',
    )
    await hangUp([inAudio, byInfo])
    t.strictSame(network.pinsFound(), [], 'and no file, and nothing printed, has one')
  })

  const scp = network.pidOf('scp')
  process.kill(scp, 'SIGKILL')
  await network.until(() => network.pidOf('scp') !== scp)
  await callers.off()
  t.equal(await network.stop(), 0)
  // ivr asks again soon, so that one entry is asked five times within its patience.
  const soon = ['MCSCP_IVR_ATTEMPT_TIME=400', 'MCSCP_IVR_RETRY_PAUSE_MAX=200', '']
  writeFileSync(network.home.settingsFile, soon.join('\n'))
  await network.startAgain()

  // While this caller hears the notice, others charge.
  const locked = await callers.call(GUESSER)
  await locked.sound()

  await t.test('an entry that is asked five times: one answer, one count, one charge', async t => {
    const calls = await callers.calls([MISTAKEN, HONEST])
    const [mistaken, honest] = calls
    if (!mistaken || !honest) throw new Error('a call is missing')
    await allAsked(calls)
    await Promise.all([mistaken.key(wrongPin(99)), honest.key(good.pin)])
    const scp = network.pidOf('scp')
    const unanswered = () => network.log('ivr').filter(line => line.msg === 'scp gave no answer')
    process.kill(scp, 'SIGSTOP')
    try {
      await Promise.all(calls.map(call => call.key('#')))
      await network.until(() => unanswered().length >= 10)
    } finally {
      process.kill(scp, 'SIGCONT')
    }
    await Promise.all([mistaken.hears('ja/card-refused'), honest.hears('ja/charge-succeeded-1')])
    await hangUp(calls)
    for (const [number, outcome] of [
      [MISTAKEN, 'unusable'],
      [HONEST, 'redeemed'],
    ]) {
      const answers = network.log('scp').filter(line => line.msisdn === number && 'entry' in line)
      t.ok(answers.length >= 5, `${number}: ${answers.length} answers`)
      t.ok(answers.every(line => line.outcome === outcome && line.entry === 1))
      t.equal(answers.filter(line => line.repeated === false).length, 1, 'decided once')
    }
    t.strictSame(books.lock(MISTAKEN), { wrong: 1, locked: false })
    t.equal(books.records(good.serial), 1)
    t.equal(books.registered(HONEST), 3_000)
    const { cards, records, totals } = books.yen()
    t.ok(cards === records && records === totals, 'the books agree')
  })

  await t.test('S-09, S-10: the lock holds over a kill of scp and a restart', async t => {
    await locked.release()
    t.strictSame(locked.transcript(), ['ja/locked'])
    t.strictSame(books.lock(GUESSER), { wrong: 16, locked: true })
  })
})

import t from 'tap'
import { Callers, subscriber } from '../support/callers.js'
import { raceForCards } from '../support/card-races.js'
import { Network } from '../support/network.js'
import { ScpBooks } from '../support/scp-books.js'

/** Cards, and how many of them are raced for at once. */
const CARDS = 1_000
const AT_ONCE = 25

/** Pairs of handsets: each races twice, so that no month is full and no loser is locked. */
const PAIRS = 500

t.setTimeout(3_600_000)

t.test('XP1: two handsets, one card, 1,000 times over SIP: one winner each', async t => {
  // A card's number may begin with 9, which alone would choose the language.
  const network = await Network.start(t, { MCSCP_IVR_LANGUAGE_WAIT: '30000' })
  const books = new ScpBooks(network.home)
  const races = (await network.issue(CARDS, 3_000)).map((card, n) => {
    const first = 2 * (n % PAIRS) + 1
    return { card, numbers: [subscriber(first), subscriber(first + 1)] as const }
  })
  const began = performance.now()
  for (let first = 0; first < CARDS; first += AT_ONCE) {
    const callers = new Callers(t, network)
    await raceForCards(t, callers, books, races.slice(first, first + AT_ONCE))
    await callers.off()
  }
  const seconds = (performance.now() - began) / 1_000
  t.comment(`${CARDS} races in ${seconds.toFixed(0)} s, ${AT_ONCE} at a time`)
  t.strictSame(books.yen(), { cards: 3_000_000, records: 3_000_000, totals: 3_000_000 })
  const scp = network.log('scp').filter(line => 'entry' in line && line.repeated === false)
  const found = (finding: string) => scp.filter(line => line.finding === finding).length
  t.strictSame([found('redeemed'), found('used')], [CARDS, CARDS], 'a winner and a loser each')
})

import type { Test } from 'tap'
import type { ClearCard } from '../../scp/cards/issue.js'
import { allAsked, type Callers, hangUp, keyAtOnce } from './callers.js'
import type { ScpBooks } from './scp-books.js'

/** Two handsets that key one card. */
export interface Race {
  readonly card: ClearCard
  readonly numbers: readonly [string, string]
}

/** Clips that tell what became of a card. */
const WON = ['ja/charge-succeeded-1', 'en/charge-succeeded-1']
const LOST = ['ja/card-refused', 'en/card-refused']

/**
 * Two handsets key each card at the same moment, all races at once. Of each race one is told that it won
 * and one that it did not, and the store says the same. Fails with a line a race that went otherwise.
 */
export async function raceForCards(
  t: Test,
  callers: Callers,
  books: ScpBooks,
  races: readonly Race[],
): Promise<void> {
  const before = books.yen()
  const calls = await callers.calls(races.flatMap(({ numbers }) => numbers))
  await allAsked(calls)
  await keyAtOnce(
    calls,
    races.flatMap(({ card }) => [card.pin, card.pin]),
  )
  const told = await Promise.all(calls.map(call => call.hears(...WON, ...LOST)))
  await hangUp(calls)
  const wrong = races.flatMap(({ card: { serial }, numbers }, n) => {
    const won = numbers.filter((_, who) => WON.includes(told[2 * n + who] ?? ''))
    const { state, by } = books.card(serial)
    const right =
      won.length === 1 && state === 'used' && by === won[0] && books.records(serial) === 1
    return right ? [] : [`${serial}: ${won.join(' and ') || 'nobody'} won; ${state} by ${by}`]
  })
  t.strictSame(wrong, [], `${races.length} races, one winner each`)
  const raced = races.reduce((sum, { card }) => sum + card.faceValue, 0)
  const { cards, records, totals } = books.yen()
  t.strictSame([cards, records, totals], Array(3).fill(before.cards + raced), 'the books agree')
}

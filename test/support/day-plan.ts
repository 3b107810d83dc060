import { type Pin, parsePin } from '../../domain/card.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { HOUR_MS } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { demonstrationNumbers } from '../../switch-sim/mls/subscribers/demonstration.js'
import { phone } from './scp-values.js'

/** What a caller keys: a card bought, a number that is no card's, or a card that another has used. */
export type Keyed =
  | { readonly what: 'card'; readonly card: ClearCard }
  /** `pin` is no card's; it is keyed as long as nobody has used a card. */
  | { readonly what: 'mistake' | 'used'; readonly pin: Pin }

/** How a caller goes about a call, and how it ends. */
export type Way =
  /** Keys what there is, hears the outcome, and hangs up. */
  | 'keys'
  /** The same, and ivr hangs up. */
  | 'hears all'
  | 'keys nothing'
  | 'keys too few digits'
  | 'leaves before keying'
  | 'leaves at the answer'
  | 'leaves while it rings'
  /** Hangs up while the last number is looked at. */
  | 'leaves while it is checked'
  /** Calls with an identity that the switch never signed. */
  | 'forges'

/** A call that a subscriber will make. */
export interface PlannedCall {
  readonly at: EpochMs
  readonly caller: Msisdn
  readonly kind: ChargeKind
  readonly way: Way
  readonly keys: readonly Keyed[]
}

/** Of a hundred calls, how many go which way, and what is keyed in them: c card, m mistake, u used, a again. */
// biome-ignore format: table
const WAYS: readonly (readonly [of100: number, way: Way, keys: string])[] = [
  [38, 'keys',                       'c'],
  [12, 'hears all',                  'c'],
  [ 9, 'keys',                       'mc'],
  [ 3, 'hears all',                  'mmc'],
  [ 4, 'keys',                       'cc'],
  [ 2, 'keys',                       'ca'],
  [ 4, 'hears all',                  'u'],
  [ 5, 'hears all',                  'mmm'],
  [ 4, 'keys nothing',               ''],
  [ 3, 'keys too few digits',        ''],
  [ 5, 'leaves before keying',       ''],
  [ 3, 'leaves at the answer',       ''],
  [ 3, 'leaves while it rings',      ''],
  [ 4, 'leaves while it is checked', 'c'],
  [ 1, 'forges',                     ''],
]

/** Most cards that a plan of so many calls takes. */
export const cardsFor = (calls: number): number => calls

/** Callers: a few call so often that they reach the cap of the month, or the lock. */
const MOBILERS_CALLERS = 400
const PRICALL_CALLERS = 100

/** Of the callers of either kind, numbers that billing knows no contract of. */
const STRANGERS_ONE_IN = 50

/** First of the numbers that are no demonstration subscribers. */
const FIRST_STRANGER = 10_005_001
const FIRST_PRICALL = 10_014_001

export interface DayOptions {
  readonly calls: number
  readonly from: EpochMs
  readonly chance: () => number
  readonly cards: readonly ClearCard[]
}

/** What subscribers of both kinds will do on a day, in order; the seed decides all but the cards' numbers. */
export function planDay({ calls, from, chance, cards }: DayOptions): PlannedCall[] {
  const mobile = demonstrationNumbers('mobile').slice(0, MOBILERS_CALLERS)
  const left = [...cards]
  const moments = Array.from({ length: calls }, () => chance() * 24 * HOUR_MS).sort((a, b) => a - b)
  return moments.map((moment): PlannedCall => {
    const kind: ChargeKind = chance() < 0.7 ? 'mobilers' : 'pricall'
    // The square draws the first ones far more often than the last.
    const nth = (of: number) => Math.floor(of * chance() ** 2)
    const stranger = chance() * STRANGERS_ONE_IN < 1
    const [way, keys] = wayOf(chance() * 100)
    return {
      at: epochMs(Math.floor(from + moment)),
      caller: stranger
        ? phone(FIRST_STRANGER + nth(100))
        : kind === 'mobilers'
          ? (mobile[nth(mobile.length)] ?? phone(FIRST_STRANGER))
          : phone(FIRST_PRICALL + nth(PRICALL_CALLERS)),
      kind,
      way,
      keys: keysOf(keys, left, chance),
    }
  })
}

function wayOf(percent: number): readonly [Way, string] {
  let below = 0
  for (const [of100, way, keys] of WAYS) {
    below += of100
    if (percent < below) return [way, keys]
  }
  return ['keys', 'c']
}

function keysOf(keys: string, left: ClearCard[], chance: () => number): Keyed[] {
  const keyed: Keyed[] = []
  for (const key of keys) {
    const last = keyed.at(-1)
    if (key === 'a' && last) keyed.push(last)
    else {
      const card = key === 'c' ? left.pop() : undefined
      const what = key === 'u' ? 'used' : 'mistake'
      keyed.push(card ? { what: 'card', card } : { what, pin: mistake(chance) })
    }
  }
  return keyed
}

/** A number that is no card's, but by a chance of 10^-10. */
function mistake(chance: () => number): Pin {
  const digits = Array.from({ length: 14 }, () => Math.floor(chance() * 10)).join('')
  const pin = parsePin(digits)
  if (!pin) throw new RangeError('14 digits may be a PIN')
  return pin
}

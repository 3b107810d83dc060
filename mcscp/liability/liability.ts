import { existsSync } from 'node:fs'
import { billingStore } from '../../billing/config.js'
import { isChargeKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import { type JstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import type { CardLiability } from '../../scp/rules/card-liability.js'
import { chargeKinds, serialOf } from '../../scp/store/keys.js'
import { type LiabilityLine, LiabilityReader } from '../../scp/store/liability-reader.js'
import type { Words } from '../reconcile/stage.js'
import { type BillingAccount, BillingBooks, type ReceivedCharge } from './billing-account.js'

/** Cards and their yen. */
export interface CardSum {
  readonly cards: number
  readonly sum: Yen
}

/** What became of every yen of cards by the end of a day, from the card maker to the invoice. */
export interface CardAccount {
  readonly on: JstDay
  readonly cards: Readonly<Record<keyof CardLiability, CardSum>>
  /** Of what was charged: Pricall’s, which became units. */
  readonly pricall: Yen
  /** Of what was charged: Mobilers’, which goes to billing. */
  readonly mobilers: Yen
  /** Of what was charged: that of scenarios which an operator added. */
  readonly added: Yen
  /** Of Mobilers’: not received by billing yet. */
  readonly onTheWay: Yen
  readonly billing: BillingAccount
  /** The first thing that does not add up. */
  readonly difference: Words | undefined
}

/** A charge of Mobilers as scp logged it. */
interface LoggedCharge {
  /** The call session’s token and the entry, 17 octets. */
  readonly key: Buffer
  readonly serial: number
  readonly faceValue: number
}

/**
 * The card-liability ledger of the whole network at the end of a day (requirements §5.3, item 12 of the
 * proofs): issued, activated, charged, applied, expired, refunded always balance. Reads the stores of scp
 * and billing, which may run. Throws `COMMAND_REFUSED` where scp never ran.
 */
export function cardAccount(home: Home, on: JstDay): CardAccount {
  if (!existsSync(scpStore(home))) {
    throw new Fault('COMMAND_REFUSED', `scp has never run in ${home.folder}.`)
  }
  const at = startOfJstDay(nextJstDay(on))
  // billing first: what it had received by then, scp had logged.
  const billing = existsSync(billingStore(home)) ? openAsItIs(billingStore(home)) : undefined
  const scp = openAsItIs(scpStore(home))
  try {
    return accountAt(on, at, scp, billing && new BillingBooks(billing, at))
  } finally {
    scp.close()
    billing?.close()
  }
}

/** Opens a store to read it as it is now, whatever its program writes meanwhile. */
function openAsItIs(path: string): Database {
  const store = openStoreToRead(path)
  store.exec('BEGIN')
  // A read transaction begins with its first read.
  store.prepare('SELECT 1 FROM sqlite_master').get()
  return store
}

function accountAt(
  on: JstDay,
  at: EpochMs,
  scp: Database,
  books: BillingBooks | undefined,
): CardAccount {
  const { lines, chargedYen } = new LiabilityReader(scp).at(at)
  const cards = Object.fromEntries(
    FATES.map(fate => [
      fate,
      {
        cards: lines.reduce((sum, line) => sum + line.cards[fate], 0),
        sum: yen(lines.reduce((sum, line) => sum + line.faceValue * line.cards[fate], 0)),
      },
    ]),
  ) as Record<keyof CardLiability, CardSum>
  const billing = books?.account() ?? NO_BILLING
  const road = followed(chargesBefore(scp, at), books?.received() ?? [].values())
  const account = {
    ...{ on, cards, billing, onTheWay: road.onTheWay },
    pricall: yen(chargedYen.pricall ?? 0),
    mobilers: yen(chargedYen.mobilers ?? 0),
    added: yen(
      Object.entries(chargedYen)
        .filter(([kind]) => !isChargeKind(kind))
        .reduce((sum, [, of]) => sum + (of ?? 0), 0),
    ),
  }
  const difference =
    road.difference ?? books?.contradiction() ?? differenceIn(account) ?? outOfOrder(lines)
  return { ...account, difference }
}

const FATES = [
  'issued',
  'spoiled',
  'delivered',
  'activated',
  'charged',
  'refunded',
  'voided',
  'expired',
  'outstanding',
] as const satisfies readonly (keyof CardLiability)[]

const NO_BILLING: BillingAccount = {
  held: yen(0),
  credited: yen(0),
  applied: yen(0),
  expired: yen(0),
  forfeited: yen(0),
  balance: yen(0),
}

/** Mobilers charges that scp logged before a moment, by their keys. */
function* chargesBefore(scp: Database, at: EpochMs): Generator<LoggedCharge, undefined> {
  const rows = scp
    .prepare<[number, number], LoggedCharge & { token: Buffer; entry: number }>(
      `SELECT token, entry, serial, face_value AS faceValue FROM charge_record
       WHERE charge_kind = ? AND charged_at < ? ORDER BY token, entry`,
    )
    .iterate(chargeKinds.code('mobilers'), at)
  for (const { token, entry, serial, faceValue } of rows) {
    yield { key: Buffer.from([...token, entry]), serial, faceValue }
  }
}

/** Walks along both logs by their keys: what scp charged and billing has not received is on the way. */
function followed(
  logged: IterableIterator<LoggedCharge>,
  received: IterableIterator<ReceivedCharge>,
): { readonly onTheWay: Yen; readonly difference: Words | undefined } {
  let onTheWay = 0
  let difference: Words | undefined
  let ours = logged.next()
  let theirs = received.next()
  while (!ours.done || !theirs.done) {
    const order = ours.done
      ? 1
      : theirs.done
        ? -1
        : Buffer.compare(ours.value.key, theirs.value.key)
    if (order < 0 && !ours.done) onTheWay += ours.value.faceValue
    if (order > 0 && !theirs.done) difference ??= receivedForNothing(theirs.value)
    if (order === 0 && !ours.done && !theirs.done) {
      difference ??= differently(ours.value, theirs.value)
    }
    if (order <= 0) ours = logged.next()
    if (order >= 0) theirs = received.next()
  }
  return { onTheWay: yen(onTheWay), difference }
}

const receivedForNothing = ({ serial, faceValue }: ReceivedCharge): Words => ({
  ja: `料金システムには ${serial} (${faceValue} 円) の登録がありますが、scpのチャージデータにはありません。`,
  en: `Billing has a charge of ${serial} (${faceValue} yen) that scp never logged.`,
})

function differently(logged: LoggedCharge, received: ReceivedCharge): Words | undefined {
  const serial = serialOf(logged.serial)
  if (serial === received.serial && logged.faceValue === received.faceValue) return undefined
  return {
    ja: `scpの ${serial} (${logged.faceValue} 円) は、料金システムでは ${received.serial} (${received.faceValue} 円) です。`,
    en: `What scp logged as ${serial} (${logged.faceValue} yen) billing has as ${received.serial} (${received.faceValue} yen).`,
  }
}

/** The balances, each with both sides; the first that does not hold. */
function differenceIn(account: Omit<CardAccount, 'difference'>): Words | undefined {
  const { cards, pricall, mobilers, added, onTheWay, billing } = account
  const { activated, charged, refunded, voided, expired, outstanding } = cards
  const { held, credited, applied, forfeited, balance } = billing
  // biome-ignore format: table
  const balances: readonly (readonly [ja: string, en: string, one: number, other: number])[] = [
    ['有効化', 'activated cards', activated.sum,
      charged.sum + refunded.sum + voided.sum + expired.sum + outstanding.sum],
    ['登録', 'charged cards',     charged.sum, pricall + mobilers + added],
    ['モバイラーズ', 'Mobilers charges', mobilers, onTheWay + held + credited],
    ['元帳', 'credits of the ledger', credited, applied + billing.expired + forfeited + balance],
  ]
  const wrong = balances.find(([, , one, other]) => one !== other)
  if (!wrong) return undefined
  const [ja, en, one, other] = wrong
  return {
    ja: `${ja}は ${one} 円ですが、その行き先の合計は ${other} 円です。`,
    en: `The ${en} are ${one} yen, and what became of them adds up to ${other}.`,
  }
}

/** What cards go through in order, the last first: none can be further than those before it. */
const IN_ORDER: readonly (readonly [
  ja: string,
  en: string,
  of: (cards: CardLiability) => number,
])[] = [
  ['登録', 'charged', ({ charged }) => charged],
  ['有効化', 'activated', ({ activated }) => activated],
  ['納品', 'delivered', ({ delivered }) => delivered],
  ['良品', 'issued and not spoiled', ({ issued, spoiled }) => issued - spoiled],
]

/** charged ≤ activated ≤ delivered ≤ issued − spoiled, for each kind and face value (§5.3). */
function outOfOrder(lines: readonly LiabilityLine[]): Words | undefined {
  for (const { kind, faceValue, cards } of lines) {
    const counts = IN_ORDER.map(([ja, en, of]) => ({ ja, en, count: of(cards) }))
    for (const [at, later] of counts.entries()) {
      const earlier = counts[at + 1]
      if (!earlier || later.count <= earlier.count) continue
      return {
        ja: `${faceValue} 円のカード (${kind}) は、${later.ja}が ${later.count} 枚ですが、${earlier.ja}は ${earlier.count} 枚です。`,
        en: `Of the ${faceValue} yen cards (${kind}) ${later.count} were ${later.en}, and only ${earlier.count} ${earlier.en}.`,
      }
    }
  }
  return undefined
}

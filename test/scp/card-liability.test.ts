import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { chargeId } from '../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import { openStore } from '../../platform/store.js'
import type { CardLiability } from '../../scp/rules/card-liability.js'
import { Batches } from '../../scp/store/batches.js'
import { CardActs } from '../../scp/store/card-acts.js'
import { Cards } from '../../scp/store/cards.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { serialKey, serialOf } from '../../scp/store/keys.js'
import { LiabilityReader } from '../../scp/store/liability-reader.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { jst } from '../support/scp-desk.js'
import { freshToken, phone } from '../support/scp-values.js'

const DAY_MS = 86_400_000
const START = jst('2001-01-01T00:00:00')
const DOING = { person: 'Sato', approver: undefined, reason: 'a test' }

/** Cards of each batch: few, so that acts meet the same cards again and again. */
const CARDS = 8
const FACE_VALUES = [1_000, 3_000]

/** First day on which the cards of a batch are too old. */
const EXPIRES_ON = 20

type Kind = 'activate' | 'freeze' | 'unfreeze' | 'extend' | 'void' | 'refund' | 'use'

/** One thing that happens: to cards of a batch, some hours after what happened before. */
interface Happening {
  readonly kind: Kind
  readonly batch: number
  readonly from: number
  readonly cards: number
  readonly hours: number
  /** For an extension, in days from the start. */
  readonly until: number
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom<Kind>(
    ...(['activate', 'activate', 'activate', 'use', 'use', 'freeze'] as const),
    ...(['unfreeze', 'extend', 'void', 'refund'] as const),
  ),
  batch: fc.nat(1),
  from: fc.nat(CARDS - 1),
  cards: fc.integer({ min: 1, max: CARDS }),
  hours: fc.nat(72),
  until: fc.integer({ min: 10, max: 60 }),
})

/** One card as the small model has it: what befell it, and when. */
class ModelCard {
  frozen = false
  activatedAt: number | undefined
  usedAt: number | undefined
  refundedAt: number | undefined
  voidedAt: number | undefined
  /** The expiries it had, each with since when. */
  readonly expiries: { since: number; at: number }[] = [
    { since: 0, at: START + EXPIRES_ON * DAY_MS },
  ]

  get gone(): boolean {
    return [this.usedAt, this.refundedAt, this.voidedAt].some(at => at !== undefined)
  }

  expiryAt(moment: number): number {
    return this.expiries.filter(({ since }) => since < moment).at(-1)?.at ?? 0
  }

  /** Does something to the card, unless that may not be; whether it did. */
  try(kind: Kind, now: number, until: number): boolean {
    const late = now >= (this.expiries.at(-1)?.at ?? 0)
    if (this.gone) return false
    switch (kind) {
      case 'activate':
        if (this.frozen || late || this.activatedAt !== undefined) return false
        this.activatedAt = now
        return true
      case 'use':
        if (this.frozen || late || this.activatedAt === undefined) return false
        this.usedAt = now
        return true
      case 'freeze':
        if (this.frozen) return false
        this.frozen = true
        return true
      case 'unfreeze':
        if (!this.frozen) return false
        this.frozen = false
        return true
      case 'extend':
        if (this.frozen || this.expiries.length > 1) return false
        if (until <= (this.expiries[0]?.at ?? 0) || until <= now) return false
        this.expiries.push({ since: now, at: until })
        return true
      case 'void':
        this.voidedAt = now
        return true
      case 'refund':
        if (this.frozen || this.activatedAt === undefined || this.expiries.length > 1) return false
        this.refundedAt = now
        return true
    }
  }

  copy(): ModelCard {
    return Object.assign(new ModelCard(), this, { expiries: [...this.expiries] })
  }
}

/** What happens to some cards of the model; whether it could. */
function modelDoes(
  cards: ModelCard[],
  { kind, from, cards: count }: Happening,
  now: number,
  until: number,
) {
  const places = cards
    .map((_, place) => place)
    .filter(place => place >= from && place < from + count)
  const tried = places.map(place => {
    const copy = cards[place]?.copy() ?? new ModelCard()
    return { place, copy, done: copy.try(kind, now, until) }
  })
  const all = kind === 'activate' || kind === 'refund'
  const possible = all ? tried.every(({ done }) => done) : tried.some(({ done }) => done)
  if (possible) for (const { place, copy, done } of tried) if (done) cards[place] = copy
  return possible
}

/** The model's own reckoning at a moment. */
function reckoned(cards: readonly ModelCard[], moment: number): CardLiability {
  const before = (at: number | undefined) => at !== undefined && at < moment
  const count = (is: (card: ModelCard) => boolean) => cards.filter(is).length
  const sold = (card: ModelCard) => before(card.activatedAt)
  const open = (card: ModelCard) =>
    sold(card) && !before(card.usedAt) && !before(card.refundedAt) && !before(card.voidedAt)
  return {
    issued: cards.length,
    spoiled: 0,
    delivered: cards.length,
    activated: count(sold),
    charged: count(card => before(card.usedAt)),
    refunded: count(card => before(card.refundedAt)),
    voided: count(card => sold(card) && before(card.voidedAt)),
    expired: count(card => open(card) && card.expiryAt(moment) <= moment),
    outstanding: count(card => open(card) && card.expiryAt(moment) > moment),
  }
}

/** A store with two delivered batches, and what can happen to them. */
function openLife(t: Test) {
  const store = openStore(join(t.testdir(), 'scp.db'), MIGRATIONS)
  t.teardown(() => store.close())
  store.prepare('INSERT INTO pin_key VALUES (1, ?)').run(Buffer.alloc(32))
  const addCard = store.prepare(
    'INSERT INTO card (serial, batch, pin_digest, state) VALUES (?, ?, ?, 1)',
  )
  const acts = new CardActs(store)
  const batches = new Batches(store)
  const cards = new Cards(store)
  const log = new ChargeLog(store)
  const deliver = (faceValue: number) => {
    const planned = {
      ...({ kind: 'commercial', count: CARDS, faceValue: yen(faceValue), pinLength: 14 } as const),
      ...{ design: '', distributor: '', expiresAt: epochMs(START + EXPIRES_ON * DAY_MS) },
    }
    const { batch, firstSerial, lastSerial } = batches.plan(planned, START, DOING)
    const first = serialKey(firstSerial)
    for (let n = 0; n < CARDS; n++) addCard.run(first + n, batch, randomBytes(32))
    acts.generated(batch, START, DOING)
    acts.exportBatch(batch, START, DOING)
    acts.toRange({ act: 'deliver', first: firstSerial, last: lastSerial }, START, DOING)
    return first
  }
  /** Does it; whether it could be done. */
  const happen = (
    first: number,
    faceValue: number,
    one: Happening,
    now: EpochMs,
    until: EpochMs,
  ) => {
    const { kind, from, cards: count } = one
    const serial = serialOf(first + from)
    if (kind === 'use') {
      if (!cards.burn(serial, phone(1), now)) return false
      const charged = { msisdn: phone(1), kind: 'mobilers', serial, chargedAt: now } as const
      log.append({ ...charged, chargeId: chargeId(freshToken(), 1), faceValue: yen(faceValue) })
      return true
    }
    const last = serialOf(Math.min(first + from + count, first + CARDS) - 1)
    try {
      acts.toRange({ act: kind, first: serial, last, until }, now, DOING)
      return true
    } catch (error) {
      if (error instanceof Fault && error.code === 'ACT_REFUSED') return false
      throw error
    }
  }
  return { store, deliver, happen, reader: new LiabilityReader(store) }
}

t.test('what is owed for cards balances to the yen on any day, whatever befell them', async t => {
  const { store, deliver, happen, reader } = openLife(t)
  let [done, refused] = [0, 0]
  const life = fc.record({
    happenings: fc.array(happening, { minLength: 5, maxLength: 40, size: 'max' }),
    days: fc.array(fc.nat(70), { minLength: 3, maxLength: 3 }),
  })
  fc.assert(
    fc.property(life, ({ happenings, days }) => {
      store.exec('BEGIN')
      try {
        const firsts = FACE_VALUES.map(deliver)
        const model = FACE_VALUES.map(() => Array.from({ length: CARDS }, () => new ModelCard()))
        let now = START + 1
        for (const one of happenings) {
          now += one.hours * 3_600_000
          const [first = 0, faceValue = 0] = [firsts[one.batch], FACE_VALUES[one.batch]]
          const until = epochMs(START + one.until * DAY_MS)
          const alone = one.kind === 'use' ? { ...one, cards: 1 } : one
          const could = happen(first, faceValue, alone, epochMs(now), until)
          const expected = modelDoes(model[one.batch] ?? [], alone, now, until)
          if (could !== expected)
            throw new Error(`${one.kind}: ${could}, the model says ${expected}`)
          if (could) done++
          else refused++
        }
        for (const day of days) {
          const moment = epochMs(START + (day + 1) * DAY_MS)
          const { lines, chargedYen } = reader.at(moment)
          const expected = model.map(cards => reckoned(cards, moment))
          FACE_VALUES.forEach((faceValue, place) => {
            const found = lines.find(line => line.faceValue === faceValue)?.cards
            const right = JSON.stringify(found) === JSON.stringify(expected[place])
            if (!right) throw new Error(`day ${day}: ${JSON.stringify([found, expected[place]])}`)
            if (!found) return
            const left = found.activated - found.charged - found.refunded - found.voided
            if (left !== found.expired + found.outstanding)
              throw new Error(`day ${day}: no balance`)
            if (found.charged > found.activated || found.activated > found.delivered)
              throw new Error('used ≤ activated ≤ delivered does not hold')
          })
          const charged = expected.reduce(
            (sum, { charged }, n) => sum + charged * (FACE_VALUES[n] ?? 0),
            0,
          )
          if ((chargedYen.mobilers ?? 0) !== charged) throw new Error(`charged yen of day ${day}`)
        }
      } finally {
        store.exec('ROLLBACK')
      }
    }),
    { numRuns: 300, seed: 20_001_201 },
  )
  t.ok(done > 1_000 && refused > 500, `${done} acts were done, ${refused} refused`)
})

import fc from 'fast-check'
import type { Test } from 'tap'
import { lastDayOfMonth } from '../../billing/rules/validity.js'
import { addMonths, type JstDay, type JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { charge, contractId, given, jst, number, openBillingDesk } from './billing-desk.js'

const MONTHS = 36
const FIRST = '2000-12' as JstMonth

/** Contracts 0 and 1 stand alone, 2 and 3 are a two-number plan. */
const CONTRACTS = 4

const monthOf = (index: number): string => addMonths(FIRST, index)

/** A charge of a life: of which contract, when, and how many months its record is late. */
const aCharge = fc.record({
  of: fc.nat(CONTRACTS - 1),
  month: fc.nat(MONTHS - 1),
  day: fc.integer({ min: 1, max: 28 }),
  amount: fc.constantFrom(1_000, 3_000, 5_000),
  late: fc.constantFrom(0, 0, 0, 1, 2, 4),
})

const aLife = fc.record({
  charges: fc.array(aCharge, { minLength: 5, maxLength: 40 }),
  totals: fc.array(fc.constantFrom(0, 0, 700, 2_500, 6_000), {
    minLength: MONTHS * CONTRACTS,
    maxLength: MONTHS * CONTRACTS,
  }),
  numberChangesIn: fc.integer({ min: 1, max: MONTHS - 1 }),
  endsIn: fc.integer({ min: 2, max: MONTHS - 1 }),
  settled: fc.boolean(),
})
type Life = typeof aLife extends fc.Arbitrary<infer T> ? T : never
type LivedCharge = Life['charges'][number]

/** Contract 1 ends on the 20th at noon; what was charged to it after is nobody’s. */
const isMade = ({ of, month, day }: LivedCharge, { endsIn }: Life): boolean =>
  of !== 1 || month < endsIn || (month === endsIn && day < 20)

/** What a month came to, as the model and the store tell it. */
interface Outcome {
  applied: number
  expired: number
  forfeited: number
  carried: number
  paidForPartner: number
}

/**
 * The model: money in a purse a contract, with the month through which it is good. Written from the rules of the
 * article alone; nothing of it is the product's.
 */
function modelOf(life: Life): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>()
  const purses = Array.from({ length: CONTRACTS }, () => ({
    money: 0,
    goodThrough: -1,
    lost: [] as { month: number; amount: number }[],
  }))
  const due = new Map<string, number>()
  for (let month = 0; month < MONTHS; month++) {
    const arriving = life.charges.filter(one => isMade(one, life) && one.month + one.late === month)
    const settledBefore = (of: number) => of === 1 && life.settled && month > life.endsIn
    for (const one of arriving) {
      const purse = given(purses[one.of])
      if (settledBefore(one.of)) {
        const last = given(outcomes.get(`1 ${life.endsIn}`))
        const pays = Math.min(given(due.get('1')), one.amount)
        due.set('1', given(due.get('1')) - pays)
        last.applied += pays
        last.forfeited += one.amount - pays
        continue
      }
      // Good for 24 months from the next, or from its own if it was charged on the 1st.
      const end = one.month + (one.day === 1 ? 23 : 24)
      const taken = purse.lost.filter(
        lost => one.late > 0 && one.month <= lost.month && lost.month + 1 <= end,
      )
      for (const { amount } of taken) purse.money += amount
      for (const { month: of, amount } of taken)
        given(outcomes.get(`${one.of} ${of}`)).expired -= amount
      purse.lost = purse.lost.filter(lost => !taken.includes(lost))
      purse.money += one.amount
      purse.goodThrough = Math.max(purse.goodThrough, end)
    }
    const bills = purses.map((_, of) =>
      of === 1 && month > life.endsIn ? 0 : given(life.totals[month * CONTRACTS + of]),
    )
    const left = purses.map((purse, of) => {
      const outcome = { applied: 0, expired: 0, forfeited: 0, carried: 0, paidForPartner: 0 }
      outcomes.set(`${of} ${month}`, outcome)
      if (purse.goodThrough < month + 1) {
        outcome.expired = purse.money
        if (purse.money > 0) purse.lost.push({ month, amount: purse.money })
        purse.money = 0
      }
      outcome.applied = Math.min(purse.money, given(bills[of]))
      purse.money -= outcome.applied
      return given(bills[of]) - outcome.applied
    })
    for (const [of, other] of [
      [2, 3],
      [3, 2],
    ] as const) {
      const pays = Math.min(given(purses[of]).money, given(left[other]))
      given(purses[of]).money -= pays
      given(outcomes.get(`${of} ${month}`)).paidForPartner = pays
    }
    for (const [of, purse] of purses.entries()) {
      const outcome = given(outcomes.get(`${of} ${month}`))
      if (of === 1 && month >= life.endsIn) {
        outcome.forfeited = purse.money
        purse.money = 0
        if (month === life.endsIn) due.set('1', given(left[of]))
      }
      outcome.carried = purse.money
    }
  }
  return outcomes
}

/** The same life through the store: files, imports, closes, a settlement. */
async function livedBy(desk: ReturnType<typeof openBillingDesk>, life: Life) {
  const { store, clock, files } = desk
  for (let of = 0; of < CONTRACTS; of++) {
    const contractClass = of < 2 ? 'mobile' : 'dotchimo'
    await desk.contract(of, contractClass)
  }
  await store.takePairs([{ contract: contractId('K3'), partner: contractId('K2'), from: FIRST }])
  const changesAt = jst(`${monthOf(life.numberChangesIn)}-15T12:00`)
  const charges = life.charges
    .filter(one => isMade(one, life))
    .map(one => ({
      ...one,
      at: jst(`${monthOf(one.month)}-${`${one.day}`.padStart(2, '0')}T12:00`),
    }))
  files.hour(`${FIRST}-01`)
  for (let month = 0; month < MONTHS; month++) {
    const name = monthOf(month) as JstMonth
    const works: Promise<unknown>[] = []
    if (month === life.numberChangesIn)
      works.push(store.changeNumber(contractId('K0'), number(90), changesAt))
    if (month === life.endsIn) works.push(store.cancel(contractId('K1'), jst(`${name}-20T12:00`)))
    await Promise.all(works)
    for (const { of, at, amount } of charges.filter(one => one.month + one.late === month)) {
      files.hour(at, [charge(of === 0 && at >= changesAt ? 90 : of, at, amount)])
    }
    await desk.reflect()
    clock.set(jst(`${addMonths(name, 1)}-08`))
    const totals = Array.from({ length: CONTRACTS }, (_, of) => ({
      of: { contract: contractId(`K${of}`) },
      total: yen(given(life.totals[month * CONTRACTS + of])),
    }))
    const asked = totals.filter((_, of) => of !== 1 || month <= life.endsIn)
    const confirmed = store.confirmDays(lastDayOfMonth(name) as JstDay, 'a test of months')
    const settled = month === life.endsIn && life.settled
    await Promise.all([
      store.takeInvoices(name, asked, `${month}`),
      confirmed,
      ...(settled ? [store.settle(contractId('K1'))] : []),
      store.beginClose(name),
      store.advanceClose(name, 3),
      store.advanceClose(name, 3),
    ])
  }
}

/**
 * Lives so many customers through 36 random months, with number changes, the end of a contract, a two-number plan
 * and late records, and compares every month with the model; throws at the first that differs. How many it lived.
 */
export async function compareLives(t: Test, count: number, seed: number): Promise<number> {
  let lives = 0
  await fc.assert(
    fc.asyncProperty(aLife, async life => {
      lives++
      const desk = openBillingDesk(t)
      await livedBy(desk, life)
      const model = modelOf(life)
      let [applied, expired, forfeited, carried] = [0, 0, 0, 0]
      for (let of = 0; of < CONTRACTS; of++) {
        const view = given(await desk.store.viewContract(contractId(`K${of}`), desk.clock.now()))
        const sum = (kind: string, month?: string) =>
          view.entries
            .filter(one => one.kind === kind && (month === undefined || one.month === month))
            .reduce((all, one) => all + one.amount, 0)
        for (let month = 0; month < MONTHS; month++) {
          const name = monthOf(month)
          const said = given(model.get(`${of} ${month}`))
          const found = {
            applied: -sum('application', name) - said.paidForPartner,
            expired: -sum('expiry', name) - sum('reinstatement', name),
            forfeited: -sum('cancellation', name),
          }
          const { applied, expired, forfeited } = said
          if (JSON.stringify(found) !== JSON.stringify({ applied, expired, forfeited })) {
            throw new Error(
              `K${of} in ${name}: ${JSON.stringify(found)}, the model ${JSON.stringify(said)}`,
            )
          }
          const fixed = view.applications.find(one => one.month === name)
          if (fixed && (fixed.carriedOut < 0 || fixed.carriedIn < 0 || fixed.registered < 0))
            throw new Error(`below 0: ${JSON.stringify(fixed)}`)
        }
        const last = given(model.get(`${of} ${MONTHS - 1}`))
        if (view.balance !== last.carried)
          throw new Error(`K${of}: ${view.balance} left, the model ${last.carried}`)
        applied += -sum('application')
        expired += -sum('expiry') - sum('reinstatement')
        forfeited += -sum('cancellation')
        carried += view.balance
      }
      const charged = life.charges
        .filter(one => isMade(one, life) && one.month + one.late < MONTHS)
        .reduce((all, { amount }) => all + amount, 0)
      if (applied + expired + forfeited + carried !== charged)
        throw new Error(`${charged} yen charged, ${applied + expired + forfeited + carried} found`)
    }),
    { numRuns: count, seed, endOnFailure: true },
  )
  return lives
}

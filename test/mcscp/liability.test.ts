import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { billingStore } from '../../billing/config.js'
import { openBillingStore } from '../../billing/store/open.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { accountText } from '../../mcscp/liability/account-text.js'
import { cardAccount } from '../../mcscp/liability/liability.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { scpStore } from '../../scp/config.js'
import { cardActs } from '../../scp/store/keys.js'
import { freshHome } from '../support/fresh-home.js'
import { DAY, forge, handsetOf, networkDay } from '../support/network-day.js'
import { jst } from '../support/scp-desk.js'

const DECEMBER = '2000-12' as JstMonth
const CLOSED_ON = '2001-01-08' as JstDay

/** Billing closes the month: 2,500 yen of one number's invoice are paid by its 4,000. */
async function closeDecember(home: Home): Promise<void> {
  const billing = openBillingStore({
    path: billingStore(home),
    clock: new SetClock(jst('2001-01-08T04:00:00')),
    onBroken: fault => {
      throw fault
    },
  })
  await billing.confirmDays('2000-12-31' as JstDay, 'no more charges come')
  const invoice = { of: { msisdn: handsetOf(1) }, total: yen(2_500) }
  await billing.takeInvoices(DECEMBER, [invoice], 'december')
  await billing.beginClose(DECEMBER)
  await billing.advanceClose(DECEMBER, 100)
  billing.close()
}

t.test('every yen of cards is somewhere, on the day, the day after and once applied', async t => {
  const home = await networkDay(t)
  await closeDecember(home)
  const none = { held: 0, credited: 0, applied: 0, expired: 0, forfeited: 0, balance: 0 }
  // biome-ignore format: table
  const days: [day: string, onTheWay: number, billing: Partial<typeof none>, because: string][] = [
    ['2000-11-30', 0,     {},                                                                     'before the first charge'],
    [DAY,          8_000, {},                                                                     'billing has received nothing yet'],
    ['2000-12-02', 0,     { held: 3_000, credited: 5_000, balance: 5_000 },                       'one number has no contract'],
    [CLOSED_ON,    0,     { held: 3_000, credited: 5_000, applied: 2_500, balance: 2_500 },       'the month is closed'],
  ]
  for (const [day, onTheWay, billing, because] of days) {
    const account = cardAccount(home, day as JstDay)
    t.equal(account.difference, undefined, because)
    t.equal(account.onTheWay, onTheWay, because)
    t.strictSame(account.billing, { ...none, ...billing }, because)
    const charged = day === '2000-11-30' ? 0 : 8_500
    t.match(account.cards, { charged: { cards: charged && 5, sum: charged } }, because)
    t.equal(account.cards.activated.sum, charged, 'each was made for its call, and used')
    t.equal(account.pricall, charged && 500, because)
  }
  const text = accountText(cardAccount(home, CLOSED_ON))
  t.match(text, /適用 applied to invoices +2,500\n/)
  t.match(text, /1円まで一致しました · it balances, to the yen$/)
})

t.test('what does not balance is told, the first of it', async t => {
  // biome-ignore format: table
  const plants: [what: string, plant: (home: Home) => void, told: RegExp][] = [
    ['a card that was used without a charge record',
      home => forge(scpStore(home), 'DROP TRIGGER charge_record_stays', 'DELETE FROM charge_record WHERE sequence = 1'),
      /Billing has a charge of DEM000000001 \(3000 yen\) that scp never logged/],
    ['a charge of another amount',
      home => forge(billingStore(home), 'DROP TRIGGER charge_stays_as_sent', 'UPDATE charge SET face_value = 5000 WHERE charge_no = 1'),
      /scp logged as DEM000000001 \(3000 yen\) billing has as DEM000000001 \(5000 yen\)/],
    ['a credit that vanished',
      home => forge(billingStore(home), 'DROP TRIGGER ledger_entry_stays_as_booked', "UPDATE ledger_entry SET amount = 1 WHERE kind = 'charge' AND charge_no = 2"),
      /The Mobilers charges are 8000 yen, and what became of them adds up to 7001/],
    ['an invoice that was paid with more than was fixed',
      home => forge(billingStore(home), 'DROP TRIGGER ledger_entry_stays_as_booked', "UPDATE ledger_entry SET amount = -2600 WHERE kind = 'application'"),
      /2500 yen were applied in 2000-12, and the ledger has 2600/],
    ['money that expired without a month’s close',
      home => forge(billingStore(home), "INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at, booked_at) SELECT contract_no, 'expiry', -1, month, occurred_at, booked_at FROM ledger_entry WHERE kind = 'application'"),
      /0 yen expired in 2000-12, and the ledger has 1/],
    ['cards that were activated and never delivered',
      home => forge(scpStore(home), 'DROP TRIGGER card_event_stays_as_written', `UPDATE card_event SET act = ${cardActs.code('activate')} WHERE act = ${cardActs.code('demonstrate')}`),
      /Of the \d+ yen cards \(\w+\) \d were activated, and only 0 delivered/],
    ['a contract that used more than it had',
      home => forge(billingStore(home), 'DROP TRIGGER ledger_entry_stays_as_booked', "UPDATE ledger_entry SET amount = -9000 WHERE kind = 'application'"),
      /The balance of contract C1 is -5000 yen/],
  ]
  const whole = await networkDay(t)
  await closeDecember(whole)
  for (const [what, plant, told] of plants) {
    const home = freshHome(t)
    for (const name of readdirSync(whole.stores)) {
      writeFileSync(join(home.stores, name), readFileSync(join(whole.stores, name)))
    }
    plant(home)
    const account = cardAccount(home, CLOSED_ON)
    t.match(account.difference?.en, told, what)
    t.match(accountText(account), /不一致: .+\nIT DOES NOT BALANCE: /, what)
  }
})

t.test(
  'before billing ever ran, all is on the way; before scp ever ran, there is nothing',
  async t => {
    const home = await networkDay(t)
    rmSync(billingStore(home))
    const account = cardAccount(home, CLOSED_ON)
    t.match(account, { onTheWay: 8_000, difference: undefined })
    t.throws(() => cardAccount(freshHome(t), DAY), { code: 'COMMAND_REFUSED' })
  },
)

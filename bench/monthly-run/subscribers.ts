import { MIGRATIONS } from '../../billing/store/migrations.js'
import type { JstMonth } from '../../domain/jst.js'
import { startOfJstMonth } from '../../domain/jst.js'
import { openStore } from '../../platform/store.js'

/** The month of use that is run, and the one before, which is closed. */
export const RUN = '2001-01' as JstMonth
const BEFORE = '2000-12' as JstMonth

/** Contracts began so long before that Figure 1’s continuation discount is theirs. */
const BEGAN = Date.parse('1996-06-15T00:00:00+09:00')

/** Who used, charged and ended what, by the subscriber’s place n: the same for product and peer. */
export const RULE = {
  call: '(n * 37) % 12000',
  packet: '(n * 53) % 3000',
  chargedBefore: 'n % 2 = 0',
  chargedBeforeYen: '3000',
  charged: 'n % 3 = 0',
  chargedYen: '5000',
  ended: 'n % 50 = 0',
} as const

/** When charges of a month are made: on the 10th at noon. */
const at = (month: JstMonth) => startOfJstMonth(month) + 9.5 * 24 * 3_600_000

/** Makes a store of so many subscribers, each with a plan, usage of two items, and charges by the rule. */
export function fillStore(path: string, count: number): void {
  const store = openStore(path, MIGRATIONS)
  const numbers = `WITH RECURSIVE numbers (n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})`
  const end = startOfJstMonth(RUN) + 19.5 * 24 * 3_600_000
  const charges = (month: JstMonth, where: string, amount: string) => `
    INSERT INTO charge (charge_key, msisdn, serial, charge_kind, face_value, charged_at, company, node,
        file_number, place, sequence)
      ${numbers} SELECT randomblob(17), printf('090%08d', n), printf('BEN%09d', n), 'mobilers',
        ${amount}, ${at(month)}, 3, 'scp1', 1, n, 1 FROM numbers WHERE ${where};
    INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at, booked_at, charge_no)
      SELECT place, 'charge', face_value, '${month}', charged_at, charged_at, charge_no FROM charge
      WHERE charged_at = ${at(month)} ORDER BY charge_no;`
  store.exec(`BEGIN;
    INSERT INTO received_file VALUES (1, 'bench', zeroblob(32), '${BEFORE}-01', 0, 0, 0, 0);
    INSERT INTO day (day, confirmed_at, reason) WITH RECURSIVE days (d) AS
      (SELECT '${BEFORE}-01' UNION ALL SELECT date(d, '+1 day') FROM days WHERE d < '${RUN}-31')
      SELECT d, 0, 'bench' FROM days;
    INSERT INTO customer (customer, kind, name, payer, payment_kind)
      ${numbers} SELECT 'C' || n, 'person', 'Customer ' || n, printf('P%011d', n), 1 FROM numbers;
    INSERT INTO contract (contract_no, contract, contract_class, plan, cancelled_at, customer_no)
      ${numbers} SELECT n, 'K' || n, 'mobile', 'digital-800-a',
        CASE WHEN ${RULE.ended} THEN ${end} END, n FROM numbers;
    INSERT INTO number_period (msisdn, from_at, until_at, contract_no)
      ${numbers} SELECT printf('090%08d', n), ${BEGAN}, CASE WHEN ${RULE.ended} THEN ${end} END, n
      FROM numbers;
    INSERT INTO usage_line (month, contract_no, item, unit_price, quantity)
      ${numbers} SELECT '${RUN}', n, 'call', 10 + ${RULE.call}, 1 FROM numbers;
    INSERT INTO usage_line (month, contract_no, item, unit_price, quantity)
      ${numbers} SELECT '${RUN}', n, 'packet', 10 + ${RULE.packet}, 1 FROM numbers;
    ${charges(BEFORE, RULE.chargedBefore, RULE.chargedBeforeYen)}
    INSERT INTO month_close (month, through_entry, done_contract, began_at, finished_at)
      SELECT '${BEFORE}', max(entry_no), ${count}, 0, 0 FROM ledger_entry;
    ${charges(RUN, RULE.charged, RULE.chargedYen)}
    COMMIT; ANALYZE;`)
  store.pragma('wal_checkpoint(TRUNCATE)')
  store.close()
}

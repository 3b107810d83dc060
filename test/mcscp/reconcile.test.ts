import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { billingStore } from '../../billing/config.js'
import { Charges } from '../../billing/store/charges.js'
import { crsStore } from '../../crs/config.js'
import { hourlySums } from '../../crs/store/day-sums.js'
import { decodeHourlyFile, encodeHourlyFile } from '../../domain/hourly-file.js'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { type Reconciliation, reconcile } from '../../mcscp/reconcile/reconcile.js'
import { reportText } from '../../mcscp/reconcile/report-text.js'
import { proofOf } from '../../noc/proof/proof.js'
import type { Home } from '../../platform/home.js'
import { sha256 } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { DaySumsReader } from '../../scp/store/day-sums.js'
import { unitsStore } from '../../switch-sim/mls/config.js'
import { freshHome } from '../support/fresh-home.js'
import { DAY, forge, networkDay } from '../support/network-day.js'
import { jst } from '../support/scp-desk.js'

const BOOKS = { node: 'scp1', unit: yen(10) }

const named = (found: Reconciliation, name: string) =>
  found.stages.find(stage => stage.name === name)

t.test('a day on which nothing was lost agrees, to the yen and count', async t => {
  const home = await networkDay(t)
  const found = reconcile(home, { ...BOOKS, day: DAY })
  t.equal(found.difference, undefined)
  for (const { name, mobilers } of found.stages) {
    if (mobilers) t.strictSame(mobilers, { count: 4, sum: 8_000 }, name)
  }
  t.strictSame(
    found.stages.map(({ pricall }) => pricall?.sum),
    [500, 500, 500, undefined, undefined, 500, 500],
    'S-05: Pricall ends at CRS, and becomes units',
  )
  t.equal(named(found, 'quarter_hour_files')?.files, 97, '96 and the close')
  t.equal(named(found, 'hourly_files')?.files, 25, '24 and the close')
  const all = reconcile(home, BOOKS)
  t.match(all, { first: '2000-11-30', last: DAY, difference: undefined })
  t.equal(named(all, 'quarter_hour_files')?.files, 97 + 3)
  t.match(reportText(found, 'ja'), /すべて1円、1件まで一致しました。$/)
  t.match(reportText(found, 'en'), /All agree, to the yen and count\.$/)
  t.throws(() => reconcile(home, { ...BOOKS, day: '2000-12-02' as JstDay }), {
    code: 'COMMAND_REFUSED',
  })
  t.throws(() => reconcile(freshHome(t), { ...BOOKS, day: DAY }), {
    code: 'COMMAND_REFUSED',
    message: /scp has never run/,
  })
})

/** The sums of a day as scp, CRS and billing tell them noc, held against each other. */
function proofIn(home: Home, day: JstDay) {
  const stores = [scpStore(home), crsStore(home), billingStore(home)].map(openStoreToRead)
  const [scp, crs, billing] = stores
  if (!scp || !crs || !billing) throw new Error('three stores')
  const held = new Charges(billing).totalsOf(day)
  const proof = proofOf(day, {
    scp: new DaySumsReader(scp).read(day, yen(10)),
    hourly: hourlySums(crs, day).hourly,
    ledger: { count: held.credited + held.held, yen: held.creditedYen + held.heldYen },
  })
  for (const store of stores) store.close()
  return proof
}

t.test(
  'noc’s proof line says the same of the day, and of each that something was lost of',
  async t => {
    const home = await networkDay(t)
    const [mobilers, pricall] = proofIn(home, DAY).lines
    t.equal(mobilers?.state, 'same')
    for (const { stage, sum } of mobilers?.stages ?? []) {
      t.strictSame(sum, { count: 4, yen: 8_000 }, stage)
    }
    t.equal(pricall?.state, 'same')
    for (const { stage, sum } of pricall?.stages ?? []) {
      t.strictSame(sum, { count: 1, yen: 500 }, stage)
    }
    const before = proofIn(home, '2000-11-30' as JstDay)
    t.strictSame(before.lines[0]?.stages[0]?.sum, { count: 0, yen: 0 }, 'the day before had none')
    t.equal(before.lines[0]?.state, 'same')
    const after = proofIn(home, '2000-12-02' as JstDay)
    t.strictSame(after.lines[1]?.stages[3]?.sum, { count: 0, yen: 0 }, 'nor has the day after')
    // The last charge of the day falls out of its file.
    forge(
      scpStore(home),
      'DROP TRIGGER quarter_hour_file_stays_as_closed',
      `UPDATE quarter_hour_file SET record_count = record_count - 1, sum_yen = sum_yen - 3000
     WHERE record_count > 0 AND number = (SELECT max(number) FROM quarter_hour_file WHERE record_count > 0)`,
    )
    t.equal(proofIn(home, DAY).lines[0]?.state, 'differs', 'an hour holds more than its files')
    forge(
      scpStore(home),
      'DROP TRIGGER card_use_is_final',
      'UPDATE card SET state = 4, used_by = NULL, used_at = NULL WHERE used_by IS NOT NULL',
    )
    t.equal(proofIn(home, DAY).lines[1]?.state, 'differs', 'records without used cards')
  },
)

const fileIn = (folder: string, pattern: RegExp): string => {
  const name = readdirSync(folder).find(one => pattern.test(one))
  if (name === undefined) throw new Error(`no file ${pattern}`)
  return join(folder, name)
}

function rewrite(path: string, change: (text: string) => string): void {
  chmodSync(path, 0o640)
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1')
}

/** An hourly file that is well formed, and has nothing in it. */
function withoutRecords(home: Home, pattern: RegExp): void {
  rewrite(fileIn(home.hourlyFiles, pattern), text => {
    const read = decodeHourlyFile(text, sha256())
    if (read.outcome === 'malformed') throw new Error(read.why)
    return [...encodeHourlyFile(read.header, [], sha256())].join('')
  })
}

t.test('one difference at any stage is found, and named', async t => {
  // biome-ignore format: table
  const plants: [what: string, plant: (home: Home) => void, told: RegExp][] = [
    ['a card that was used without a charge record',
      home => forge(scpStore(home), 'DROP TRIGGER charge_record_stays', 'DELETE FROM charge_record WHERE sequence = 2'),
      /DEM000000002 \(1,000 yen, 2000-12-01T09:07.*is not in the charge records.*card DEM000000002/],
    ['a charge record of a card that was not used',
      home => forge(scpStore(home), 'DROP TRIGGER card_use_is_final', 'UPDATE card SET state = 4, used_by = NULL, used_at = NULL WHERE used_at = (SELECT max(used_at) FROM card)'),
      /is in the charge records, and not in the cards used: charge record 5/],
    ['a charge record of another number',
      home => forge(scpStore(home), 'DROP TRIGGER charge_record_stays_as_written', 'UPDATE charge_record SET msisdn = msisdn + 5 WHERE sequence = 1'),
      /DEM000000001 differs in its subscriber number: 09010000001 .*09010000006/],
    ['a quarter-hour file that is gone',
      home => rmSync(fileIn(home.quarterHourFiles, /200012010900/)),
      /The file scp1-\d{10}-200012010900\.txt is not there/],
    ['a quarter-hour file in which a digit was changed',
      home => rewrite(fileIn(home.quarterHourFiles, /200012010900/), text => text.replace('0001000', '0009000')),
      /scp1-\d{10}-200012010900\.txt is malformed in line 4/],
    ['a day close that is gone',
      home => rmSync(fileIn(home.quarterHourFiles, /20001201-close/)),
      /scp1-20001201-close\.txt is not there/],
    ['an hourly file that is gone',
      home => rmSync(fileIn(home.hourlyFiles, /-2000120115\.txt/)),
      /The hourly file of 2000-12-01 15:00 is not there/],
    ['an hourly file that lost a record',
      home => withoutRecords(home, /-2000120115\.txt/),
      /DEM000000004 .*is not in the hourly files.*scp1-\d{10}-200012011500\.txt, line 2/],
    ['a charge that the ledger lost',
      home => forge(billingStore(home), 'DROP TRIGGER ledger_entry_stays', 'DELETE FROM ledger_entry WHERE charge_no = 1'),
      /DEM000000001 .*is not in the ledger and error bin.*-2000120100\.txt, scp1/],
    ['a charge that the error bin lost',
      home => forge(billingStore(home), 'DROP TRIGGER held_charge_stays', 'DELETE FROM held_charge'),
      /DEM000000005 .*is not in the ledger and error bin/],
    ['a charge that is credited and held',
      home => forge(billingStore(home), 'DROP TRIGGER held_charge_stays', 'INSERT INTO held_charge (charge_no, reason, first_seen_at) VALUES (1, \'x\', 0)'),
      /DEM000000001 is in the ledger and in the error bin/],
    ['an amount that the ledger has otherwise',
      home => forge(billingStore(home), 'DROP TRIGGER ledger_entry_stays_as_booked', 'UPDATE ledger_entry SET amount = 5000 WHERE charge_no = 1'),
      /DEM000000001 is worth 3000 yen, and the ledger credits 5000/],
    ['units that the outbox forgot',
      home => forge(scpStore(home), 'DROP TRIGGER unit_outbox_stays', 'DELETE FROM unit_outbox'),
      /DEM000000003 \(500 yen, 2000-12-01T09:07.*is not in the outbox of units.*charge record 3/],
    ['an outbox with fewer units than the card bought',
      home => forge(scpStore(home), 'DROP TRIGGER unit_outbox_stays_as_written', 'UPDATE unit_outbox SET units = 49'),
      /DEM000000003 differs in its face value: 500 \(charge record 3\) and 490 \(unit outbox 3, acknowledged \(49 units\)\)/],
    ['units that the MSCP lost',
      home => forge(unitsStore(home), 'DROP TRIGGER unit_addition_stays', 'DELETE FROM unit_addition', 'DELETE FROM unit_account'),
      /DEM000000003 .*is not in the units added.*unit outbox 3, acknowledged/],
    ['units of another subscriber',
      home => forge(unitsStore(home), 'DROP TRIGGER unit_addition_stays_as_written', ...['unit_addition', 'unit_account'].map(table => `UPDATE ${table} SET msisdn = '09010000005'`)),
      /DEM000000003 differs in its subscriber number: 09010000003 .* and 09010000005 \(unit addition 1/],
    ['units under a charge id that scp never gave',
      home => forge(unitsStore(home), 'DROP TRIGGER unit_addition_stays_as_written', `UPDATE unit_addition SET charge_id = '${'0'.repeat(32)}-1', added_at = ${jst('2000-12-01T10:00:00')}`),
      /Unit addition 1 \(09010000003, 50 units\) has the charge id 0{32}-1, which no Pricall charge record has/],
    ['an account that its additions do not explain',
      home => forge(unitsStore(home), 'UPDATE unit_account SET added = added + 1'),
      /The account of 09010000003 says that 51 units were added, its additions 50/],
    ['a switch that never ran',
      home => rmSync(unitsStore(home)),
      /The MSCP has no units: the switch has never run here/],
    ['billing that never ran',
      home => rmSync(billingStore(home)),
      /Billing has never run here/],
  ]
  const whole = await networkDay(t)
  for (const [what, plant, told] of plants) {
    const home = freshHome(t)
    for (const folder of ['stores', 'quarterHourFiles', 'hourlyFiles'] as const) {
      for (const name of readdirSync(whole[folder])) {
        writeFileSync(join(home[folder], name), readFileSync(join(whole[folder], name)))
      }
    }
    plant(home)
    const found = reconcile(home, { ...BOOKS, day: DAY })
    const { en = '', ja = '' } = found.difference ?? {}
    t.match(en, told, what)
    const named = en.match(/DEM\d{9}|[0-9a-f]{32}-\d|scp1-\d{10}/g) ?? []
    t.ok(
      named.every(name => ja.includes(name)),
      `${what}: the same is named in Japanese: ${ja}`,
    )
    t.match(reportText(found, 'ja'), /最初の相違 \(2000-12-01\): /, what)
  }
})

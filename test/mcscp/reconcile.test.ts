import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { billingStore } from '../../billing/config.js'
import { openBillingStore } from '../../billing/store/open.js'
import { epochMs } from '../../domain/clock.js'
import type { HourlyRecord } from '../../domain/hourly-file.js'
import { HOUR_MS, type JstDay, startOfHour } from '../../domain/jst.js'
import { decodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { type Reconciliation, reconcile } from '../../mcscp/reconcile/reconcile.js'
import { reportText } from '../../mcscp/reconcile/report-text.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { sha256 } from '../../platform/sha256.js'
import { openStoreToCheckpoint, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFile } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFile } from '../../scp/quarter-hour/file.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { CrsFiles, contractId, received } from '../support/billing-desk.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk, phone } from '../support/scp-desk.js'

const DAY = '2000-12-01' as JstDay

/** The node begins on the evening before, so that the day has all its 96 quarter-hours. */
const BEGIN = jst('2000-11-30T23:30:00')

/** Hour of the day, handset, face value and kind of each charge. */
const CHARGES = [
  [0, 1, 3_000, 'mobilers'],
  [9, 2, 1_000, 'mobilers'],
  [9, 3, 500, 'pricall'],
  [15, 1, 1_000, 'mobilers'],
  // Billing knows no contract of this handset.
  [23, 4, 3_000, 'mobilers'],
] as const

/** scp's day, by its own store and files; what its quarter-hour files hold of Mobilers, as CRS converts it. */
async function chargeADay(t: Test, home: Home): Promise<HourlyRecord[]> {
  const clock = new SetClock(BEGIN)
  const desk = await openDesk(t, { folder: home.keys, clock })
  for (const [hour, handset, faceValue, kind] of CHARGES) {
    clock.set(epochMs(jst('2000-12-01T00:07:00') + hour * HOUR_MS))
    await desk.key(await desk.call(phone(handset), kind), (await desk.card(faceValue)).pin)
  }
  clock.set(jst('2000-12-02T00:00:00'))
  const reader = openStoreToRead(desk.file)
  const place = { folder: home.quarterHourFiles, node: 'scp1' }
  const log = new ChargeLog(reader)
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock,
    log: pino({ level: 'silent' }),
    write: async closed => writeQuarterHourFile(log, place, closed),
    writeDayClose: async closed => writeDayCloseFile(log, place, closed),
    later: () => () => {},
  })
  await closer.run()
  await closer.close()
  reader.close()
  await desk.close()
  writeFileSync(scpStore(home), readFileSync(desk.file))
  return recordsOf(home)
}

/** What CRS makes of a node's files. */
function recordsOf(home: Home): HourlyRecord[] {
  return readdirSync(home.quarterHourFiles)
    .filter(name => !name.endsWith('close.txt'))
    .sort()
    .flatMap(name => {
      const text = readFileSync(join(home.quarterHourFiles, name), 'latin1')
      const read = decodeQuarterHourFile(text, sha256())
      if (read.outcome === 'malformed') throw new Error(`${name}: ${read.why}`)
      return read.records.map(
        (record, index): HourlyRecord => ({
          ...record,
          company: 3,
          kindCode: '01',
          faceValueCode: '03',
          nodeCode: '001',
          node: 'scp1',
          fileNumber: read.header.number,
          place: index + 1,
        }),
      )
    })
    .filter(({ kind }) => kind === 'mobilers')
}

/** CRS's files of both days, and billing that reflects them. */
async function bookADay(home: Home, records: readonly HourlyRecord[]): Promise<void> {
  const files = new CrsFiles()
  const hour = (at: number) =>
    files.hour(
      epochMs(at),
      records.filter(({ chargedAt }) => startOfHour(chargedAt) === at),
    )
  hour(startOfHour(BEGIN))
  files.close('2000-11-30')
  for (let n = 0; n < 24; n++) hour(jst('2000-12-01T00:00:00') + n * HOUR_MS)
  files.close(DAY, records)
  const billing = openBillingStore({
    path: billingStore(home),
    clock: new SetClock(jst('2000-12-02T01:00:00')),
    onBroken: fault => {
      throw fault
    },
  })
  await billing.takeContracts(
    [1, 2, 3].map(n => ({
      contract: contractId(`C${n}`),
      msisdn: phone(n),
      contractClass: 'mobile' as const,
      plan: 'A',
      validFrom: jst('2000-01-01T00:00:00'),
    })),
  )
  for (const file of files.all) {
    writeFileSync(join(home.hourlyFiles, file.name), file.text)
    await billing.reflect(received(file))
  }
  billing.close()
}

/** A whole network day in a home of its own. */
async function networkDay(t: Test): Promise<Home> {
  const home = freshHome(t)
  await bookADay(home, await chargeADay(t, home))
  return home
}

const named = (found: Reconciliation, name: string) =>
  found.stages.find(stage => stage.name === name)

t.test('a day on which nothing was lost agrees, to the yen and count', async t => {
  const home = await networkDay(t)
  const found = reconcile(home, 'scp1', DAY)
  t.equal(found.difference, undefined)
  for (const { name, mobilers } of found.stages) {
    t.strictSame(mobilers, { count: 4, sum: 8_000 }, name)
  }
  t.strictSame(
    found.stages.map(({ pricall }) => pricall?.sum),
    [500, 500, 500, undefined, undefined],
    'Pricall ends at CRS',
  )
  t.equal(named(found, 'quarter_hour_files')?.files, 97, '96 and the close')
  t.equal(named(found, 'hourly_files')?.files, 25, '24 and the close')
  const all = reconcile(home, 'scp1', undefined)
  t.match(all, { first: '2000-11-30', last: DAY, difference: undefined })
  t.equal(named(all, 'quarter_hour_files')?.files, 97 + 3)
  t.match(reportText(found, 'ja'), /すべて1円、1件まで一致しました。$/)
  t.match(reportText(found, 'en'), /All agree, to the yen and count\.$/)
  t.throws(() => reconcile(home, 'scp1', '2000-12-02' as JstDay), { code: 'COMMAND_REFUSED' })
  t.throws(() => reconcile(freshHome(t), 'scp1', DAY), {
    code: 'COMMAND_REFUSED',
    message: /scp has never run/,
  })
})

/** Changes rows that refuse it, as a damaged or forged store would have them. */
function forge(file: string, ...statements: string[]): void {
  const store = openStoreToCheckpoint(file)
  store.pragma('query_only = 0')
  store.pragma('foreign_keys = 0')
  for (const statement of statements) store.exec(statement)
  store.close()
}

const fileIn = (folder: string, pattern: RegExp): string => {
  const name = readdirSync(folder).find(one => pattern.test(one))
  if (name === undefined) throw new Error(`no file ${pattern}`)
  return join(folder, name)
}

function rewrite(path: string, change: (text: string) => string): void {
  chmodSync(path, 0o640)
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1')
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
      /DEM000000001 differs in its subscriber number: 09000000001 .*09000000006/],
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
    const found = reconcile(home, 'scp1', DAY)
    t.match(found.difference?.en, told, what)
    t.match(reportText(found, 'ja'), /最初の相違 \(2000-12-01\): /, what)
  }
})

t.test('hourly files that hold another record than the node sent', async t => {
  const home = freshHome(t)
  const records = await chargeADay(t, home)
  const [, , third] = records
  await bookADay(
    home,
    records.filter(record => record !== third),
  )
  t.match(
    reconcile(home, 'scp1', DAY).difference?.en,
    /DEM000000004 .*is not in the hourly files.*scp1-\d{10}-200012011500\.txt, line 2/,
  )
})

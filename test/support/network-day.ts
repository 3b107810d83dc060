import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { billingStore } from '../../billing/config.js'
import { openBillingStore } from '../../billing/store/open.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, type JstDay } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { openStore, openStoreToCheckpoint, openStoreToRead } from '../../platform/store.js'
import { transferKey } from '../../platform/transfer-signature.js'
import { scpStore } from '../../scp/config.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFiles } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { readClosedFile } from '../../scp/transfer/closed-file.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { CrsSender } from '../../scp/transfer/sender.js'
import { unitsStore } from '../../switch-sim/mls/config.js'
import { UNIT_MIGRATIONS, UnitAccounts } from '../../switch-sim/mls/mscp/unit-accounts.js'
import { contractId, received } from './billing-desk.js'
import { openCrs } from './crs-desk.js'
import { freshHome } from './fresh-home.js'
import { type Desk, jst, openDesk } from './scp-desk.js'
import { phone } from './scp-values.js'

/** The day whose charges a network day has. */
export const DAY = '2000-12-01' as JstDay

/** The node begins on the evening before, so that the day has all its 96 quarter-hours. */
const BEGIN = jst('2000-11-30T23:30:00')
export const END = jst('2000-12-02T00:00:00')

/** An hour and the close of the first day, 24 and the close of the second. */
const HOURLY_FILES = 27

/** Hour of the day, handset, face value and kind of each charge. */
const CHARGES = [
  [0, 1, 3_000, 'mobilers'],
  [9, 2, 1_000, 'mobilers'],
  [9, 3, 500, 'pricall'],
  [15, 1, 1_000, 'mobilers'],
  // Billing knows no contract of this handset.
  [23, 4, 3_000, 'mobilers'],
] as const

/** A number that CRS's tables map to a company. */
export const handsetOf = (n: number) => phone(10_000_000 + n)

/** A day of scp and CRS, by their own stores and files: scp charges and sends, CRS closes its hours. */
async function chargeADay(t: Test, home: Home): Promise<void> {
  const clock = new SetClock(BEGIN)
  const desk = await openDesk(t, { folder: home.keys, clock })
  for (const [hour, handset, faceValue, kind] of CHARGES) {
    clock.set(epochMs(jst('2000-12-01T00:07:00') + hour * HOUR_MS))
    await desk.key(await desk.call(handsetOf(handset), kind), (await desk.card(faceValue)).pin)
  }
  clock.set(END)
  const crs = await openCrs(t, { home, at: END })
  const { hostname: host, port } = new URL(crs.running.listening.intake ?? '')
  const place = { folder: home.quarterHourFiles, node: 'scp1' }
  const reader = openStoreToRead(desk.file)
  const log = new ChargeLog(reader)
  const silent = pino({ level: 'silent' })
  const sender = new CrsSender({
    store: desk.store,
    read: async all => all.map(one => readClosedFile(log, place, one)),
    client: new CrsClient({
      place: { host, port: Number(port) },
      node: 'scp1',
      key: transferKey(home, 'scp1'),
    }),
    log: silent,
  })
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock,
    log: silent,
    write: async closed => writeQuarterHourFiles(log, place, closed),
    writeDayCloses: async closed => writeDayCloseFiles(log, place, closed),
    onWritten: () => sender.written(),
    later: () => () => {},
  })
  await closer.run()
  await crs.filesAre(HOURLY_FILES)
  await handOverUnits(home, desk)
  await closer.close()
  await sender.close()
  reader.close()
  await desk.close()
  writeFileSync(scpStore(home), readFileSync(desk.file))
}

/** The MSCP adds what Pricall's cards became. */
async function handOverUnits(home: Home, { store, clock }: Desk): Promise<void> {
  const units = openStore(unitsStore(home), UNIT_MIGRATIONS)
  const accounts = new UnitAccounts(units)
  for (const bought of await store.ask('waitingUnits', { after: 0, max: 10 })) {
    accounts.add(bought, clock.now())
    await store.ask('settleUnits', bought.sequence)
  }
  units.close()
}

/** Billing reflects what CRS closed. */
async function bookADay(home: Home): Promise<void> {
  const billing = openBillingStore({
    path: billingStore(home),
    clock: new SetClock(END),
    onBroken: fault => {
      throw fault
    },
  })
  await billing.takeContracts(
    [1, 2, 3].map(n => ({
      contract: contractId(`C${n}`),
      msisdn: handsetOf(n),
      contractClass: 'mobile' as const,
      plan: 'A',
      validFrom: jst('2000-01-01T00:00:00'),
    })),
  )
  for (const [index, name] of readdirSync(home.hourlyFiles).sort().entries()) {
    const text = readFileSync(join(home.hourlyFiles, name), 'latin1')
    await billing.reflect(received({ sequence: index + 1, name, text }))
  }
  billing.close()
}

/** A whole network day in a home of its own. */
export async function networkDay(t: Test): Promise<Home> {
  const home = freshHome(t)
  await chargeADay(t, home)
  await bookADay(home)
  return home
}

/** Changes rows that refuse it, as a damaged or forged store would have them. */
export function forge(file: string, ...statements: string[]): void {
  const store = openStoreToCheckpoint(file)
  store.pragma('query_only = 0')
  store.pragma('foreign_keys = 0')
  for (const statement of statements) store.exec(statement)
  store.close()
}

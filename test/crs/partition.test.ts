import { pino } from 'pino'
import t from 'tap'
import { crsStore } from '../../crs/config.js'
import { epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS } from '../../domain/jst.js'
import type { Later } from '../../platform/deadline.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import { transferKey } from '../../platform/transfer-signature.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFiles } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { readClosedFile } from '../../scp/transfer/closed-file.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { CrsSender } from '../../scp/transfer/sender.js'
import { type CrsDesk, jst, openCrs, until } from '../support/crs-desk.js'
import { FaultyRoad, type RoadMood } from '../support/faulty-road.js'
import { type Desk, openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(120_000)

/** Waits of the sender, cut short. */
const quick: Later = run => {
  const timer = setTimeout(run, 2)
  return () => clearTimeout(timer)
}

/** scp's own sender and closer between a store and a port. */
function openTransfer(desk: Desk, crs: CrsDesk, port: number, folder: string) {
  const reader = openStoreToRead(desk.file)
  const log = new ChargeLog(reader)
  const place = { folder, node: 'scp1' }
  const key = transferKey(crs.home, 'scp1')
  const silent = pino({ level: 'silent' })
  const sender = new CrsSender({
    store: desk.store,
    read: async all => all.map(one => readClosedFile(log, place, one)),
    client: new CrsClient({ place: { host: '127.0.0.1', port }, node: 'scp1', key }),
    log: silent,
    later: quick,
  })
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock: desk.clock,
    log: silent,
    write: async closed => writeQuarterHourFiles(log, place, closed),
    writeDayCloses: async closed => writeDayCloseFiles(log, place, closed),
    onWritten: () => sender.written(),
    later: () => () => {},
  })
  return {
    async pass(quarterHours: number) {
      desk.clock.set(epochMs(desk.clock.now() + quarterHours * QUARTER_HOUR_MS))
      await closer.run()
    },
    async close() {
      await closer.close()
      await sender.close()
      reader.close()
    },
  }
}

t.test('XN1: scp and CRS are parted in every way, and each charge arrives once', async t => {
  const begin = jst('2000-12-01T00:00')
  const crs = await openCrs(t, { at: begin })
  const clock = crs.clock
  const desk = await openDesk(t, { clock })
  t.teardown(() => desk.close())
  const port = Number(new URL(crs.running.listening.intake ?? '').port)
  const road = await FaultyRoad.open(t, port, seededChance(1))
  const transfer = openTransfer(desk, crs, road.port, t.testdirName)
  t.teardown(() => transfer.close())
  const reader = openStoreToRead(crsStore(crs.home))
  t.teardown(() => reader.close())
  const taken = () =>
    Number(reader.prepare('SELECT count(*) FROM quarter_hour_file').pluck().get() ?? 0)
  let caller = 0
  let sum = 0
  const charge = async (faceValue: number) => {
    const token = await desk.call(phone(++caller))
    const charged = await desk.key(token, (await desk.card(faceValue)).pin)
    t.match(charged, { finding: 'redeemed' }, 'no charge waits for CRS')
    sum += faceValue
  }
  let passed = 0
  // biome-ignore format: table
  for (const [mood, quarterHours, troubles] of [
    ['cut',       288, 5],
    ['one_way',     5, 5],
    ['slow',        3, 1],
    ['resetting',  12, 3],
  ] as const satisfies readonly (readonly [RoadMood, number, number])[]) {
    const before = road.troubled
    road.become(mood)
    await charge(3_000)
    await transfer.pass(quarterHours)
    passed += quarterHours
    await charge(1_000)
    // What is met with depends on chance where the road does: another quarter-hour passes until then.
    await until(`${mood} is met with`, async () => {
      if (road.troubled >= before + troubles) return true
      if (taken() < passed) return false
      await transfer.pass(1)
      passed++
      return false
    })
    road.become('open')
    await until(`all ${passed} files after ${mood}`, () => taken() === passed)
  }
  await transfer.pass(1)
  await until('the last charge', () => taken() === passed + 1)
  const { records, yen } = reader
    .prepare<[], { records: number; yen: number }>(
      'SELECT count(*) AS records, sum(face_value) AS yen FROM charge_record',
    )
    .get() ?? { records: 0, yen: 0 }
  t.strictSame([records, yen], [caller, sum], 'nothing lost')
  t.equal(reader.prepare('SELECT count(*) FROM repeated_record').pluck().get(), 0, 'or doubled')
  t.equal(reader.prepare('SELECT count(*) FROM day_close').pluck().get(), 3, 'three days closed')
  const alarms = crs.alarms().filter(code => code !== 'RECORD_UNMAPPED')
  t.strictSame(alarms, [], 'CRS saw nothing wrong; these numbers are of no company')
})

import { copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { httpEdge } from '../../platform/http-edge.js'
import { copyStore, openStore, openStoreToRead } from '../../platform/store.js'
import { receiptRoutes } from '../../scp/http/receipt-routes.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { Receipts } from '../../scp/store/receipts.js'
import { markRestored } from '../../scp/store/restoration.js'
import { memoryFolder } from '../support/memory-folder.js'
import { type Desk, entryOf, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(60_000)

const NOON = jst('2001-01-15T12:00:00')

const heard = ({ store }: Desk, token: CallSessionToken, entry: number) =>
  store.ask('resultHeard', { token, entry })

/** A program that sends messages, as it reads. */
function reader(t: Test, { file }: Desk) {
  const store = openStoreToRead(file)
  t.teardown(() => store.close())
  const receipts = new Receipts(store)
  const edge = httpEdge(pino({ level: 'silent' }))
  receiptRoutes(edge, async ({ after, max }) => receipts.after(after, max))
  t.teardown(() => edge.close())
  return async (query = '') => (await edge.inject(`/v1/receipts?${query}`)).json()
}

t.test('N-09: a receipt is due for each charge whose caller did not hear of it, once', async t => {
  const desk = await openDesk(t)
  t.teardown(() => desk.close())
  const told = reader(t, desk)
  const cards = await desk.cards(20, 1_000)
  let given = 0
  const pin = () => `${cards[given++]?.pin}` as NonNullable<(typeof cards)[number]>['pin']
  // What is done in a call: a card, one whose result is heard, or a wrong number.
  // biome-ignore format: table
  for (const [n, deeds, due, because] of [
    [0, [],                                   [],     'nothing was keyed'],
    [1, ['wrong'],                            [],     'nothing was charged'],
    [2, ['card', 'heard'],                    [],     'it was heard'],
    [3, ['card'],                             [1],    'gone before the result, or while it played'],
    [4, ['card', 'heard', 'card'],            [2],    'the second was not heard'],
    [5, ['card', 'heard', 'card', 'heard'],   [],     'both were'],
    [6, ['wrong', 'card'],                    [2],    'after a wrong number'],
    [7, ['card', 'wrong', 'card'],            [1, 3], 'nothing is known to have been heard'],
  ] as const) {
    const call = await desk.call(phone(n), n % 2 === 0 ? 'pricall' : 'mobilers')
    let entry = 0
    for (const deed of deeds) {
      if (deed === 'heard') await heard(desk, call, entry)
      else await desk.key(call, deed === 'card' ? pin() : wrongPin(n), ++entry)
    }
    const before = (await told()).receipts.length
    t.strictSame((await told()).receipts.slice(before), [], 'none while the call goes on')
    for (let again = 0; again < 3; again++) await desk.end(call)
    await heard(desk, call, 99)
    const { receipts } = await told(`after=${before}`)
    t.strictSame(
      receipts.map(({ chargeId }: { chargeId: string }) => chargeId),
      due.map(number => entryOf(call, number)),
      because,
    )
  }
  const { receipts } = await told()
  t.strictSame(
    receipts.map(({ sequence }: { sequence: number }) => sequence),
    [1, 2, 3, 4, 5],
    'in order, without gap',
  )
  const at = NOON
  t.match(receipts[0], {
    ...{ msisdn: phone(3), kind: 'mobilers', faceValue: 1_000, registered: 1_000 },
    ...{ chargedAt: at, dueAt: at },
  })
  t.match(receipts[1], { msisdn: phone(4), kind: 'pricall', units: 100, registered: 2_000 })
  t.strictSame((await told('after=1&max=2')).receipts, receipts.slice(1, 3), 'a page')
  t.match(await told('after=-1'), { code: 'REQUEST_INVALID' })
})

t.test('N-09: a receipt outlives scp, and what was not told in time is told of again', async t => {
  const folder = t.testdir()
  const desk = await openDesk(t, { folder })
  const [one, other] = await desk.cards(2, 3_000)
  const [heardBefore, open] = [await desk.call(phone(1)), await desk.call(phone(2))]
  await desk.key(heardBefore, one?.pin ?? wrongPin())
  await heard(desk, heardBefore, 1)
  await desk.key(open, other?.pin ?? wrongPin())
  await desk.close()

  const again = await openDesk(t, { folder })
  t.teardown(() => again.close())
  for (const token of await again.store.ask('openCallSessions', undefined)) await again.end(token)
  const told = reader(t, again)
  const { receipts } = await told()
  t.strictSame(
    new Set(receipts.map(({ msisdn }: { msisdn: string }) => msisdn)),
    new Set([phone(1), phone(2)]),
    'what was heard is known to the scp that was told alone: once too often, never too little',
  )
  t.equal(receipts.length, 2, 'and one each')
  const store = openStoreToRead(again.file)
  t.teardown(() => store.close())
  t.strictSame(store.prepare('SELECT count(*) AS n FROM receipt').get(), { n: 2 })
})

/** Puts a copy of a desk's store back as `mcscp restore` does, with what CRS accepted of its first quarter-hour. */
async function restored(
  t: Test,
  backup: string,
  at: EpochMs,
  accepted: readonly ChargeRecord[],
): Promise<Desk> {
  const folder = memoryFolder(t)
  copyFileSync(backup, join(folder, 'scp.db'))
  copyFileSync(join(dirname(backup), '..', 'pin-keys'), join(folder, 'pin-keys'))
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  markRestored(store, at, at)
  store.close()
  const desk = await openDesk(t, { folder, clock: new SetClock(at) })
  t.teardown(() => desk.close())
  const beganAt = startOfQuarterHour(NOON)
  const header = { node: 'scp1', number: 1, beganAt, closedAt: at, firstSequence: 1 }
  const quarter = { header, records: accepted, dayClosedAt: undefined }
  t.equal(await desk.store.ask('replayAccepted', quarter), 2)
  await desk.store.ask('endRestoration', undefined)
  return desk
}

t.test('N-09, XF7: after a restore no reader misses a receipt', async t => {
  const folder = t.testdir({ backup: {} })
  const desk = await openDesk(t, { folder, clock: new SetClock(NOON) })
  const cards = await desk.cards(8, 1_000)
  const pin = (n: number) => cards[n]?.pin ?? wrongPin()
  const [over, open] = [await desk.call(phone(1)), await desk.call(phone(2))]
  await desk.key(over, pin(0))
  await desk.end(over)
  await desk.key(open, pin(1))
  const backup = join(folder, 'backup', 'scp.db')
  await copyStore(desk.file, backup)
  await desk.key(open, pin(2))
  const later = await desk.call(phone(3))
  await desk.key(later, pin(3))
  for (const token of [open, later]) await desk.end(token)
  const kept = (await reader(t, desk)()).receipts.at(-1).sequence
  t.equal(kept, 4, 'what the reader dealt with of the store that is lost')
  const file = openStoreToRead(desk.file)
  const records = [...new ChargeLog(file).from(1, 4)]
  file.close()
  await desk.close()

  const told = [entryOf(open), entryOf(open, 2), entryOf(later)]
  let reached = kept
  for (const [at, because] of [
    [epochMs(NOON + 3_600_000), 'restored once'],
    [epochMs(NOON + 3_601_000), 'and from the same backup again, a second later'],
  ] as const) {
    const again = await restored(t, backup, at, records)
    const ask = reader(t, again)
    const { receipts } = await ask(`after=${reached}`)
    const ids = receipts.map(({ chargeId }: { chargeId: string }) => chargeId)
    t.strictSame(
      ids.sort(),
      [...told].sort(),
      `${because}: calls that were open, or were taken back`,
    )
    const next = await again.call(phone(4))
    for (const n of [5, 6]) await again.key(next, pin(n))
    await again.end(next)
    const all = (await ask(`after=${reached}`)).receipts
    const sequences = all.map(({ sequence }: { sequence: number }) => sequence)
    t.strictSame(
      sequences,
      sequences.map((_: number, n: number) => sequences[0] + n),
      'without gap from there on',
    )
    t.strictSame(
      all.slice(3).map(({ chargeId }: { chargeId: string }) => chargeId),
      [entryOf(next), entryOf(next, 2)],
    )
    reached = sequences.at(-1)
  }
})

import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import { httpEdge } from '../../platform/http-edge.js'
import { openStoreToRead } from '../../platform/store.js'
import { receiptRoutes } from '../../scp/http/receipt-routes.js'
import { Receipts } from '../../scp/store/receipts.js'
import { type Desk, entryOf, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(60_000)

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
  const at = jst('2001-01-15T12:00:00')
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

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { openStoreToRead } from '../../platform/store.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { KeyRotation, type KeyRotationOptions } from '../../scp/cards/key-rotation.js'
import { CHAINS_MAX } from '../../scp/rules/pin-chain.js'
import { openOffice, person } from '../support/office-desk.js'
import { type Desk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const slow = { timeout: 180_000 }
t.setTimeout(slow.timeout)

const log = pino({ level: 'silent' })

type Office = Awaited<ReturnType<typeof openOffice>>

/** What carries a rotation through, as the program has it. */
const rotationOf = ({ store, read, ring }: Desk, options: Partial<KeyRotationOptions> = {}) =>
  new KeyRotation({
    store,
    read,
    ring,
    log,
    idle: async () => {},
    later: () => () => {},
    ...options,
  })

/** Asks for a rotation as a key custodian, and approves it as a supervisor; the answer to the latter. */
async function rotate({ act, decide }: Office, wrap: boolean) {
  const { body } = await act('rotate_pin_key', person('key-custodian'), { wrap }, 'a key was seen')
  return decide(body.approval, { by: person('supervisor'), sha256: body.sha256 })
}

/** Carries what was asked for through to its end. */
async function carryThrough({ desk }: Office): Promise<void> {
  const rotation = rotationOf(desk)
  rotation.wake()
  while (await desk.store.ask('pinRotation', undefined)) await turn()
  await rotation.close()
}

const redeem = async ({ call, key }: Desk, { pin }: ClearCard, n: number) =>
  (await key(await call(phone(n)), pin)).finding

/** How many cards have which chain, in the order of the chains. */
function chainsOf({ file }: Desk): unknown[] {
  const reader = openStoreToRead(file)
  const chains = reader
    .prepare('SELECT chain, count(*) FROM card GROUP BY chain ORDER BY chain')
    .raw()
    .all()
  reader.close()
  return chains
}

t.test('XP5: a new PIN key is taken into service by two people, for new batches', async t => {
  const office = await openOffice(t)
  const { desk } = office
  const old = await desk.card(1_000)
  t.match(await rotate(office, false), {
    ...{ status: 200, body: { outcome: 'performed', result: { keyId: 2, wrap: false } } },
  })
  t.match(await rotate(office, false), {
    ...{ status: 409, body: { because: 'not_possible', message: /to key 2 is not over yet/ } },
  })
  await carryThrough(office)
  const fresh = await desk.card(1_000)
  t.equal(desk.ring.newest, 2)
  t.strictSame(await desk.store.ask('pinChains', undefined), ['1', '2'])
  for (const [n, card] of [old, fresh].entries()) t.equal(await redeem(desk, card, n), 'redeemed')
  const reader = openStoreToRead(desk.file)
  t.strictSame(reader.prepare('SELECT key_id FROM batch').pluck().all(), [1, 2])
  reader.close()
  t.match((await office.audit()).at(1), {
    ...{ act: 'rotate_pin_key', outcome: 'performed', after: { keyId: 2, wrap: false } },
    ...{ person: 'key-custodian', approver: 'supervisor', reason: 'a key was seen' },
  })
  const file = join(t.testdirName, 'pin-keys')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const keys = readFileSync(file, 'utf8').trim().split('\n')
  t.equal(keys.length, 2)
  await office.close()
  const bytes = readFileSync(desk.file)
  for (const line of keys) {
    const key = line.slice(2)
    t.notOk(bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64url')), 'in no store')
  }
})

t.test('XP5: digests are wrapped under load, and every card is charged once', slow, async t => {
  const office = await openOffice(t)
  const { desk } = office
  const cards = await desk.cards(1_200, 1_000)
  await rotate(office, true)
  const rotation = rotationOf(desk)
  const findings: string[] = []
  const tried: number[] = []
  let next = 0
  const caller = async () => {
    for (let n = next++; n < cards.length; n = next++) {
      // From both ends, so that some are wrapped when they are keyed, and some are not.
      const card = cards[n % 2 === 0 ? n / 2 : cards.length - (n + 1) / 2]
      if (card) findings.push(await redeem(desk, card, n))
      if (n === 40) rotation.wake()
      tried.push(desk.ring.digests(wrongPin()).length)
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
  while (await desk.store.ask('pinRotation', undefined)) await turn()
  await rotation.close()
  t.strictSame(new Set(findings), new Set(['redeemed']))
  t.equal(findings.length, cards.length)
  t.ok(Math.max(...tried) <= CHAINS_MAX, `${Math.max(...tried)} chains tried at most`)
  t.ok(new Set(tried).size > 1, 'callers keyed before, while and after')
  t.strictSame(chainsOf(desk), [['1.2', cards.length]])
  t.strictSame(await desk.store.ask('pinChains', undefined), ['1.2', '2'])
  const again = await Promise.all(
    cards.slice(0, 20).map((card, n) => redeem(desk, card, n + 9_000)),
  )
  t.strictSame(new Set(again), new Set(['used']), 'nothing is charged a second time')
  t.equal((await desk.key(await desk.call(phone(1)), wrongPin())).finding, 'unknown')
  await office.close()
})

t.test(
  'XP5: a rotation that a kill cut short is gone on with, and no card is lost',
  slow,
  async t => {
    const folder = t.testdir()
    const first = await openOffice(t, { folder })
    const cards = await first.desk.cards(1_000, 1_000)
    await rotate(first, true)
    // The key is in its file, and the store has not heard of it.
    first.desk.ring.addKey(2)
    await first.close()

    const second = await openOffice(t, { folder })
    t.strictSame(await second.desk.store.ask('pinRotation', undefined), {
      ...{ keyId: 2, wrap: true, keyed: true },
    })
    let chunks = 0
    const stopping = rotationOf(second.desk, {
      read: async (name, ask) => {
        if (++chunks === 3) void stopping.close()
        return second.desk.read(name, ask)
      },
    })
    stopping.wake()
    while (chunks < 3) await turn()
    await stopping.close()
    t.strictSame(chainsOf(second.desk), [
      [null, 500],
      ['1.2', 500],
    ])
    await second.close()

    const third = await openOffice(t, { folder })
    const { desk } = third
    t.strictSame(
      desk.ring.digests(wrongPin()).map(({ chain }) => chain),
      ['2', '1', '1.2'],
      'both forms are looked up, the newest key first',
    )
    for (const n of [0, 499, 500, 999]) {
      t.equal(cards[n] && (await redeem(desk, cards[n], n)), 'redeemed', `card ${n}`)
    }
    await carryThrough(third)
    t.strictSame(chainsOf(desk), [['1.2', 1_000]])
    for (const n of [1, 498, 501, 998]) {
      t.equal(cards[n] && (await redeem(desk, cards[n], n)), 'redeemed', `card ${n}`)
    }
    await third.close()
    const last = await openOffice(t, { folder })
    t.equal(cards[2] && (await redeem(last.desk, cards[2], 2)), 'redeemed', 'after one more start')
    await last.close()
  },
)

t.test('XP5: a look-up never tries more than four chains', async t => {
  const office = await openOffice(t)
  const { desk } = office
  const cards: ClearCard[] = []
  // biome-ignore format: table
  for (const [wrap, chains, because] of [
    [true,  ['1.2', '2'],                   'the first key is wrapped'],
    [true,  ['1.2.3', '2.3', '3'],          'and once more'],
    [true,  undefined,                      'while one of three is wrapped there would be five'],
    [false, ['1.2.3', '2.3', '3', '4'],     'a fourth key'],
    [false, undefined,                      'a fifth'],
  ] as const) {
    cards.push(await desk.card(1_000))
    const { status } = await rotate(office, wrap)
    t.equal(status, chains ? 200 : 409, because)
    await carryThrough(office)
    if (chains) t.strictSame(await desk.store.ask('pinChains', undefined), chains, because)
  }
  for (const [n, card] of cards.entries()) t.equal(await redeem(desk, card, n), 'redeemed')
  await office.close()
})

import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { BatchMaker } from '../../scp/cards/batch-maker.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { batchText } from '../../scp/cards/office-texts.js'
import { PrintFile } from '../../scp/cards/print-file.js'
import { isAgeRecipient } from '../../scp/rules/age-recipient.js'
import { serialKey } from '../../scp/store/keys.js'
import { cardMakerKey, printedCards } from '../support/card-maker-desk.js'
import { followed } from '../support/followed-child.js'
import { openOffice, person } from '../support/office-desk.js'
import { openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const CHILD = fileURLToPath(new URL('../support/making-child.js', import.meta.url))

t.setTimeout(300_000)

const issuer = person('card-issuer')
const supervisor = person('supervisor')
const custodian = person('key-custodian')

const PLAN = {
  ...{ count: 25, faceValue: 3_000, pinLength: 14, design: '桜', distributor: 'shop 7' },
  usableThrough: '2001-12-31',
}

/** The office with a second person at hand. */
async function openWorks(t: Test, cardsPerFile = 10) {
  const office = await openOffice(t, { cardsPerFile })
  /** Asks for an act as one person, and has another one approve it where that is needed. */
  const act = async (name: string, payload: Parameters<typeof office.act>[2], by = issuer) => {
    const asked = await office.act(name, by, payload)
    if (asked.status !== 202) return asked
    const { approval, sha256 } = asked.body
    return await office.decide(approval, { by: supervisor, sha256 })
  }
  return { ...office, ask: office.act, act }
}

const batchOf = async (t: Test, folder: string) => {
  const store = openStoreToRead(join(folder, 'scp.db'))
  t.teardown(() => store.close())
  return store
}

t.test(
  'XW7: one person plans a batch, a second approves it, a third hands it over, and no PIN is stored',
  async t => {
    const key = await cardMakerKey()
    const works = await openWorks(t)
    const { act, made, folder, desk } = works
    t.match(await act('plan_batch', PLAN), {
      body: { result: { batch: 1, firstSerial: 'MCA000000001', lastSerial: 'MCA000000025' } },
    })
    const generation = { batch: 1, recipient: key.recipient }
    t.match(await act('generate_batch', generation, custodian), { status: 403 })
    const asked = await works.ask('generate_batch', issuer, generation)
    t.equal(asked.status, 202, 'a second person must approve')
    t.notOk(await desk.store.ask('batchInMaking', undefined), 'and nothing is made before')
    t.match((await works.get(`approvals/${asked.body.approval}`)).body.describe, key.recipient)
    t.match(
      await works.decide(asked.body.approval, { by: supervisor, sha256: asked.body.sha256 }),
      {
        status: 200,
      },
    )
    await made()
    const names = readdirSync(folder).filter(name => name.endsWith('.age'))
    t.strictSame(
      names,
      [1, 2, 3].map(part => `batch-000001-000${part}.csv.age`),
    )
    const cards = (await Promise.all(names.map(name => printedCards(folder, name, key)))).flat()
    t.equal(cards.length, 25)
    t.equal(new Set(cards.map(({ pin }) => pin)).size, 25)
    t.equal(cards[24]?.serial, 'MCA000000025')
    t.equal(cards[0]?.rest, '3000,2001-12-31,桜')
    const store = await batchOf(t, folder)
    const files = store
      .prepare<[], { name: string; bytes: number; sha256: Buffer }>('SELECT * FROM print_file')
      .all()
    for (const { name, bytes, sha256 } of files) {
      const content = readFileSync(join(folder, name))
      t.equal(content.length, bytes)
      t.equal(sha256Of(content), sha256.toString('hex'))
      t.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
    }
    const everything = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name }) => readFileSync(join(folder, name), 'latin1'))
      .concat(works.lines)
    for (const { pin } of cards)
      t.notOk(
        everything.some(text => text.includes(pin)),
        'no PIN in clear',
      )

    const [one] = cards
    if (!one) throw new Error('no card')
    const token = await desk.call(phone(1))
    t.equal((await desk.key(token, one.pin)).finding, 'not_active', 'worthless before it is sold')
    t.match(await act('export_batch', { batch: 1, handedTo: 'Card Works' }, issuer), {
      status: 403,
    })
    t.match(await act('export_batch', { batch: 1, handedTo: 'Card Works' }, custodian), {
      status: 200,
    })
    const all = { firstSerial: 'MCA000000001', lastSerial: 'MCA000000025' }
    t.match(await act('activate_cards', all), { body: { message: /being exported/ } })
    t.match(await act('deliver_cards', all), { status: 200 })
    t.match(
      await act('activate_cards', all, custodian),
      { status: 403 },
      'who prints cannot activate',
    )
    t.match(await act('activate_cards', all), { body: { result: { changed: 25 } } })
    t.equal((await desk.key(token, one.pin)).finding, 'redeemed')
    await works.close()
  },
)

t.test('S-19, XP3: what cannot be is refused before anything is made', async t => {
  const key = await cardMakerKey()
  const works = await openWorks(t)
  const { act } = works
  // biome-ignore format: table
  for (const [change, says] of [
    [{ pinLength: 12 },                 /12 digits have 39\.9 bits.*one guess in 20,000/],
    [{ pinLength: 13 },                 /At least 14 digits/],
    [{ faceValue: 700 },                /500, 1000, 3000, 5000 yen, not at 700/],
    [{ usableThrough: '2001-02-29' },   /not a day/],
    [{ usableThrough: '2001-01-14' },   /is over/],
  ] as const) {
    t.match((await act('plan_batch', { ...PLAN, ...change })).body.message, says)
  }
  for (const change of [
    { count: 0 },
    { count: 10_000_001 },
    { pinLength: 21 },
    { design: 'a,b' },
  ]) {
    t.equal((await act('plan_batch', { ...PLAN, ...change })).status, 400)
  }
  await act('plan_batch', PLAN)
  t.equal((await act('generate_batch', { batch: 1 })).status, 400, 'no key')
  t.equal((await act('generate_batch', { batch: 1, recipient: 'none' })).status, 400)
  const mistyped = key.recipient.replace(/.$/, last => (last === 'q' ? 'p' : 'q'))
  t.match(
    (await act('generate_batch', { batch: 1, recipient: mistyped })).body.message,
    /not the public key/,
  )
  t.match(
    (await act('generate_batch', { batch: 2, recipient: key.recipient })).body.message,
    /no batch 2/,
  )
  t.match(
    (await act('export_batch', { batch: 1, handedTo: 'x' }, custodian)).body.message,
    /planned/,
  )
  t.match((await act('generate_batch', { batch: 1, recipient: key.recipient })).status, 200)
  t.match(
    (await act('generate_batch', { batch: 1, recipient: key.recipient })).body.message,
    /generated/,
  )
  await works.close()
})

t.test('the key of an age identity is told from everything else', async t => {
  for (let n = 0; n < 20; n++) t.ok(isAgeRecipient((await cardMakerKey()).recipient))
  const { recipient, identity } = await cardMakerKey()
  for (let place = 4; place < recipient.length; place++) {
    const other = recipient[place] === 'q' ? 'p' : 'q'
    const mistyped = recipient.slice(0, place) + other + recipient.slice(place + 1)
    if (isAgeRecipient(mistyped)) t.fail(`a mistake at ${place} is not found`)
  }
  for (const text of ['', 'age1', 'none', identity, recipient.toUpperCase(), `${recipient}q`]) {
    t.notOk(isAgeRecipient(text), text)
  }
})

t.test('PINs have the length that was planned, and each digit is drawn', async t => {
  const key = await cardMakerKey()
  const works = await openWorks(t, 1_000)
  const { act, made, folder } = works
  let batch = 0
  for (const pinLength of [14, 17, 20]) {
    await act('plan_batch', { ...PLAN, count: 500, pinLength })
    await act('generate_batch', { batch: ++batch, recipient: key.recipient })
    await made()
    const cards = await printedCards(folder, `batch-00000${batch}-0001.csv.age`, key)
    t.ok(cards.every(({ pin }) => pin.length === pinLength))
    for (let place = 0; place < pinLength; place++) {
      const digits = new Set(cards.map(({ pin }) => pin[place]))
      if (digits.size < 10) t.fail(`digit ${place} of ${pinLength} is not drawn`)
    }
  }
  await works.close()
})

t.test('a print file that cannot be written is an alarm, and is tried again', async t => {
  const { recipient } = await cardMakerKey()
  const folder = join(t.testdir(), 'not-there')
  await t.rejects(PrintFile.begin(join(folder, 'x.age'), recipient), {
    code: 'FOLDER_NOT_WRITABLE',
  })
  const desk = await openDesk(t, { thread: true })
  const { store, ring } = desk
  const lines: string[] = []
  const log = pino({}, { write: line => void lines.push(line) })
  const later: (() => void)[] = []
  const maker = new BatchMaker({
    ...{ store, ring, draw: systemDraw, folder, log },
    checkpoint: async () => {},
    later: again => {
      later.push(again)
      return () => {}
    },
  })
  t.teardown(() => maker.close())
  await beginBatch(desk, recipient, 10)
  maker.wake()
  while (later.length === 0) await wait(5)
  t.match(lines.join(''), /"alarm":"FOLDER_NOT_WRITABLE"/)
  mkdirSync(folder)
  later[0]?.()
  while (await store.ask('batchInMaking', undefined)) await wait(5)
  t.equal(later.length, 1, 'the second time it succeeds')
  await maker.close()
  await desk.close()
})

/** Plans a batch and lets it be generated, without a maker. */
async function beginBatch(
  { store }: Awaited<ReturnType<typeof openDesk>>,
  recipient: string,
  count: number,
): Promise<void> {
  const reason = 'ordered'
  const plan = await store.ask('performAct', {
    ...{ act: 'plan_batch', person: issuer, reason },
    payload: { ...PLAN, count },
  })
  if (plan.outcome !== 'performed') throw new Error(JSON.stringify(plan))
  const { batch } = plan.result as { batch: number }
  const payload = { batch, recipient }
  const asked = await store.ask('performAct', {
    act: 'generate_batch',
    person: issuer,
    reason,
    payload,
  })
  if (asked.outcome !== 'waiting') throw new Error(JSON.stringify(asked))
  const { approval, sha256 } = asked
  const decided = { approval, sha256, decision: 'approve', person: supervisor, reason } as const
  const answer = await store.ask('decideApproval', decided)
  if (answer.outcome !== 'performed') throw new Error(JSON.stringify(answer))
}

t.test(
  'killed while it makes a batch, scp goes on: no serial is missing and none is there twice',
  async t => {
    const KILLS = 5
    const [COUNT, PER_FILE] = [12_000, 3_000]
    const key = await cardMakerKey()
    const folder = t.testdir()
    const desk = await openDesk(t, { folder, thread: true })
    await beginBatch(desk, key.recipient, COUNT)
    await desk.close()
    const chance = seededChance(20_001_201)
    let kills = 0
    for (let ended = false; !ended; ) {
      const child = spawn(process.execPath, [CHILD, folder, `${PER_FILE}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const killAfter = kills < KILLS ? 1 + Math.floor(chance() * 6) : Number.POSITIVE_INFINITY
      ended = await followed(child, killAfter)
      if (!ended) kills++
    }
    // On a busy machine the last child may be done before it is killed.
    t.ok(kills > 1, `${kills} kills`)
    const store = await batchOf(t, folder)
    const first = serialKey('MCA000000001' as never)
    const stored = store
      .prepare<[], { serial: number; pin_digest: Buffer }>(
        'SELECT serial, pin_digest FROM card ORDER BY serial',
      )
      .all()
    t.equal(stored.length, COUNT)
    t.ok(
      stored.every(({ serial }, place) => serial === first + place),
      'every serial once',
    )
    const names = readdirSync(folder).filter(name => name.endsWith('.age'))
    t.equal(names.length, COUNT / PER_FILE)
    t.strictSame(
      readdirSync(folder).filter(name => name.endsWith('.part')),
      [],
      'nothing unfinished is left',
    )
    const again = await openDesk(t, { folder })
    let place = 0
    let wrong = 0
    for (const name of names) {
      for (const { serial, pin } of await printedCards(folder, name, key)) {
        const [{ digest } = { digest: Buffer.alloc(0) }] = again.ring.digests(pin)
        const row = stored[place++]
        if (!row || row.serial !== serialKey(serial) || !row.pin_digest.equals(digest)) wrong++
      }
    }
    t.strictSame([place, wrong], [COUNT, 0], 'what is printed is what is stored, each card once')
    await again.close()
  },
)

t.test(
  '100,000 cards are made in memory that does not grow, and charging goes on meanwhile',
  async t => {
    const COUNT = 100_000
    setFlagsFromString('--expose-gc')
    const gc: () => void = runInNewContext('gc')
    const key = await cardMakerKey()
    const works = await openWorks(t, COUNT / 2)
    const { act, made, maker, desk } = works
    await act('plan_batch', { ...PLAN, count: COUNT })
    const cards = await desk.cards(20, 500)
    const token = await desk.call(phone(1))
    await act('generate_batch', { batch: 1, recipient: key.recipient })
    const heap: number[] = []
    const findings: string[] = []
    // Far from the end, so that it is still under way on a slow machine when the last charge is told.
    for (const mark of [15_000, 30_000, 45_000, 60_000]) {
      while ((maker.made(1) ?? COUNT) < mark) await wait(5)
      gc()
      const { heapUsed, rss } = process.memoryUsage()
      heap.push(heapUsed)
      t.comment(`${mark} cards: heap ${mb(heapUsed)} MB, rss ${mb(rss)} MB`)
      const card = cards[heap.length]
      if (card) findings.push((await desk.key(token, card.pin)).finding)
    }
    t.ok(await desk.store.ask('batchInMaking', undefined), 'all of that while it was made')
    await made()
    t.strictSame(findings, Array(4).fill('redeemed'))
    const [early = 0] = heap
    const growth = Math.max(...heap) - early
    t.ok(growth < 16 * 1024 * 1024, `heap grew by ${mb(growth)} MB from 15,000 to 60,000 cards`)
    const store = await batchOf(t, works.folder)
    t.equal(store.prepare('SELECT count(*) FROM card WHERE batch = 1').pluck().get(), COUNT)
    t.match(await works.desk.store.ask('batchInMaking', undefined), undefined)
    await works.close()
  },
)

const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)

t.test(
  'the cards of the store are counted against those of print files and spoiled ones',
  async t => {
    const { recipient } = await cardMakerKey()
    const works = await openWorks(t)
    const { act, get, made, folder } = works
    await act('plan_batch', PLAN)
    await act('generate_batch', { batch: 1, recipient })
    await made()
    const shown = async () => batchText((await get('batches/1')).body)
    t.match(await shown(), /printed +25 generated = 25 printed \+ 0 spoiled\n/)
    await act('export_batch', { batch: 1, handedTo: 'Card Works' }, custodian)
    const last = { firstSerial: 'MCA000000025', lastSerial: 'MCA000000025' }
    t.match(await act('spoil_cards', last, custodian), { status: 200 })
    t.match(await shown(), /printed +25 generated = 24 printed \+ 1 spoiled\n/)
    const store = new Sqlite(join(folder, 'scp.db'))
    store.prepare('DELETE FROM card WHERE serial = (SELECT min(serial) FROM card)').run()
    store.close()
    t.match(await shown(), /24 generated = 24 printed \+ 1 spoiled, 不一致 IT DOES NOT BALANCE\n/)
    const making = {
      ...(await get('batches/1')).body,
      state: 'planned',
      generated: 15,
      printed: 10,
    }
    t.match(
      batchText({ ...making, spoiled: 0 }),
      /15 generated = 10 printed \+ 0 spoiled \+ 5 in no print file yet\n/,
      'while it is made',
    )
    await works.close()
  },
)

import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { SerialNumber } from '../../domain/card.js'
import { ivr } from '../../ivr/main.js'
import { httpEdge } from '../../platform/http-edge.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { ImportFile } from '../../scp/cards/import-file.js'
import { scpSocket } from '../../scp/config.js'
import { chargeRoutes } from '../../scp/http/charge-routes.js'
import { ImportLines, importHeader } from '../../scp/rules/import-line.js'
import { serialKey, serialOf } from '../../scp/store/keys.js'
import { FakeFreeswitch } from '../support/fake-freeswitch.js'
import { followed } from '../support/followed-child.js'
import { freshHome } from '../support/fresh-home.js'
import { openOffice, person } from '../support/office-desk.js'
import { openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const CHILD = fileURLToPath(new URL('../support/importing-child.js', import.meta.url))

t.setTimeout(300_000)

const issuer = person('card-issuer')
const supervisor = person('supervisor')
const custodian = person('key-custodian')

const FIRST = 'MKR000000001' as SerialNumber

const PLAN = {
  ...{ faceValue: 3_000, pinLength: 14, design: '', distributor: 'shop 7', firstSerial: FIRST },
  usableThrough: '2001-12-31',
}

const serialAt = (place: number): SerialNumber => serialOf(serialKey(FIRST) + place)

/** Another maker's cards, their PINs drawn from a seed. */
function makersCards(count: number, seed = 20_001_201) {
  const chance = seededChance(seed)
  const digits = () => `${Math.floor(chance() * 10_000_000)}`.padStart(7, '0')
  return Array.from({ length: count }, (_, place) => ({
    serial: serialAt(place),
    pin: `${digits()}${digits()}`,
  }))
}

const HEADER = 'serial,pin,face_value'

const fileOf = (lines: readonly string[]): string => `${[HEADER, ...lines].join('\n')}\n`

/** The office with a second person at hand, and files to import. */
async function openWorks(t: Test) {
  const office = await openOffice(t)
  t.teardown(() => office.close().catch(() => {}))
  const act = async (name: string, payload: Parameters<typeof office.act>[2], by = issuer) => {
    const asked = await office.act(name, by, payload)
    if (asked.status !== 202) return asked
    const { approval, sha256 } = asked.body
    return await office.decide(approval, { by: supervisor, sha256 })
  }
  const put = (file: string, text: string | Buffer, mode = 0o600) => {
    writeFileSync(join(office.importFolder, file), text, { mode })
    return sha256Of(Buffer.from(text))
  }
  /** Imports a file and waits; what is told of its batch then. */
  const take = async (batch: number, file: string, text: string) => {
    const sha256 = put(file, text)
    const answer = await act('import_cards', { batch, file, sha256 }, custodian)
    await office.imported()
    return { answer, view: (await office.get(`batches/${batch}`)).body }
  }
  return { ...office, ask: office.act, act, put, take }
}

t.test(
  'every line that is no card of the batch is refused, with a reason that holds no PIN',
  async t => {
    const terms = {
      ...{ firstSerial: FIRST, lastSerial: serialAt(99), faceValue: 3_000, pinLength: 14 },
    }
    // biome-ignore format: table
    for (const [line, says, because] of [
    ['MKR000000001,82736450918273,3000',      'card',                 'all is well'],
    ['"MKR000000001","82736450918273",3000',  'card',                 'fields may be quoted'],
    [' MKR000000100 , 82736450918273 , 3000', 'card',                 'the last serial, spaces around'],
    ['MKR000000101,82736450918273,3000',      /not of the batch/,     'one behind the last'],
    ['MKR000000000,82736450918273,3000',      /not of the batch/,     'one before the first'],
    ['mkr000000001,82736450918273,3000',      /three letters and nine/, 'small letters'],
    ['MKR00000001,82736450918273,3000',       /three letters and nine/, 'eight digits'],
    ['MKR000000001,82736450918273',           /2 columns, line 1 has 3/, 'a field is missing'],
    ['MKR000000001,82736450918273,3000,x',    /4 columns, line 1 has 3/, 'one too many'],
    ['MKR000000001,"82736450918273,3000',     /not closed/,           'an open quotation mark'],
    ['MKR000000001,82736450918273,1000',      /not 3000 yen/,         'another face value'],
    ['MKR000000001,82736450918273,3,000',     /4 columns/,            'a comma in the amount'],
    ['MKR000000001,,3000',                    /not digits alone/,     'no PIN'],
    ['MKR000000001,8273 6450 918273,3000',    /not digits alone/,     'spaces in the PIN'],
    ['MKR000000001,8273645091827,3000',       /13 digits have 43\.2 bits/, 'XP3: too short, with the figures'],
    ['MKR000000001,827364509182734,3000',     /15 digits, those of the batch have 14/, 'longer than planned'],
    ['MKR000000001,827364509182736450918,3000', /at most 20 digits/,  'longer than any'],
    ['MKR000000001,77777777777777,3000',      /one digit repeated/,   'not drawn'],
    ['MKR000000001,12345678901234,3000',      /counted up or down/,   'not drawn'],
    ['MKR000000001,98765432109876,3000',      /counted up or down/,   'not drawn'],
    ['MKR000000012,82000000012873,3000',      /digits of its serial/, 'made from the serial number'],
  ] as const) {
    const header = importHeader(HEADER)
    if (!header) throw new Error('no header')
    const read = new ImportLines(header, terms).read(line)
    if (says === 'card') t.type(read, 'object', because)
    else {
      t.match(read, says, because)
      t.notMatch(read, /8273|1234567|7777|9876/, 'no digit of a PIN')
    }
  }
    const header = importHeader('Face_Value,PIN,Serial')
    t.strictSame(header, { serial: 2, pin: 1, face_value: 0 }, 'columns in any order')
    if (!header) return
    const lines = new ImportLines(header, terms)
    t.type(lines.read('3000,82736450918273,MKR000000001'), 'object')
    t.match(lines.read('3000,82736450918274,MKR000000002'), /counted up, not drawn/)
    t.type(
      lines.read('3000,50918273645091,MKR000000003'),
      'object',
      'and the next is looked at anew',
    )
    for (const other of [
      'serial,pin',
      'serial,pin,face_value,pin',
      'a,b,c',
      '',
      'serial;pin;face_value',
    ])
      t.equal(importHeader(other), undefined, other)
  },
)

t.test('a file is read alike however it is cut and ended, and only by its owner', async t => {
  const [folder, cards] = [t.testdir(), makersCards(3_000)]
  const terms = { firstSerial: FIRST, lastSerial: serialAt(2_999), faceValue: 3_000, pinLength: 14 }
  const lines = cards.map(({ serial, pin }) => `${serial},${pin},3000`)
  const read = async (text: string) => {
    const path = join(folder, 'cards.csv')
    writeFileSync(path, text, { mode: 0o600 })
    const file = await ImportFile.open(path)
    const found = []
    for await (const some of file.read(terms)) found.push(...some)
    t.equal(file.sha256().toString('hex'), sha256Of(Buffer.from(text)))
    await file.close()
    return found
  }
  const plain = await read(fileOf(lines))
  t.equal(plain.length, 3_000)
  t.ok(plain.every(one => typeof one.read === 'object'))
  t.strictSame(await read(fileOf(lines).trimEnd()), plain, 'no line end behind the last line')
  t.strictSame(await read(`\ufeff${fileOf(lines).replaceAll('\n', '\r\n')}`), plain, 'BOM and CRLF')
  const odd = await read(fileOf(['', 'x'.repeat(300_000), ...lines.slice(0, 1), 'é,ü,桜']))
  t.match(odd, [
    { line: 3, read: 'is too long to be a card' },
    { line: 4, read: { serial: FIRST } },
    { line: 5, read: /three letters/ },
  ])
  await t.rejects(read('no,such,columns\n'), { code: 'FILE_MALFORMED' })
  await t.rejects(read(''), { code: 'FILE_MALFORMED' })
  writeFileSync(join(folder, 'open.csv'), '', { mode: 0o644 })
  await t.rejects(ImportFile.open(join(folder, 'open.csv')), { code: 'KEY_FILE_EXPOSED' })
  await t.rejects(ImportFile.open(join(folder, 'none.csv')), { code: 'FILE_UNREADABLE' })
})

t.test(
  'good and bad lines: the bad are named, the rest is kept, and all of it adds up',
  async t => {
    const works = await openWorks(t)
    const { act, take, get, desk, folder } = works
    const own = await desk.card(3_000)
    const cards = makersCards(20)
    const pin = (place: number) => cards[place]?.pin ?? ''
    const lines = cards.map(({ serial, pin }) => `${serial},${pin},3000`)
    lines[3] = `${serialAt(3)},1234,3000`
    lines[7] = `${serialAt(7)},${pin(6)},3000`
    lines[8] = `${serialAt(8)},${own.pin},3000`
    lines[12] = `${serialAt(11)},${pin(12)},3000`
    lines.splice(15, 0, '', `${serialAt(25)},${pin(1)},3000`)
    t.match(await act('plan_batch', { ...PLAN, count: 20 }), {
      body: { result: { batch: 2, firstSerial: FIRST, lastSerial: serialAt(19) } },
    })
    const { answer, view } = await take(2, 'maker.csv', fileOf(lines))
    t.match(answer, { status: 200, body: { result: { batch: 2, file: 'maker.csv' } } })
    t.match(view, {
      ...{ kind: 'imported', state: 'exported', counts: { exported: 16, void: 4 } },
      imports: [{ file: 'maker.csv', kept: 16, refused: 5, failure: null }],
    })
    t.strictSame(view.imports[0].refusals, [
      {
        line: 5,
        problem:
          'PINs of 4 digits have 13.3 bits: with 50,000,000 cards in use one guess in 1 finds a card. At least 14 digits.',
      },
      { line: 9, problem: `its PIN is that of ${serialAt(6)} on an earlier line` },
      { line: 10, problem: 'its PIN is that of another card' },
      { line: 14, problem: 'its serial number stands on an earlier line' },
      { line: 18, problem: `${serialAt(25)} is not of the batch, ${FIRST} to ${serialAt(19)}` },
    ])
    t.match((await get('audit?max=1')).body.entries[0], {
      ...{ act: 'import_cards', outcome: 'performed', person: 'key-custodian' },
      approver: 'supervisor',
      after: { file: 'maker.csv', sha256: sha256Of(Buffer.from(fileOf(lines))) },
    })
    t.ok((await works.check()).whole ?? true)

    const all = { firstSerial: FIRST, lastSerial: serialAt(2) }
    const token = await desk.call(phone(1))
    const key = async (place: number) => (await desk.key(token, pin(place) as never)).finding
    t.equal(await key(0), 'not_active', 'worthless before it is sold')
    t.match(await act('deliver_cards', all), { status: 200 })
    t.match(
      await act('activate_cards', all, custodian),
      { status: 403 },
      'who holds the file cannot',
    )
    t.match(await act('activate_cards', all), { body: { result: { changed: 3 } } })
    t.equal(await key(0), 'redeemed')
    t.equal(await key(6), 'not_active', 'of two lines with one PIN the first has it')
    t.equal(await key(7), 'unknown', 'and a refused line has none')
    t.equal((await desk.key(token, own.pin)).finding, 'redeemed', 'and our own keeps its own')
    t.match(
      (await act('deliver_cards', { firstSerial: serialAt(3), lastSerial: serialAt(3) })).body,
      {
        message: /being void/,
      },
    )
    const { body } = await get('liability?on=2001-01-15')
    const line = body.lines.find((one: { kind: string }) => one.kind === 'imported').cards
    t.match(line, {
      issued: 16,
      spoiled: 0,
      delivered: 3,
      activated: 3,
      charged: 1,
      outstanding: 2,
    })
    t.equal(
      line.activated - line.charged - line.refunded - line.voided,
      line.expired + line.outstanding,
    )

    await works.close()
    const stored = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ name }) => readFileSync(join(folder, name), 'latin1'))
      .concat(works.lines)
    for (const { pin } of cards)
      t.notOk(
        stored.some(text => text.includes(pin)),
        'no PIN in store or log',
      )
  },
)

t.test('what may not be imported is refused before anything is taken in', async t => {
  const works = await openWorks(t)
  const { act, take, put, get, imported } = works
  const cards = makersCards(10)
  const good = fileOf(cards.map(({ serial, pin }) => `${serial},${pin},3000`))
  const failure = (view: { imports: { failure: string }[] }) => view.imports.at(-1)?.failure
  // biome-ignore format: table
  for (const [change, says] of [
    [{ firstSerial: 'MCA000000001' }, /MCA is of our own cards/],
    [{ firstSerial: 'DEM000000001' }, /DEM is of our own cards/],
    [{ firstSerial: 'MKR999999995' }, /series MKR ends before 10 cards/],
    [{ faceValue: 700 },              /not at 700/],
  ] as const) {
    t.match((await act('plan_batch', { ...PLAN, count: 10, ...change })).body.message, says)
  }
  await act('plan_batch', { ...PLAN, count: 10 })
  await act('plan_batch', { ...PLAN, count: 10, firstSerial: undefined as never })
  t.match(
    (await act('plan_batch', { ...PLAN, count: 5, firstSerial: serialAt(9) })).body.message,
    /MKR000000010 to MKR000000010 were given to batch 1/,
    'serial numbers are never given twice',
  )
  const sha256 = put('maker.csv', good)
  const asked = { batch: 1, file: 'maker.csv', sha256 }
  t.equal((await act('import_cards', asked, issuer)).status, 403)
  t.match((await act('import_cards', { ...asked, batch: 2 }, custodian)).body.message, /commercial/)
  for (const file of ['../maker.csv', '/etc/passwd', '.hidden', 'a b'])
    t.equal((await act('import_cards', { ...asked, file }, custodian)).status, 400, file)
  const waiting = await works.ask('import_cards', custodian, asked)
  t.equal(waiting.status, 202, 'a second person must approve')
  t.match((await get(`approvals/${waiting.body.approval}`)).body.describe, sha256)

  put('maker.csv', good.replace('MKR000000003', 'MKR000000004'))
  await works.decide(waiting.body.approval, { by: supervisor, sha256: waiting.body.sha256 })
  await imported()
  const view = (await get('batches/1')).body
  t.match(failure(view), /not the one that was approved/, 'XW7: a file that was changed meanwhile')
  t.match(view, { state: 'planned', counts: { planned: 10 } })

  put('open.csv', good, 0o644)
  await act('import_cards', { ...asked, file: 'open.csv' }, custodian)
  await imported()
  t.match(failure((await get('batches/1')).body), /can be read by others/)
  await act('import_cards', { ...asked, file: 'none.csv' }, custodian)
  await imported()
  t.match(failure((await get('batches/1')).body), /ENOENT/)
  t.match(failure((await take(1, 'x.csv', 'a,b,c\n')).view), /Line 1 must name/)
  const others = good.replaceAll(',3000', ',1000')
  t.match(failure((await take(1, 'y.csv', others)).view), /No line of the file/)
  t.match((await take(1, 'maker.csv', good)).view, {
    ...{ state: 'exported', counts: { exported: 10 } },
    imports: { 5: { kept: 10, refused: 0, failure: null } },
  })
  t.match((await take(1, 'maker.csv', good)).answer.body.message, /is exported/)
  await act('plan_batch', { ...PLAN, count: 10, firstSerial: 'MKR000000101' })
  const again = good.replaceAll('MKR0000000', 'MKR0000001').replace('MKR000000110', 'MKR000000110')
  const twice = (await take(3, 'again.csv', again)).view
  t.match(failure(twice), /No card of the file could be kept/, 'every PIN is there already')
  t.match(twice, { state: 'planned', counts: { planned: 10 } })
  await works.close()
})

t.test('a file whose serial numbers are missing all over leaves no card', async t => {
  const works = await openWorks(t)
  const cards = makersCards(4_004).filter((_, place) => place % 4 === 0)
  await works.act('plan_batch', { ...PLAN, count: 4_004 })
  const text = (some: typeof cards) =>
    fileOf(some.map(({ serial, pin }) => `${serial},${pin},3000`))
  const { view } = await works.take(1, 'holes.csv', text(cards))
  t.match(view.imports[0].failure, /More than 1000 stretches/)
  t.match(view, { state: 'planned', counts: { planned: 4_004 } })
  const store = openStoreToRead(join(works.folder, 'scp.db'))
  t.equal(store.prepare('SELECT count(*) FROM card').pluck().get(), 0)
  store.close()
  const rest = (await works.take(1, 'fewer.csv', text(cards.slice(0, -1)))).view
  t.match(rest.counts, { exported: 1_000, void: 3_004 }, 'one stretch fewer is let in')
  await works.close()
})

t.test('S-03: an imported card is charged over a call', async t => {
  const works = await openWorks(t)
  const { act, desk } = works
  const [card] = makersCards(1)
  if (!card) throw new Error('no card')
  await act('plan_batch', { ...PLAN, count: 1 })
  await works.take(1, 'one.csv', fileOf([`${card.serial},${card.pin},3000`]))
  const range = { firstSerial: card.serial, lastSerial: card.serial }
  await act('deliver_cards', range)
  await act('activate_cards', range)
  const [home, log] = [freshHome(t), pino({ level: 'silent' })]
  const edge = httpEdge(log)
  const { store, ring } = desk
  chargeRoutes(edge, { store, ring, inCommunication: async () => {}, unitsAdded: () => {}, log })
  await listenOnSocket(edge, scpSocket(home))
  const given = { MCSCP_IVR_PORT: '0', MCSCP_IVR_DRAIN_TIME: '1' }
  const running = await ivr.start({ home, given, clock: desk.clock, log })
  t.teardown(async () => {
    await running.close()
    await edge.close()
  })
  const port = Number(running.listening['event socket']?.split(':').at(-1))
  const keys = [...`${card.pin}#`]
  await FakeFreeswitch.call(
    port,
    ({ application }) => {
      const key = application === 'play_and_get_digits' ? keys.shift() : undefined
      return key === undefined ? {} : { variables: { d: key } }
    },
    { 'X-Call-Session': await desk.call(phone(1)) },
  )
  const used = async () => (await works.get(`cards/${card.serial}`)).body
  while ((await used()).state !== 'used') await wait(20)
  t.match(await used(), { state: 'used', use: { by: phone(1), kind: 'mobilers' } })
})

t.test(
  'killed while it imports, scp goes on behind the last line: each card is there once',
  async t => {
    const [KILLS, COUNT] = [2, 6_000]
    const folder = t.testdir()
    const desk = await openDesk(t, { folder, thread: true })
    const cards = makersCards(COUNT)
    const bad = new Set([17, 2_000, 2_001, 5_999])
    const text = fileOf(
      cards.map(({ serial, pin }, place) => `${serial},${bad.has(place) ? 'x' : pin},3000`),
    )
    mkdirSync(join(folder, 'card-imports'))
    writeFileSync(join(folder, 'card-imports', 'maker.csv'), text, { mode: 0o600 })
    await beginImport(desk, COUNT, sha256Of(Buffer.from(text)))
    await desk.close()
    const chance = seededChance(20_001_202)
    let kills = 0
    for (let ended = false; !ended; ) {
      const child = spawn(process.execPath, [CHILD, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      ended = await followed(
        child,
        kills < KILLS ? 2 + Math.floor(chance() * 2) : Number.POSITIVE_INFINITY,
      )
      if (!ended) kills++
    }
    t.equal(kills, KILLS)
    const again = await openDesk(t, { folder, thread: true })
    const { batch, counts, imports } = await again.read('batch', {
      batch: 1,
      at: again.clock.now(),
    })
    t.strictSame([batch.state, counts], ['exported', { exported: COUNT - 4, void: 4 }])
    t.match(imports, [{ kept: COUNT - 4, refused: 4, failure: undefined }])
    t.strictSame(
      imports[0]?.refusals.map(({ line }) => line),
      [...bad].map(place => place + 2),
      'no line twice',
    )
    const store = openStoreToRead(join(folder, 'scp.db'))
    const find = store
      .prepare<[Uint8Array], number>('SELECT serial FROM card WHERE pin_digest = ?')
      .pluck()
    const wrong = cards.filter(({ serial, pin }, place) => {
      const [{ digest } = { digest: Buffer.alloc(0) }] = again.ring.digests(pin as never)
      return find.get(digest) !== (bad.has(place) ? undefined : serialKey(serial))
    })
    t.strictSame(wrong, [], 'each card has the digest of its own PIN')
    store.close()
    await again.close()
  },
)

/** Plans a batch and lets a file be imported as it, without an importer. */
async function beginImport(
  { store }: Awaited<ReturnType<typeof openDesk>>,
  count: number,
  sha256: string,
): Promise<void> {
  const reason = 'ordered'
  const plan = { ...PLAN, count }
  await store.ask('performAct', { act: 'plan_batch', person: issuer, reason, payload: plan })
  const payload = { batch: 1, file: 'maker.csv', sha256 }
  const asked = await store.ask('performAct', {
    ...{ act: 'import_cards', person: custodian, reason, payload },
  })
  if (asked.outcome !== 'waiting') throw new Error(JSON.stringify(asked))
  const decided = { decision: 'approve', person: supervisor, reason } as const
  const { approval, sha256: seen } = asked
  const answer = await store.ask('decideApproval', { approval, sha256: seen, ...decided })
  if (answer.outcome !== 'performed') throw new Error(JSON.stringify(answer))
}

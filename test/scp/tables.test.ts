import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { CONTRACT_CLASSES } from '../../domain/contract-class.js'
import { ROLES } from '../../domain/role.js'
import { systemClock } from '../../platform/clock.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStore } from '../../platform/store.js'
import { saleMistake } from '../../scp/rules/denominations.js'
import { isServed } from '../../scp/rules/subscriber-classes.js'
import { inForceAt, replacedBy, waitingAt } from '../../scp/rules/table-schedule.js'
import { differenceOf } from '../../scp/rules/table-text.js'
import { readTable, TABLE_NAMES, type TableName } from '../../scp/rules/tables.js'
import { checkAudit } from '../../scp/store/audit-check.js'
import { AuditLog } from '../../scp/store/audit-log.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { TableVersions } from '../../scp/store/table-versions.js'
import { type DiskPoint, diskRecorder } from '../support/disk/recorder.js'
import { memoryFolder } from '../support/memory-folder.js'
import { openOffice, person } from '../support/office-desk.js'
import { openDesk } from '../support/scp-desk.js'
import { OFFICE, phone } from '../support/scp-values.js'

/** Every mistake of a table, or `whole`. */
const readingOf = (name: TableName, text: string): string => {
  const reading = readTable(name, text)
  if (reading.outcome === 'whole') return 'whole'
  return reading.mistakes.map(({ line, why }) => `${line} ${why}`).join('; ')
}

const CLASSES = OFFICE.tables['subscriber-classes']

t.test('M-05: a table is checked whole, and every bad line is named with what to do', async t => {
  const d = (...rows: string[]) => ['face_value_yen,design', ...rows, ''].join('\n')
  const r = (...rows: string[]) => ['first,last,classes', ...rows, ''].join('\n')
  const g = (...rows: string[]) => ['clip,sha256,text', ...rows, ''].join('\n')
  const HASH = 'a1'.repeat(32)
  const LONGEST = 'あ'.repeat(60)
  // biome-ignore format: table
  const cases: [TableName, text: string, expected: RegExp, because: string][] = [
    ['denominations', d('500,', '1000,'),               /^whole$/, 'any design'],
    ['denominations', d('500,red', '500,blue', '1000,'), /^whole$/, 'designs of one, any of another'],
    ['denominations', d('10,', '999990,'),              /^whole$/, 'the smallest and the largest'],
    ['denominations', d(`500,${LONGEST}`),              /^whole$/, 'sixty characters'],
    ['denominations', '\ufeff# prices\r\n\r\nface_value_yen,design\r\n500,\r\n', /^whole$/, 'remarks, empty lines, a spreadsheet’s marks'],
    ['denominations', d('0,', '5,', '1000000,', '505,', '-500,'), /^2 0 is no face value.*; 3 5 is.*; 4 1000000 is.*; 5 505 is.*; 6 -500 is no face value: it must be whole tens of yen, from 10 to 999990$/, 'one below, one above, no whole ten, less than nothing: all at once'],
    ['denominations', d(`500,${LONGEST}あ`),            /^2 its design must be at most 60/, 'sixty-one'],
    ['denominations', d('500,red', '500,red'),          /^3 500 with the design red stands above already/, 'twice'],
    ['denominations', d('500,', '500,'),                /^3 500 with any design stands above already/, 'twice, any design'],
    ['denominations', d('500,red', '500,'),             /^3 500 stands above with a design: /, 'some and any'],
    ['denominations', d('500,', '500,red'),             /^3 500 stands above for any design: /, 'any and some'],
    ['denominations', d('500', '500,red,x', '"500,'),   /^2 it has 1 fields.*; 3 it has 3 fields.*; 4 a quotation mark/, 'fields that lack, are too many, are not closed'],
    ['denominations', d(),                              /^1 it has no rows/, 'nothing on sale'],
    ['denominations', '',                               /^1 the first line must name the columns face_value_yen,design$/, 'an empty file'],
    ['denominations', r('09010000000,09019999999,any'), /^1 the first line must name/, 'another table'],
    ['number-ranges', r('09010000000,09010000000,any', '09010000001,09019999999,mobile ship'), /^whole$/, 'one number, and the next'],
    ['number-ranges', r('09010000001,09019999999,any', '09010000000,09010000001,any'), /^3 it has numbers that line 2 has/, 'one number in both'],
    ['number-ranges', r('09000000000,09099999999,any', '09010000000,09010000001,any', '09080000000,09080000001,any'), /^3 it has numbers that line 2 has.*; 4 it has numbers that line 2 has/, 'two within one'],
    ['number-ranges', r('09010000001,09010000000,any', '0312345678,09010000000,any'), /^2 it ends before it begins.*; 3 first and last must be numbers/, 'backwards, no mobile number'],
    ['number-ranges', r('09010000000,09010000009,mobile boat', '09020000000,09020000009,'), /^2 its classes must be any, .*: boat; 3 its classes must be/, 'no class, none at all'],
    ['number-ranges', r(),                              /^1 it has no rows/, 'nobody could charge'],
    ['subscriber-classes', CLASSES,                     /^whole$/, 'the product’s'],
    ['subscriber-classes', CLASSES.replace('ship,', 'ship,mobilers'), /^whole$/, 'ships may charge'],
    ['subscriber-classes', CLASSES.replace('ship,', 'boat,'), /^10 boat is no class.*; 11 add a line for ship$/, 'a class that is none, and one that lacks'],
    ['subscriber-classes', CLASSES.replace('ship,', 'ship,free'), /^10 its charge kind must be mobilers or pricall, or empty$/, 'no charge kind'],
    ['subscriber-classes', `${CLASSES}ship,\n`,         /^12 ship stands above already/, 'twice'],
    ['guidance', g(),                                   /^whole$/, 'all clips are the product’s'],
    ['guidance', g(`ja/welcome.wav,${HASH},"Welcome, ""you"""`), /^whole$/, 'one is not'],
    ['guidance', g(`ja/../a.wav,${HASH},x`, `announcement/congestion.wav,${HASH},x`, `fr/a.wav,${HASH},x`), /^2 ja\/\.\.\/a\.wav is no clip of ivr.*; 3 announcement.* is no clip of ivr.*; 4 fr/, 'another folder, the switch’s, no language'],
    ['guidance', g(`ja/welcome.wav,${HASH.slice(1)},x`, `ja/locked.wav,${HASH},`), /^2 its sha256 must be 64.*; 3 its text is empty/, 'too short, no words'],
    ['guidance', g(`ja/welcome.wav,${HASH},x`, `ja/welcome.wav,${HASH},x`), /^3 ja\/welcome\.wav stands above/, 'twice'],
  ]
  for (const [name, text, expected, because] of cases) {
    t.match(readingOf(name, text), expected, `${name}: ${because}`)
  }
  for (const name of TABLE_NAMES) t.equal(readingOf(name, OFFICE.tables[name]), 'whole', name)
})

t.test('what a table says of a card and of a caller', async t => {
  const denominations = readTable(
    'denominations',
    'face_value_yen,design\n500,red\n1000,\n500,blue',
  )
  const ranges = readTable(
    'number-ranges',
    'first,last,classes\n09010000010,09010000020,mobile ship\n09010000021,09010000021,pricall\n09010000030,09010000030,any\n',
  )
  const classes = readTable('subscriber-classes', CLASSES)
  if (denominations.outcome === 'wrong' || ranges.outcome === 'wrong') throw new Error('wrong')
  if (classes.outcome === 'wrong') throw new Error('wrong')
  // biome-ignore format: table
  for (const [faceValue, design, mistake, because] of [
    [1_000, '',       undefined, 'any design, none too'],
    [1_000, 'x',      undefined, 'any design'],
    [500,   'blue',   undefined, 'one of two'],
    [500,   'green',  'Cards of 500 yen are printed in the design red, blue; not green.', 'another'],
    [500,   '',       'Cards of 500 yen are printed in the design red, blue; none was named.', 'none'],
    [3_000, 'red',    'Cards are sold at 500, 1000 yen, not at 3000.', 'not on sale'],
  ] as const) {
    t.equal(saleMistake(denominations.table, faceValue, design), mistake, because)
  }
  // biome-ignore format: table
  for (const [n, kind, served, because] of [
    [10_000_009, 'mobilers', false, 'one below a range'],
    [10_000_010, 'mobilers', true,  'its first number'],
    [10_000_010, 'pricall',  false, 'no class of the range charges so'],
    [10_000_020, 'mobilers', true,  'its last'],
    [10_000_021, 'mobilers', false, 'the range above, of another class'],
    [10_000_021, 'pricall',  true,  'which charges so'],
    [10_000_022, 'pricall',  false, 'one above'],
    [10_000_030, 'pricall',  true,  'any class: the switch knows'],
    [10_000_030, 'mobilers', true,  'and any other'],
    [10_000_031, 'mobilers', false, 'behind all'],
  ] as const) {
    t.equal(isServed({ number: phone(n), kind }, ranges.table, classes.table), served, because)
  }
  t.equal(classes.table.size, CONTRACT_CLASSES.length)
  t.strictSame(differenceOf('a,b\n1,2\n3, 4\n', '# x\na,b\n3,4\n5,6\n1,2\n'), {
    removed: [],
    added: ['5,6'],
  })
})

t.test('which version is in force at a moment, and which was before', async t => {
  const switches = (...all: [version: number, from: number][]) =>
    all.map(([version, from], place) => ({ sequence: place + 1, version, from: epochMs(from) }))
  const some = switches([1, 10], [2, 20], [1, 30], [3, 30])
  // biome-ignore format: table
  for (const [at, inForce, waiting, because] of [
    [9,  undefined, 1,         'none yet'],
    [10, 1,         2,         'from its moment on'],
    [19, 1,         2,         'until the next'],
    [20, 2,         1,         'the next'],
    [29, 2,         1,         'two are to come'],
    [30, 3,         undefined, 'of two at once the later decision'],
  ] as const) {
    const moment = epochMs(at)
    t.equal(inForceAt(some, moment)?.version, inForce, because)
    t.equal(waitingAt(some, moment)?.version, waiting, because)
  }
  t.equal(inForceAt(switches([2, 30], [3, 20]), epochMs(40))?.version, 2, 'not the later decision')
  const back = switches([1, 10], [2, 20], [3, 30], [2, 40], [1, 50])
  for (const [version, before] of [
    [3, 2],
    [2, 1],
    [1, 0],
    [0, undefined],
  ] as const) {
    t.equal(replacedBy(back, version), before, `version ${version} was put over ${before}`)
  }
})

const PRICES = '# spring\nface_value_yen,design\n1000,blue\n2000,\n'
const LATER = 'face_value_yen,design\n1000,\n'

/** The office, asked about one table. */
async function openTables(t: Parameters<typeof openOffice>[0], folder?: string) {
  const office = await openOffice(t, folder === undefined ? {} : { folder })
  const [operator, table] = [person('operator'), 'denominations']
  const replace = (file: string, text: string, over: number, from?: EpochMs) =>
    office.act('replace_table', operator, {
      ...{ table, file, text, over },
      ...(from === undefined ? {} : { from }),
    })
  const roll = (to?: number) =>
    office.act('roll_back_table', operator, { table, ...(to === undefined ? {} : { to }) })
  const callOff = () => office.act('call_off_table', operator, { table })
  const shown = async () =>
    (await office.get('tables')).body.tables.find((one: { table: string }) => one.table === table)
  const inForce = async () => (await shown()).inForce
  const text = async (version?: number) =>
    (await office.get(`tables/${table}${version === undefined ? '' : `?version=${version}`}`)).body
      .text
  return { office, operator, table, replace, roll, callOff, shown, inForce, text }
}

t.test(
  'M-05: a table is replaced in service, waits, is called off, and is rolled back',
  async t => {
    const { office, operator, table, replace, roll, callOff, shown, inForce, text } =
      await openTables(t)
    const { clock } = office.desk
    const plan = (faceValue: number, design: string) =>
      office.act('plan_batch', person('card-issuer'), {
        ...{ count: 1, faceValue, design, distributor: '', pinLength: 14 },
      })
    const own = await text()
    t.equal(
      own,
      'face_value_yen,design\n500,\n1000,\n3000,\n5000,\n',
      'version 0 is of the settings',
    )
    t.equal((await plan(2_000, '')).status, 409)

    const bad = await replace('bad.csv', 'face_value_yen,design\n505,\n1000,\nx,\n', 0)
    t.match(bad, { status: 409, body: { code: 'ACT_REFUSED' } })
    t.equal(
      bad.body.message,
      [
        'bad.csv has 2 mistakes, so nothing of it was taken over:',
        '  bad.csv:2: 505 is no face value: it must be whole tens of yen, from 10 to 999990',
        '  bad.csv:4: x is no face value: it must be whole tens of yen, from 10 to 999990',
      ].join('\n'),
    )
    t.strictSame((await shown()).versions.length, 1, 'not even kept')

    const checking = { person: operator, file: 'prices.csv', text: PRICES }
    t.strictSame((await office.post(`tables/${table}/check`, checking)).body, {
      inForce: 0,
      removed: ['500,', '1000,', '3000,', '5000,'],
      added: ['1000,blue', '2000,'],
    })
    const wrong = await office.post(`tables/${table}/check`, { ...checking, text: 'x' })
    t.match(wrong, { status: 400, body: { code: 'FILE_MALFORMED', message: /prices\.csv:1: / } })

    t.match(await replace('prices.csv', PRICES, 1), { status: 409 }, 'over another than was seen')
    const sha256 = sha256Of(Buffer.from(PRICES))
    t.match(await replace('prices.csv', PRICES, 0), {
      ...{ status: 200 },
      body: { result: { table, version: 1, sha256, waits: false } },
    })
    t.equal(await text(), PRICES, 'byte for byte')
    t.equal((await plan(2_000, 'any')).status, 200, 'a new face value')
    t.equal((await plan(1_000, 'red')).status, 409, 'not in this design')
    t.equal((await plan(1_000, 'blue')).status, 200)
    t.equal((await plan(500, '')).status, 409, 'no longer on sale')
    t.match(await replace('same.csv', PRICES, 1), { status: 409, body: { message: /already/ } })

    const from = epochMs(clock.now() + 60_000)
    t.match(await replace('later.csv', LATER, 1, epochMs(clock.now() - 1)), {
      ...{ status: 409, body: { message: /is over/ } },
    })
    t.match(await replace('later.csv', LATER, 1, from), { body: { result: { waits: true } } })
    t.match(await replace('other.csv', own, 1), { status: 409, body: { message: /call it off/ } })
    t.equal((await callOff()).status, 200)
    t.equal((await callOff()).status, 409, 'none waits')
    t.match(await replace('later.csv', LATER, 1, from), { body: { result: { version: 3 } } })
    t.equal(await inForce(), 1)
    clock.set(epochMs(from - 1))
    t.equal((await plan(2_000, '')).status, 200, 'until the last moment')
    clock.set(from)
    t.equal(await inForce(), 3, 'by the clock alone')
    t.equal((await plan(2_000, '')).status, 409)
    t.strictSame(
      office.tables.at('denominations', clock.now()).map(({ faceValue }) => faceValue),
      [1_000],
      'call control goes by it too',
    )

    t.match(await roll(2), { status: 409, body: { message: /never in force/ } })
    t.match(await roll(9), { status: 409, body: { message: /never in force/ } })
    t.match(await roll(3), { status: 409, body: { message: /already/ } })
    t.match(await roll(), { body: { result: { version: 1, sha256 } } })
    t.equal(await text(), PRICES, 'the bytes of before')
    t.match(await roll(), { body: { result: { version: 0 } } })
    t.equal(await text(), own)
    t.match(await roll(), { status: 409, body: { message: /none before it/ } })
    t.match(await roll(3), { body: { result: { version: 3 } } }, 'forward again, by its number')
    t.match(await shown(), {
      inForce: 3,
      versions: [{ version: 0 }, { version: 1, file: 'prices.csv', person: 'operator' }, {}, {}],
    })
    t.match(await office.get('tables/denominations?version=9'), { status: 409 })
    await office.close()

    const again = await openTables(t, t.testdirName)
    t.equal(await again.inForce(), 3, 'over a restart')
    t.equal(await again.text(1), PRICES)
    const done = (await again.office.audit()).filter(
      ({ act, outcome }: { act: string; outcome: string }) =>
        act.endsWith('_table') && outcome === 'performed',
    )
    t.match(done, [
      {
        ...{ act: 'replace_table', subject: 'table denominations', person: 'operator' },
        before: { version: 0, sha256: sha256Of(Buffer.from(own)) },
        after: { version: 1, sha256, added: 2, removed: 4 },
      },
      { after: { version: 2 } },
      { act: 'call_off_table', before: { version: 2 } },
      { after: { version: 3 } },
      { act: 'roll_back_table', before: { version: 3 }, after: { version: 1, sha256 } },
      { act: 'roll_back_table', after: { version: 0 } },
      { act: 'roll_back_table', after: { version: 3 } },
    ])
    t.match(await again.office.check(), { outcome: 'whole' })
    await again.office.close()
  },
)

t.test('M-05: who may change tables, by role', async t => {
  const office = await openOffice(t)
  const payload = { table: 'denominations', file: 'prices.csv', text: PRICES, over: 0 }
  for (const role of ROLES) {
    const may = role === 'operator' || role === 'supervisor'
    const replaced = await office.act('replace_table', person(role), payload)
    t.equal(replaced.status, may ? 200 : 403, `replace_table as ${role}`)
    const back = await office.act('roll_back_table', person(role), { table: 'denominations' })
    t.equal(back.status, may ? 200 : 403, `roll_back_table as ${role}`)
    const off = await office.act('call_off_table', person(role), { table: 'denominations' })
    t.equal(off.status, may ? 409 : 403, `call_off_table as ${role}`)
  }
  await office.close()
})

t.test('M-05: a call goes on with the table that was in force when it began', async t => {
  const { office, replace } = await openTables(t)
  const { desk } = office
  const caller = phone(1)
  const before = await desk.call(caller)
  for (const faceValue of [3_000, 500]) {
    const pins = await desk.cards(faceValue === 500 ? 1 : 16, faceValue)
    for (const { pin } of pins) await desk.key(before, pin)
  }
  const permission = async (token: typeof before) =>
    (await desk.store.ask('permission', token)).permission.outcome
  t.equal(await permission(before), 'permitted', '1,500 yen are left')
  desk.clock.set(epochMs(desk.clock.now() + 1))
  t.equal((await replace('dear.csv', 'face_value_yen,design\n3000,\n', 0)).status, 200)
  t.equal(await permission(before), 'permitted', 'it began when cards of 500 yen were on sale')
  const after = await desk.call(caller)
  t.equal(await permission(after), 'at_month_cap', 'no card on sale could be registered')
  t.equal(
    (await office.act('roll_back_table', person('operator'), { table: 'denominations' })).status,
    200,
  )
  t.equal(await permission(await desk.call(caller)), 'permitted')
  await office.close()
})

const REPLACING = fileURLToPath(new URL('../support/replacing-child.js', import.meta.url))

// biome-ignore format: table
const POINTS: readonly (DiskPoint & { readonly because: string })[] = [
  { act: 'write', file: '.db-wal', when: 'after',  count: 30, because: 'part of a commit is written' },
  { act: 'sync',  file: '.db-wal', when: 'before', count: 5,  because: 'a commit is written, not flushed' },
  { act: 'sync',  file: '.db-wal', when: 'after',  count: 6,  because: 'in force, nobody told' },
  { act: 'tell',  file: 'told',    when: 'after',  count: 4,  because: 'told' },
]

const recorder = diskRecorder(t, POINTS.length, 'kills between the steps of a file update')

if (recorder) {
  t.test('M-05: killed between any two steps, a table is whole, old or new', async t => {
    const folder = memoryFolder(t)
    const path = join(folder, 'scp.db')
    await (await openDesk(t, { folder })).close()
    for (const { because, ...point } of POINTS) {
      const child = spawn(process.execPath, [REPLACING, path], {
        env: recorder.killing(folder, point),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      t.teardown(() => child.kill('SIGKILL'))
      const ended = once(child, 'close')
      let told: number | undefined
      for await (const line of createInterface({ input: child.stdout }))
        told = Number(line.slice(2))
      t.equal((await ended)[1], 'SIGKILL', because)

      const store = openStore(path, MIGRATIONS)
      const tables = new TableVersions(store, OFFICE.tables)
      const { versions, switches, asOf } = tables.kept('denominations', systemClock.now())
      const inForce = inForceAt(switches, asOf)?.version ?? 0
      const performed = new AuditLog(store).search({ max: 1_000 })
      t.match(performed[0]?.after, { version: inForce }, 'the audit log tells what is in force')
      t.equal(performed.length, switches.length, 'an entry for each switch, and no more')
      const last = switches.at(-2)?.version
      t.ok(told === undefined || told === inForce || told === last, 'what was told is kept')
      for (const { version, sha256 } of versions) {
        const text = tables.text('denominations', version) ?? ''
        t.equal(sha256Of(Buffer.from(text)), sha256, 'byte for byte')
        t.equal(readingOf('denominations', text), 'whole')
      }
      t.match(checkAudit(store), { outcome: 'whole' })
      store.close()
    }
  })
}

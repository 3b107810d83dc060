import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseSerialNumber, type SerialNumber } from '../../domain/card.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import { openStore } from '../../platform/store.js'
import {
  batchAfter,
  type CardAct,
  type CardState,
  next,
  type Standing,
  stateAt,
} from '../../scp/rules/card-life.js'
import { pinLengthMistake, pinStrength } from '../../scp/rules/pin-strength.js'
import { Batches, type NewBatch } from '../../scp/store/batches.js'
import { type AskedOfCards, CardActs } from '../../scp/store/card-acts.js'
import { CardEvents } from '../../scp/store/card-events.js'
import { CardRanges } from '../../scp/store/card-ranges.js'
import { serialKey, serialOf } from '../../scp/store/keys.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const NOW = jst('2001-01-15T12:00:00')
const LATER = jst('2001-06-01T00:00:00')
const BEFORE = jst('2001-01-01T00:00:00')

const ACTS: readonly CardAct[] = [
  ...(['generate', 'export', 'spoil', 'deliver', 'activate', 'use'] as const),
  ...(['freeze', 'unfreeze', 'extend', 'void', 'refund', 'import'] as const),
]

/** A standing that shows as a state. An expired one was active; a frozen one was delivered. */
function shownAs(state: CardState): Standing {
  const kept = state === 'expired' ? 'active' : state
  return {
    state: kept,
    frozenFrom: kept === 'frozen' ? 'delivered' : undefined,
    expiresAt: state === 'expired' ? BEFORE : LATER,
    extended: false,
  }
}

t.test('every act on a card of every state: what comes of it', async t => {
  // A dot: refused. The other letters: where the card stands then.
  const letters: Record<string, CardState> = {
    ...{ g: 'generated', e: 'exported', d: 'delivered', a: 'active', u: 'used' },
    ...{ f: 'frozen', v: 'void', r: 'refunded' },
  }
  // biome-ignore format: table
  for (const [state, row, because] of [
    //           generate export spoil deliver activate use freeze unfreeze extend void refund import
    ['planned',   'g . . . . . . . . v . e', 'nothing is there yet but its serial number'],
    ['generated', '. e . . . . f . . v . .', 'its print file is here'],
    ['exported',  '. . v d . . f . . v . .', 'the card maker may spoil it'],
    ['delivered', '. . . . a . f . d v . .', 'worthless before it is activated, so never refunded'],
    ['active',    '. . . . . u f . a v r .', 'sold'],
    ['used',      '. . . . . . . . . . . .', 'what is used stays used'],
    ['frozen',    '. . . . . . . d . v . .', 'back to where it was, or gone'],
    ['expired',   '. . . . . . f . a v r .', 'sold, and too late'],
    ['void',      '. . . . . . . . . . . .', 'for good'],
    ['refunded',  '. . . . . . . . . . . .', 'paid back'],
  ] as const) {
    row.split(' ').forEach((letter, place) => {
      const act = ACTS[place] ?? 'use'
      const step = next(shownAs(state), act, NOW, jst('2001-12-01T00:00:00'))
      const came = step.outcome === 'done' ? stateAt(step.standing, NOW) : '.'
      t.equal(came, letters[letter] ?? '.', `${act} a card that is ${state}: ${because}`)
    })
  }
})

t.test(
  'expiry is put off once, and only a card that was sold and never extended is refunded',
  async t => {
    const active = shownAs('active')
    const until = jst('2002-01-01T00:00:00')
    // biome-ignore format: table
    for (const [standing, act, expected, because] of [
    [active,                                    'extend', 'done',              'the first time'],
    [{ ...active, extended: true },             'extend', 'extended_before',   'a second time'],
    [{ ...active, expiresAt: undefined },       'extend', 'nothing_to_extend', 'it never expires'],
    [{ ...active, expiresAt: until },           'extend', 'nothing_to_extend', 'that is not later'],
    [active,                                    'refund', 'done',              'sold, unused'],
    [{ ...active, extended: true },             'refund', 'extended_before',   'the rule of 2012'],
    [shownAs('expired'),                        'refund', 'done',              'expired, unused'],
    [{ ...shownAs('expired'), state: 'delivered' }, 'refund', 'never_sold',    'expired in the shop'],
    [shownAs('delivered'),                      'refund', 'not_from_here',     'never sold'],
  ] as const) {
    const step = next(standing, act, NOW, until)
    t.equal(step.outcome === 'done' ? 'done' : step.because, expected, `${act}: ${because}`)
  }
    const expired = { ...active, expiresAt: NOW }
    t.equal(stateAt(expired, NOW), 'expired', 'at its last moment it has expired')
    t.equal(
      stateAt(expired, jst('2001-01-15T11:59:59.999')),
      'active',
      'a moment before it has not',
    )
  },
)

t.test('a batch goes forward with the first of its cards, and never back', async t => {
  t.equal(batchAfter('exported', 'delivered'), 'delivered')
  t.equal(batchAfter('active', 'delivered'), 'active')
  t.equal(batchAfter('frozen', 'active'), 'frozen')
  t.equal(batchAfter('delivered', 'void'), 'delivered')
})

t.test('XP3: PINs under 14 digits are refused, with the chance of a guess said', async t => {
  t.equal(pinStrength(16).guessesPerHit, 200_000_000, '50 million live cards and 16 digits')
  t.equal(pinStrength(12).guessesPerHit, 20_000, 'and 12 digits')
  t.match(pinLengthMistake(12), /12 digits have 39\.9 bits.*one guess in 20,000/)
  t.match(pinLengthMistake(13), /13 digits have 43\.2 bits.*one guess in 200,000/)
  t.match(pinLengthMistake(4), /one guess in 1 /)
  t.equal(pinLengthMistake(14), undefined)
  t.equal(pinLengthMistake(20), undefined)
  t.match(pinLengthMistake(21), /at most 20/)
})

const DOING = { person: 'Sato', approver: 'Suzuki', reason: 'as ordered' }

const PLAN: NewBatch = {
  kind: 'commercial',
  count: 100,
  faceValue: yen(1_000),
  pinLength: 14,
  design: 'cherry',
  distributor: 'shop 7',
  expiresAt: LATER,
}

/** The store's part of the card office, without PINs. */
function openOffice(t: Test) {
  const store = openStore(join(t.testdir(), 'scp.db'), MIGRATIONS)
  t.teardown(() => store.close())
  store.prepare('INSERT INTO pin_key VALUES (1, ?)').run(Buffer.alloc(32))
  const acts = new CardActs(store)
  const batches = new Batches(store)
  const plan = (more: Partial<NewBatch> = {}) => batches.plan({ ...PLAN, ...more }, NOW, DOING)
  /** A batch whose cards are with the card maker. */
  const exported = (more: Partial<NewBatch> = {}) => {
    const { batch } = plan(more)
    acts.generated(batch, NOW, DOING)
    acts.exportBatch(batch, NOW, DOING)
    return batches.get(batch)
  }
  return {
    store,
    acts,
    batches,
    plan,
    exported,
    ranges: new CardRanges(store),
    events: new CardEvents(store),
    range: (act: AskedOfCards['act'], first: string, last = first, until = LATER) =>
      acts.toRange({ act, first: serial(first), last: serial(last), until }, NOW, DOING),
  }
}

const serial = (text: string): SerialNumber => {
  const parsed = parseSerialNumber(text)
  if (!parsed) throw new RangeError(text)
  return parsed
}

function refusalOf(act: () => unknown): string {
  try {
    act()
    return 'done'
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}

t.test('a batch goes from plan to sale, each step an event with its reason', async t => {
  const { acts, batches, plan, range, events } = openOffice(t)
  const { batch, firstSerial, lastSerial } = plan()
  t.strictSame([firstSerial, lastSerial], ['MCA000000001', 'MCA000000100'])
  t.match(
    refusalOf(() => acts.exportBatch(batch, NOW, DOING)),
    /is planned: .* exported/,
  )
  acts.generated(batch, NOW, DOING)
  acts.exportBatch(batch, NOW, DOING)
  t.match(
    refusalOf(() => range('activate', 'MCA000000001')),
    /exported/,
    'worthless as stolen stock',
  )
  t.match(range('spoil', 'MCA000000007'), { batch, changed: 1, was: { exported: 1 }, left: {} })
  t.match(
    refusalOf(() => range('deliver', firstSerial, lastSerial)),
    /MCA000000007.*being void/,
    'all of a range or none',
  )
  t.equal(range('deliver', 'MCA000000008', lastSerial).changed, 93)
  t.equal(batches.get(batch).state, 'delivered', 'with the first of its cards')
  t.equal(range('activate', 'MCA000000011', 'MCA000000020').changed, 10)
  t.equal(batches.get(batch).state, 'active')
  t.match(
    refusalOf(() => range('activate', 'MCA000000020', 'MCA000000021')),
    /MCA000000020.*active/,
  )
  t.strictSame(
    events
      .ofBatch(batch, 20)
      .filter(({ wholeBatch }) => !wholeBatch)
      .map(one => [
        one.act,
        one.cards,
        one.before,
        one.after,
        one.person,
        one.approver,
        one.reason,
      ]),
    [
      ['plan', 100, undefined, 'planned', 'Sato', 'Suzuki', 'as ordered'],
      ['generate', 100, 'planned', 'generated', 'Sato', 'Suzuki', 'as ordered'],
      ['export', 100, 'generated', 'exported', 'Sato', 'Suzuki', 'as ordered'],
      ['spoil', 1, 'exported', 'void', 'Sato', 'Suzuki', 'as ordered'],
      ['deliver', 93, 'exported', 'delivered', 'Sato', 'Suzuki', 'as ordered'],
      ['activate', 10, 'delivered', 'active', 'Sato', 'Suzuki', 'as ordered'],
    ],
  )
})

t.test('serial numbers are never given twice, not after a void batch either', async t => {
  const { plan, range, batches } = openOffice(t)
  const first = plan()
  t.equal(range('void', first.firstSerial, first.lastSerial).changed, 100)
  t.equal(batches.get(first.batch).state, 'void')
  t.equal(plan().firstSerial, 'MCA000000101')
  t.equal(plan({ kind: 'demonstration' }).firstSerial, 'DEM000000001', 'each series by itself')
  t.match(
    refusalOf(() => plan({ count: 1_000_000_000 })),
    /not left in the series/,
  )
})

t.test('ranges stay as few as can be, whatever is done to single cards', async t => {
  const { exported, range, ranges } = openOffice(t)
  const { batch, firstSerial, lastSerial } = exported()
  exported()
  range('deliver', firstSerial, lastSerial)
  for (let n = 1; n <= 100; n += 2) range('freeze', serialOf(serialKey(firstSerial) + n - 1))
  t.equal(ranges.ofBatch(batch).length, 100, 'every second card frozen')
  t.strictSame(range('freeze', firstSerial, lastSerial).left, { frozen: 50 })
  t.equal(ranges.ofBatch(batch).length, 1)
  t.strictSame(range('unfreeze', firstSerial, lastSerial).changed, 100)
  t.strictSame(
    ranges.ofBatch(batch).map(({ standing }) => standing.state),
    ['delivered'],
    'back to where they were',
  )
})

t.test('what an act may not be done to is said, and nothing is done', async t => {
  const { exported, range, acts, events } = openOffice(t)
  const one = exported()
  const other = exported()
  range('deliver', one.firstSerial, one.lastSerial)
  acts.freezeBatch(one.batch, 'freeze', NOW, DOING)
  const count = events.ofBatch(one.batch, 100).length
  // biome-ignore format: table
  for (const [act, first, last, says] of [
    ['activate', 'MCA000000001', 'MCA000000010', /Batch 1 is frozen/],
    ['deliver',  'MCA000000100', 'MCA000000101', /several batches/],
    ['freeze',   'MCA000000201', 'MCA000000300', /no cards from/],
    ['unfreeze', 'MCA000000001', 'MCA000000002', /being delivered/],
  ] as const) {
    t.match(refusalOf(() => range(act, first, last)), says)
  }
  t.match(
    refusalOf(() => acts.freezeBatch(one.batch, 'freeze', NOW, DOING)),
    /is frozen/,
  )
  t.equal(events.ofBatch(one.batch, 100).length, count)
  t.equal(acts.freezeBatch(one.batch, 'unfreeze', NOW, DOING).batch, one.batch)
  t.match(
    refusalOf(() => acts.freezeBatch(9, 'freeze', NOW, DOING)),
    /no batch 9/,
  )
  range('deliver', other.firstSerial, other.lastSerial)
  range('activate', other.firstSerial, other.lastSerial)
  range('extend', other.firstSerial, other.lastSerial, jst('2002-01-01T00:00:00'))
  t.match(
    refusalOf(() =>
      range('extend', other.firstSerial, other.firstSerial, jst('2003-01-01T00:00:00')),
    ),
    /extended once before/,
  )
  t.match(
    refusalOf(() => range('refund', other.firstSerial)),
    /extended once before/,
  )
})

t.test('what was done to cards can be neither changed nor deleted', async t => {
  const { store, plan } = openOffice(t)
  plan()
  t.throws(() => store.exec('UPDATE card_event SET cards = 1'), /never changed/)
  t.throws(() => store.exec('DELETE FROM card_event'), /never deleted/)
})

t.test('a card is usable only while it and its batch are active', async t => {
  const desk = await openDesk(t)
  const [first, second, third, fourth] = await desk.cards(4, 1_000)
  if (!first || !second || !third || !fourth) throw new Error('no cards')
  const token = await desk.call(phone(1))
  t.equal((await desk.key(token, first.pin)).finding, 'redeemed')
  await desk.close()
  const store = openStore(desk.file, MIGRATIONS)
  const acts = new CardActs(store)
  const range = { first: first.serial, last: second.serial }
  t.strictSame(acts.toRange({ act: 'freeze', ...range }, NOW, DOING), {
    batch: 1,
    changed: 1,
    was: { active: 1 },
    left: { used: 1 },
  })
  t.match(
    refusalOf(() =>
      acts.toRange({ act: 'refund', first: first.serial, last: first.serial }, NOW, DOING),
    ),
    /being frozen/,
  )
  store.close()
  const again = await openDesk(t, { folder: t.testdirName })
  const call = await again.call(phone(2))
  t.equal((await again.key(call, second.pin)).finding, 'not_active', 'frozen')
  t.equal((await again.key(call, third.pin)).finding, 'redeemed')
  await again.close()
  const open = openStore(desk.file, MIGRATIONS)
  new CardActs(open).freezeBatch(1, 'freeze', NOW, DOING)
  open.close()
  const last = await openDesk(t, { folder: t.testdirName })
  t.equal((await last.key(await last.call(phone(3)), fourth.pin)).finding, 'not_active')
  await last.close()
})

t.test('cards of an earlier form of the store stand as they stood', async t => {
  const file = join(t.testdir(), 'old.db')
  const old = openStore(file, MIGRATIONS.slice(0, 6))
  old.exec(`
    INSERT INTO pin_key VALUES (1, x'00');
    INSERT INTO batch VALUES (1, 1, ${serialKey(serial('DEM000000001'))}, 2, 1000, 14, 1, 2, 5);
    INSERT INTO batch VALUES (2, 1, ${serialKey(serial('DEM000000003'))}, 1, 1000, 14, 1, 2, 6);
    INSERT INTO batch VALUES (3, 1, ${serialKey(serial('DEM000000004'))}, 9, 1000, 14, 1, 1, 7);
    INSERT INTO card VALUES (${serialKey(serial('DEM000000001'))}, 1, randomblob(32), 4, 99, NULL, NULL);
    INSERT INTO card VALUES (${serialKey(serial('DEM000000002'))}, 1, randomblob(32), 5, 99, 9012345678, 8);
    INSERT INTO card VALUES (${serialKey(serial('DEM000000003'))}, 2, randomblob(32), 1, NULL, NULL, NULL);
  `)
  old.close()
  const store = openStore(file, MIGRATIONS)
  t.teardown(() => store.close())
  const batches = new Batches(store)
  const ranges = new CardRanges(store)
  t.strictSame(
    batches
      .list()
      .map(({ batch, state, expiresAt }) => [
        batch,
        state,
        expiresAt,
        ...ranges
          .ofBatch(batch)
          .map(({ first, last, standing }) => [
            serialOf(first),
            serialOf(last),
            standing.state,
            standing.expiresAt,
          ]),
      ]),
    [
      [1, 'active', 99, ['DEM000000001', 'DEM000000002', 'active', 99]],
      [2, 'delivered', undefined, ['DEM000000003', 'DEM000000003', 'delivered', undefined]],
      [3, 'planned', undefined, ['DEM000000004', 'DEM000000012', 'planned', undefined]],
    ],
  )
  t.strictSame(store.prepare('SELECT state, used_by FROM card ORDER BY serial').raw().all(), [
    [1, null],
    [5, 9012345678],
    [1, null],
  ])
  t.equal(batches.plan({ ...PLAN, kind: 'demonstration' }, NOW, DOING).firstSerial, 'DEM000000013')
})

t.test('a series that is used up is a refusal, which stands in the audit log', async t => {
  const desk = await openDesk(t)
  const person = { name: 'ishii', role: 'card-issuer' } as const
  const payload = {
    count: 10_000_000,
    faceValue: 1_000,
    pinLength: 14,
    design: '',
    distributor: '',
  }
  const plan = () =>
    desk.store.ask('performAct', { act: 'plan_batch', person, reason: 'stock', payload })
  for (let batch = 1; batch < 100; batch++) t.equal((await plan()).outcome, 'performed')
  t.match(await plan(), { outcome: 'refused', code: 'ACT_REFUSED', because: 'not_possible' })
  await desk.close()
})

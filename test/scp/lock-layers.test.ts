import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Pin } from '../../domain/card.js'
import { epochMs } from '../../domain/clock.js'
import { ROLES, type Role } from '../../domain/role.js'
import { SetClock } from '../../platform/clock.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import {
  afterGuess,
  type Brake,
  brakes,
  guessLimit,
  mustWait,
} from '../../scp/rules/guess-brake.js'
import type { ChargePolicy } from '../../scp/store/charges.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { GUESSED_UNDER } from '../support/guessing-child.js'
import { openOffice, person } from '../support/office-desk.js'
import { type Desk, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { POLICY, phone } from '../support/scp-values.js'

const NOON = jst('2001-01-15T12:00:00')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** A handset keys a card in a call of its own: the true reason, and whether that locked the card. */
async function keyed(desk: Desk, handset: number, pin: Pin): Promise<string> {
  const { finding, cardNowLocked } = await desk.key(await desk.call(phone(handset)), pin)
  return cardNowLocked ? `${finding}, locks it` : finding
}

const permission = async (desk: Desk, handset: number) =>
  (await desk.store.ask('permission', await desk.call(phone(handset)))).permission.outcome

const braking = (rateMax: number): ChargePolicy => ({
  ...POLICY,
  brake: { ...POLICY.brake, rateMax },
})

t.test('S-09: a card that five handsets probe is locked, and stays so once activated', async t => {
  const office = await openOffice(t)
  const { desk, act, get, audit } = office
  const { serial, pin } = await desk.card(1_000, { activated: false })
  // biome-ignore format: table
  for (const [handset, expected, because] of [
    [1, 'not_active',           'a card that was stolen on its way, say'],
    [1, 'not_active',           'the same handset counts once'],
    [2, 'not_active',           'another'],
    [3, 'not_active',           'another'],
    [4, 'not_active',           'the fourth locks nothing'],
    [5, 'not_active, locks it', 'the fifth does; the log keeps the reason that it had'],
    [6, 'not_active',           'it is locked once'],
  ] as const) {
    t.equal(await keyed(desk, handset, pin), expected, because)
  }
  const range = { firstSerial: serial, lastSerial: serial }
  t.match(await act('activate_cards', person('card-issuer'), range), {
    ...{ status: 200, body: { outcome: 'performed' } },
  })
  const refused = await desk.key(await desk.call(phone(7)), pin)
  t.strictSame(refused.answer, { outcome: 'unusable', nowLocked: false }, 'the words of any other')
  t.equal(refused.finding, 'card_locked', 'and the reason for the log')
  t.match(await desk.read('entries', { outcome: 'card_locked' }), [{ serial, msisdn: phone(7) }])
  const at = desk.clock.now()
  t.match((await get('locks')).body, {
    cards: [{ serial, lockedAt: at, handsets: 5 }],
    ...{ handsets: [], brake: null },
  })
  const { body } = await get(`card-locks/${serial}`)
  t.match(body, { serial, locked: true, handsets: 7, events: [{ at, handsets: 5, person: null }] })
  const probes = body.probes.map(
    ({ msisdn, outcome }: Record<string, string>) => `${msisdn} ${outcome}`,
  )
  const expected = [1, 1, 2, 3, 4, 5, 6].map(n => `${phone(n)} not_active`)
  t.strictSame(probes.sort(), [...expected, `${phone(7)} card_locked`])
  t.match(await act('unlock_card', person('operator'), { serial }), {
    ...{ status: 200, body: { outcome: 'performed', result: { unlocked: 1 } } },
  })
  t.match((await audit()).at(-1), {
    ...{ act: 'unlock_card', subject: serial, reason: 'a caller asked for it' },
    before: { locked: true, handsets: 7 },
  })
  t.equal(await keyed(desk, 7, pin), 'redeemed', 'released, its owner can use it')
  t.match(await act('unlock_card', person('operator'), { serial }), {
    ...{ status: 409, body: { code: 'ACT_REFUSED', message: /is not locked/ } },
  })
  await office.close()
})

t.test('S-11: several cards at once need a second person; a release counts anew', async t => {
  const office = await openOffice(t)
  const { desk, act, decide, get } = office
  const cards = await desk.cards(2, 1_000, { activated: false })
  const serials = cards.map(({ serial }) => serial)
  for (const { pin } of cards) for (let n = 1; n <= 5; n++) await keyed(desk, n, pin)
  const asked = await act('unlock_cards', person('operator'), { serials })
  t.match(asked, { status: 202, body: { outcome: 'waiting', approval: 1 } })
  const { sha256 } = asked.body
  t.equal((await get('locks')).body.cards.length, 2, 'nothing is done yet')
  t.match(await decide(1, { by: person('operator', 'other'), sha256 }), { status: 409 })
  t.match(await decide(1, { by: person('supervisor'), sha256 }), {
    ...{ status: 200, body: { act: 'unlock_cards', result: { unlocked: 2 } } },
  })
  t.equal((await get('locks')).body.cards.length, 0)
  desk.clock.set(epochMs(NOON + 1))
  const [card] = cards
  if (!card) throw new Error('no card was made')
  const again = []
  for (let n = 11; n <= 15; n++) again.push(await keyed(desk, n, card.pin))
  t.strictSame(again, [...Array(4).fill('not_active'), 'not_active, locks it'])
  await office.close()
})

t.test('handsets count against a card for thirty days', async t => {
  // biome-ignore format: table
  for (const [later, expected, because] of [
    [30 * DAY - 1, 'used, locks it', 'the first still counts'],
    [30 * DAY,     'used',           'it no longer does'],
  ] as const) {
    const desk = await openDesk(t, { folder: t.testdir({}), clock: new SetClock(NOON) })
    const { pin } = await desk.card(1_000)
    t.equal(await keyed(desk, 9, pin), 'redeemed')
    for (const n of [1, 2, 3, 4]) t.equal(await keyed(desk, n, pin), 'used')
    t.equal(await keyed(desk, 9, pin), 'own_card', 'who used it probes nothing')
    desk.clock.set(epochMs(NOON + later))
    t.equal(await keyed(desk, 5, pin), expected, because)
    await desk.close()
  }
})

t.test('a locked card is told to its owner within a day, and burned by nobody', async t => {
  const desk = await openDesk(t)
  const [mine, idle] = [await desk.card(1_000), await desk.card(3_000)]
  await keyed(desk, 9, mine.pin)
  for (let n = 1; n <= 5; n++) await keyed(desk, n, mine.pin)
  const own = await desk.key(await desk.call(phone(9)), mine.pin)
  t.match(own.answer, { outcome: 'own_card', faceValue: 1_000 }, 'it is his own')
  await desk.close()
  const store = openStore(desk.file, MIGRATIONS)
  store
    .prepare(
      `INSERT INTO card_lock_event (serial, at, handsets)
       SELECT serial, ?, 5 FROM card WHERE state <> 5`,
    )
    .run(NOON)
  t.throws(() => store.exec('UPDATE card_lock_event SET handsets = 1'), /never changed/)
  t.throws(() => store.exec('DELETE FROM card_lock_event'), /never deleted/)
  store.close()
  const again = await openDesk(t, { folder: t.testdirName })
  t.equal(await keyed(again, 8, idle.pin), 'card_locked')
  const rows = openStoreToRead(again.file)
  t.equal(rows.prepare('SELECT count(*) FROM charge_record').pluck().get(), 1)
  rows.close()
  await again.close()
})

t.test(
  'forty handsets at once on one card: it is locked once, by the fifth that is counted',
  async t => {
    const desk = await openDesk(t, { thread: true })
    const { pin, serial } = await desk.card(1_000, { activated: false })
    const tokens = await Promise.all(Array.from({ length: 40 }, (_, n) => desk.call(phone(n + 1))))
    const charged = await Promise.all(tokens.map(token => desk.key(token, pin)))
    t.ok(charged.every(({ finding }) => finding === 'not_active'))
    t.equal(charged.filter(({ cardNowLocked }) => cardNowLocked).length, 1)
    t.match(await desk.read('cardLockHistory', { serial, at: desk.clock.now() }), {
      ...{ locked: true, handsets: 40, events: [{ handsets: 5 }] },
    })
    await desk.close()
  },
)

t.test('XP3: the limit is ten times what is usual, within its bounds', async t => {
  const policy = { ...POLICY.brake, rateMax: 300 }
  const week = 7 * 24 * 60
  // biome-ignore format: table
  for (const [wrong, minutes, expected, because] of [
    [0,          0,       300, 'nothing is known'],
    [9_999,      1_439,   300, 'less than a day is known'],
    [0,          1_440,    60, 'never below the lower bound'],
    [6 * week,   week,     60, 'six a minute: ten times as many, exactly'],
    [6 * week + 1, week,   61, 'a little more'],
    [12 * week,  week,    120, 'twelve a minute'],
    [30 * week,  week,    300, 'thirty a minute: the upper bound, exactly'],
    [299 * week, week,    300, 'nobody raises it by guessing slowly for a week'],
  ] as const) {
    t.equal(guessLimit({ wrong, minutes }, policy), expected, because)
  }
  t.equal(guessLimit({ wrong: 0, minutes: 0 }, { ...policy, rateMax: 0 }), Number.POSITIVE_INFINITY)
})

t.test('the brake stands for its time after the last wrong number over the limit', async t => {
  const policy = { ...POLICY.brake, rateMax: 300 }
  const limit = 300
  const at = (ms: number) => epochMs(NOON + ms)
  t.equal(afterGuess(undefined, { wrong: 299, limit, at: NOON }, policy), undefined)
  const begun = afterGuess(undefined, { wrong: 300, limit, at: NOON }, policy)
  t.strictSame(begun, { beganAt: NOON, until: at(10 * MINUTE), wrong: 300, limit })
  t.ok(brakes(begun, at(10 * MINUTE - 1)))
  t.notOk(brakes(begun, at(10 * MINUTE)))
  t.equal(afterGuess(begun, { wrong: 299, limit, at: at(5) }, policy), undefined, 'as it was')
  const longer = afterGuess(begun, { wrong: 301, limit, at: at(MINUTE) }, policy)
  t.strictSame(longer, { beganAt: NOON, until: at(11 * MINUTE), wrong: 301, limit })
  const anew = afterGuess(begun, { wrong: 300, limit, at: at(10 * MINUTE) }, policy)
  t.match(anew, { beganAt: at(10 * MINUTE) }, 'one that is over is not gone on with')
  const brake: Brake = { beganAt: NOON, until: at(DAY), wrong: 300, limit }
  // biome-ignore format: table
  for (const [lastWrong, now, expected, because] of [
    [undefined, 0,                false, 'nothing wrong was keyed'],
    [0,         30 * MINUTE - 1,  true,  'half an hour is not over'],
    [0,         30 * MINUTE,      false, 'it is'],
    [DAY - 1,   DAY,              false, 'nobody brakes any more'],
  ] as const) {
    const last = lastWrong === undefined ? undefined : at(lastWrong)
    t.equal(mustWait(brake, last, at(now), policy), expected, because)
  }
  const alarmOnly = { ...policy, pauseMinutes: 0 }
  t.notOk(mustWait(brake, NOON, NOON, alarmOnly), 'a pause of none holds nobody')
})

t.test('while the service brakes, only who keyed wrong waits, and is told nothing', async t => {
  const desk = await openDesk(t, { clock: new SetClock(NOON), policy: braking(10) })
  const [one, two] = [await desk.card(1_000), await desk.card(1_000)]
  for (let n = 1; n <= 9; n++) await keyed(desk, n, wrongPin(n))
  t.equal(await permission(desk, 9), 'permitted', 'nine wrong numbers a minute are let pass')
  const early = await desk.call(phone(9))
  t.equal(await keyed(desk, 10, wrongPin(10)), 'unknown', 'the tenth is still answered')
  t.equal(await permission(desk, 10), 'must_wait')
  t.equal(await permission(desk, 1), 'must_wait', 'and who keyed wrong before it, too')
  t.equal(await permission(desk, 50), 'permitted', 'who did not notices nothing')
  t.equal(await keyed(desk, 50, one.pin), 'redeemed')
  const { answer } = await desk.key(early, two.pin)
  t.strictSame(answer, { outcome: 'must_wait' }, 'a call that was let in before is held as well')
  t.equal((await desk.key(early, wrongPin(11))).answer.outcome, 'must_wait', 'whatever it keys')
  t.equal(await keyed(desk, 60, two.pin), 'redeemed', 'the card stayed as it was')
  const rows = openStoreToRead(desk.file)
  const held = rows.prepare('SELECT consecutive FROM handset_lock WHERE msisdn = ?').pluck()
  t.equal(held.get(Number(phone(9))), 2, 'a wrong number counts all the same')
  rows.close()
  desk.clock.set(epochMs(NOON + 10 * MINUTE - 1))
  t.equal(await permission(desk, 10), 'must_wait', 'ten minutes are not over')
  desk.clock.set(epochMs(NOON + 10 * MINUTE))
  t.equal(await permission(desk, 10), 'permitted', 'they are')
  await desk.close()
})

t.test('S-11: an operator ends the brake before its time, and guessing brings it back', async t => {
  const office = await openOffice(t, { clock: new SetClock(NOON), policy: braking(3) })
  const { desk, act, get, audit } = office
  const end = (role: Role = 'operator') => act('end_brake', person(role), {})
  t.match(await end(), { status: 409, body: { code: 'ACT_REFUSED', message: /does not brake/ } })
  for (const n of [1, 2, 3]) await keyed(desk, n, wrongPin(n))
  t.equal(await permission(desk, 1), 'must_wait')
  t.match((await get('locks')).body, { brake: { beganAt: NOON, wrong: 3, limit: 3 } })
  for (const role of ROLES.filter(role => !['operator', 'supervisor'].includes(role))) {
    t.equal((await end(role)).status, 403, `not by ${role}`)
  }
  desk.clock.set(epochMs(NOON + MINUTE))
  t.match(await end(), { status: 200, body: { outcome: 'performed', result: { ended: true } } })
  t.equal((await get('locks')).body.brake, null)
  t.equal(await permission(desk, 1), 'permitted', 'nobody waits any more')
  t.match(await end('supervisor'), { status: 409 }, 'once')
  const tried = (await audit()).filter(({ act }: { act: string }) => act === 'end_brake')
  const performed = tried.filter(({ outcome }: { outcome: string }) => outcome === 'performed')
  t.match(performed, [{ person: 'operator', before: { wrong: 3, limit: 3 } }])
  for (const n of [1, 2]) await keyed(desk, n, wrongPin(n))
  t.equal(await permission(desk, 1), 'permitted', 'two in this minute are let pass')
  await keyed(desk, 3, wrongPin(3))
  t.equal(await permission(desk, 1), 'must_wait', 'the third brakes again')
  const rows = openStoreToRead(desk.file)
  t.match(rows.prepare('SELECT * FROM guess_brake ORDER BY sequence').all(), [
    { ended_at: NOON + MINUTE, ended_by: 'operator', end_reason: 'a caller asked for it' },
    { began_at: NOON + MINUTE, ended_at: null, ended_by: null },
  ])
  rows.close()
  await office.close()
})

t.test('while it brakes on, a success or half an hour ends the wait of a handset', async t => {
  const desk = await openDesk(t, { clock: new SetClock(NOON), policy: braking(2) })
  for (let minute = 0; minute < 30; minute++) {
    desk.clock.set(epochMs(NOON + minute * MINUTE))
    for (let n = 0; n < 2; n++) await keyed(desk, 100 + minute * 2 + n, wrongPin(n))
  }
  desk.clock.set(epochMs(NOON + 30 * MINUTE - 1))
  t.equal(await permission(desk, 100), 'must_wait')
  desk.clock.set(epochMs(NOON + 30 * MINUTE))
  t.equal(await permission(desk, 100), 'permitted')
  t.equal(await permission(desk, 102), 'must_wait', 'a minute later, a minute longer')
  const { pin } = await desk.card(1_000)
  t.equal(await keyed(desk, 100, wrongPin()), 'unknown')
  t.equal(await permission(desk, 100), 'must_wait', 'one number, and the wait begins again')
  t.equal(await keyed(desk, 100, pin), 'must_wait')
  await desk.close()
})

t.test('what is usual is learnt from a week, its last hour left out', async t => {
  const folder = t.testdir()
  const clock = new SetClock(NOON)
  const policy = braking(300)
  const first = await openDesk(t, { folder, clock, policy })
  await first.close()
  const minute = Math.floor(NOON / MINUTE)
  const store = openStore(first.file, MIGRATIONS)
  const put = store.prepare('INSERT INTO wrong_entry_minute (minute, wrong) VALUES (?, ?)')
  // Seven a minute for two days, older ones that no longer count, and an hour of attack.
  store.exec('BEGIN')
  for (let ago = 2 * 24 * 60; ago > 60; ago--) put.run(minute - ago, 7)
  put.run(minute - 7 * 24 * 60 - 1, 1_000_000)
  for (let ago = 60; ago > 0; ago--) put.run(minute - ago, 299)
  put.run(minute, 68)
  store.exec('COMMIT')
  store.close()
  const desk = await openDesk(t, { folder, clock, policy })
  await keyed(desk, 1, wrongPin())
  t.equal(await permission(desk, 1), 'permitted', 'sixty-nine in this minute')
  await keyed(desk, 2, wrongPin())
  t.equal(await permission(desk, 2), 'must_wait', 'seventy: ten times seven')
  await desk.close()
  const rows = openStoreToRead(desk.file)
  t.equal(
    rows.prepare('SELECT min(minute) FROM wrong_entry_minute').pluck().get(),
    minute - 2 * 24 * 60,
  )
  t.match(rows.prepare('SELECT * FROM guess_brake').all(), [{ wrong: 70, rate_limit: 70 }])
  rows.close()
})

t.test('a hundred handsets at once: none is answered twice once the service brakes', async t => {
  const desk = await openDesk(t, { thread: true, policy: braking(10) })
  const guess = async (n: number) => {
    const token = await desk.call(phone(n))
    return (await desk.key(token, wrongPin(n))).answer.outcome
  }
  const handsets = Array.from({ length: 100 }, (_, n) => n + 1)
  const first = await Promise.all(handsets.map(guess))
  t.strictSame(new Set(first), new Set(['unusable']), 'each has one number')
  const second = await Promise.all(handsets.map(guess))
  t.strictSame(new Set(second), new Set(['must_wait']), 'and no second')
  t.match(await desk.read('brake', desk.clock.now()), { wrong: 200, limit: 10 })
  await desk.close()
})

t.test('XP2: a killed scp comes back with card lock and brake as they were told', async t => {
  const folder = t.testdir()
  const clock = new SetClock(NOON)
  const desk = await openDesk(t, { folder, clock, policy: GUESSED_UNDER })
  const { pin, serial } = await desk.card(1_000, { activated: false })
  await desk.close()
  const program = fileURLToPath(new URL('../support/guessing-child.js', import.meta.url))
  const child = spawn(process.execPath, [program, folder, `${NOON}`, pin], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const told: string[] = []
  for await (const line of createInterface(child.stdout)) {
    told.push(line)
    if (told.length === 12) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  t.ok(told.length >= 12, 'it was killed as it guessed')
  const again = await openDesk(t, { folder, clock, policy: GUESSED_UNDER, thread: true })
  const at = again.clock.now()
  const held = await again.read('cardLockHistory', { serial, at })
  t.match(held, { locked: true, events: [{ handsets: 5 }] })
  t.ok(held.handsets >= told.length, 'every handset that was answered counts')
  t.match(await again.read('brake', at), { beganAt: NOON, limit: 10 })
  t.equal(await permission(again, 10), 'must_wait')
  t.equal(await permission(again, 1), 'permitted')
  await again.close()
})

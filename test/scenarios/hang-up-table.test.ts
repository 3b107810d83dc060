import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ClearCard } from '../../scp/cards/issue.js'
import { Callers, subscriber, type TestCall } from '../support/callers.js'
import { Network } from '../support/network.js'
import { ScpBooks } from '../support/scp-books.js'

t.setTimeout(300_000)

/** Limits under which each point of the table is reached soon, and no caller who waits is asked again. */
const SETTINGS = {
  MCSCP_LOCK_CONSECUTIVE: '1',
  MCSCP_MONTH_CAP: '5000',
  MCSCP_IVR_OFFER_LANGUAGE: 'off',
  MCSCP_IVR_INTER_DIGIT_WAIT: '120000',
  MCSCP_IVR_ACCEPT_WAIT: '120000',
  MCSCP_IVR_NUMBER_TIME: '240000',
}

const WRONG_PIN = '00000000000000'

/** A caller of the table: a number with a card of its own. */
interface Leaver {
  readonly from: string
  readonly card: ClearCard
  readonly call: TestCall
}

/** A network, and what its tables of callers are played with. */
async function openScene(t: Test) {
  const network = await Network.start(t, SETTINGS)
  const books = new ScpBooks(network.home)
  const callers = new Callers(t, network)
  const cards = await network.issue(20, 3_000)
  let given = 0
  /** A caller who has keyed so many digits of a card, and listens. */
  const leaver = async (digits: number): Promise<Leaver> => {
    const card = cards[given++]
    if (!card) throw new Error('there are too few cards')
    const from = subscriber(399 + 2 * given)
    const call = await callers.call(from)
    await call.sound()
    await call.key(card.pin.slice(0, digits))
    return { from, card, call }
  }
  return { network, books, callers, leaver }
}

type Scene = Awaited<ReturnType<typeof openScene>>

/** What a caller left behind: nothing at all, or a charge and all that belongs to it. */
function leaves(
  t: Test,
  { books }: Scene,
  { from, card }: Leaver,
  what: 'nothing' | 'a charge',
  because: string,
): void {
  const charged = what === 'a charge'
  const { state, by } = books.card(card.serial)
  t.strictSame(
    {
      card: by === undefined ? state : `${state} by ${by}`,
      records: books.records(card.serial),
      registered: books.registered(from),
      wrong: books.lock(from).wrong,
    },
    {
      card: charged ? `used by ${from}` : 'active',
      records: charged ? 1 : 0,
      registered: charged ? card.faceValue : 0,
      wrong: 0,
    },
    `${because}: ${what}`,
  )
  t.ok(books.receipts(from) <= (charged ? 1 : 0), 'a receipt for a charge alone, and once')
}

/** Waits until scp has ended every call of a number. */
const over = ({ network, books }: Scene, { from }: { from: string }) =>
  network.until(() => books.sessions(from).open === 0)

const redeemed = ({ network }: Scene, { from }: Leaver) =>
  network.until(() =>
    network.log('scp').some(line => line.msisdn === from && line.finding === 'redeemed'),
  )

/** How ivr says that a number's only call ended. */
const ending = ({ network, books }: Scene, { from }: Leaver) => {
  const [token] = books.tokens(from)
  return network.log('ivr').find(line => line.msg === 'charge call ended' && line.callId === token)
}

/** Stops a program, lets something happen, and lets it go on. */
async function whileStopped(
  { network }: Scene,
  program: string,
  happen: () => Promise<unknown>,
): Promise<void> {
  const pid = network.pidOf(program)
  process.kill(pid, 'SIGSTOP')
  try {
    await happen()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

async function kill({ network }: Scene, program: string): Promise<() => Promise<void>> {
  const before = network.pidOf(program)
  process.kill(before, 'SIGKILL')
  return () => network.until(() => network.pidOf(program) !== before)
}

t.test('the hang-up table, through the whole network', async t => {
  const scene = await openScene(t)
  const { network, books, callers, leaver } = scene
  const [greeted, begun, typed, before, under, committed, told, media, control] = await Promise.all(
    [0, 7, 14, 14, 14, 14, 14, 7, 7].map(leaver),
  )
  if (
    !greeted ||
    !begun ||
    !typed ||
    !before ||
    !under ||
    !committed ||
    !told ||
    !media ||
    !control
  )
    throw new Error('a caller is missing')

  await t.test('before the end of the number: nothing, and not a failure', async t => {
    for (const [one, because] of [
      [greeted, 'while it is greeted'],
      [begun, 'before the number is complete'],
      [typed, '14 digits, no #: not evaluated, not counted'],
    ] as const) {
      await one.call.hangUp()
      await over(scene, one)
      leaves(t, scene, one, 'nothing', because)
      t.equal(books.entries(one.from), 0)
    }
    for (const one of [begun, typed]) {
      await network.until(() => ending(scene, one) !== undefined)
      t.match(ending(scene, one), { by: 'caller', during: 'collecting' }, '途中切断 is counted')
    }
  })

  await t.test('during validation: the transaction decides, and never half', async t => {
    await whileStopped(scene, 'ivr', async () => {
      await before.call.key('#')
      await before.call.hangUp()
      await over(scene, before)
    })
    await network.until(() => ending(scene, before) !== undefined)
    leaves(t, scene, before, 'nothing', 'gone before scp was asked')

    const release = books.hold()
    try {
      await under.call.key('#')
      await network.until(() => tried(scene, under))
      await under.call.hangUp()
    } finally {
      release()
    }
    await over(scene, under)
    await network.until(() => ending(scene, under) !== undefined)
    const charged = books.card(under.card.serial).state === 'used'
    t.comment(`the transaction under way ${charged ? 'was committed' : 'came too late'}`)
    leaves(t, scene, under, charged ? 'a charge' : 'nothing', 'gone while scp was asked')
  })

  await t.test('N-09: after the commit: charged, told or not', async t => {
    const release = books.hold()
    try {
      await committed.call.key('#')
      await network.until(() => tried(scene, committed))
      await whileStopped(scene, 'media', async () => {
        release()
        await redeemed(scene, committed)
        await committed.call.hangUp()
      })
    } finally {
      release()
    }
    await over(scene, committed)
    leaves(t, scene, committed, 'a charge', 'before the result plays')
    t.equal(books.receipts(committed.from), 1, 'a receipt is due')
    t.notMatch(committed.call.transcript().join(), /3000-yen/, 'it heard nothing of it')

    await told.call.key('#')
    await told.call.hears('ja/3000-yen')
    await told.call.hangUp()
    await over(scene, told)
    leaves(t, scene, told, 'a charge', 'while the result plays')
  })

  await t.test('on the notice of the lock or of the cap: nothing', async t => {
    await notices(t, scene)
  })

  await t.test('the media or the control link is lost: as a hang-up', async t => {
    const mediaBack = await kill(scene, 'media')
    await media.call.hangUp()
    await over(scene, media)
    leaves(t, scene, media, 'nothing', 'the media engine died mid-number')
    const connected = () =>
      network.log('scp').filter(line => line.msg === 'signalling engine connected').length
    const connections = connected()
    await kill(scene, 'scp-signalling')
    await over(scene, control)
    leaves(t, scene, control, 'nothing', 'the MCSCP’s signalling engine died mid-number')
    await control.call.hangUp()
    await mediaBack()
    await network.until(() => connected() > connections)
  })

  await t.test(
    'the MCSCP dies after the commit: charged once, and its record is filed',
    async t => {
      const dying = await leaver(14)
      // The next scp lets calls live for 10 s, and gives up as soon those that it did not see the end of.
      writeFileSync(network.home.settingsFile, 'MCSCP_SCP_CALL_S=10\n')
      await dying.call.key('#')
      await redeemed(scene, dying)
      const back = await kill(scene, 'scp')
      await dying.call.hangUp()
      await back()
      const again = await callers.call(dying.from)
      await again.key(`${dying.card.pin}#`)
      await network.until(() =>
        network.log('scp').some(line => line.msisdn === dying.from && line.finding === 'own_card'),
      )
      await again.hangUp()
      await over(scene, dying)
      leaves(t, scene, dying, 'a charge', 'keyed again it is the caller’s own, and no wrong number')
      t.equal(
        books.sessions(dying.from).all,
        2,
        'the session that no BYE ended was given up in time',
      )
      await filed(t, scene, [committed, told, dying])
    },
  )
})

/** Whether ivr has begun to try a caller's card. */
const tried = ({ network, books }: Scene, { from }: Leaver): boolean => {
  const [token] = books.tokens(from)
  return network.log('ivr').some(line => line.callId === token && line.step === 15)
}

/** Callers who hang up while they are told that they are locked, or at the month's cap. */
async function notices(t: Test, scene: Scene): Promise<void> {
  const { network, books, callers } = scene
  const [locked, capped] = [subscriber(471), subscriber(472)]
  const [full] = await network.issue(1, 5_000)
  const first = await callers.calls([locked, capped])
  await Promise.all([first[0]?.key(`${WRONG_PIN}#`), first[1]?.key(`${full?.pin}#`)])
  await network.until(() => books.lock(locked).locked && books.registered(capped) === 5_000)
  await Promise.all(first.map(call => call.hangUp()))
  const second = await callers.calls([locked, capped])
  await Promise.all(second.map(call => call.sound()))
  await Promise.all(second.map(call => call.hangUp()))
  for (const [from, notice, n] of [
    [locked, 'ja/locked', 0],
    [capped, 'ja/month-cap-reached-1', 1],
  ] as const) {
    await over(scene, { from })
    // A hang-up within 100 ms leaves too little to tell which clip it was.
    t.match(second[n]?.transcript().join(), new RegExp(`^(?:${notice}|sound \\(cut\\)$)`))
    t.equal(books.entries(from), 1, 'no entry but that of the call before')
  }
  t.strictSame(books.lock(locked), { wrong: 1, locked: true })
  t.equal(books.registered(capped), 5_000)
}

/** ⑳: the quarter-hour is closed by the network's clock, and its file holds these charges once. */
async function filed(t: Test, { network }: Scene, leavers: readonly Leaver[]): Promise<void> {
  const moved = await network.command({}, 'clock', 'advance', '--by', '15m')
  t.equal(moved.code, 0, moved.output)
  const folder = network.home.quarterHourFiles
  const lines = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => !name.endsWith('.part'))
      .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
  const holds = ({ card }: Leaver) => lines().filter(line => line.includes(card.serial)).length
  await network.until(() => leavers.every(one => holds(one) > 0))
  for (const one of leavers) t.equal(holds(one), 1, `⑳: ${one.card.serial} is filed once`)
}

import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { CardMaker } from '../../scp/cards/card-maker.js'
import { cardsCommand } from '../../scp/cards/cards-command.js'
import { clearFile, demonstrationCards } from '../../scp/cards/clear-file.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { issueDemonstration } from '../../scp/cards/issue.js'
import { KeyRing, openKeyRing } from '../../scp/cards/key-ring.js'
import { scpSocket } from '../../scp/config.js'
import { cardRoutes } from '../../scp/http/card-routes.js'
import { freshHome } from '../support/fresh-home.js'
import { entryOf, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const faultOf = async (act: () => unknown): Promise<Fault | undefined> => {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

const codeOf = async (act: () => unknown) => (await faultOf(act))?.code

const order = { count: 3, faceValue: yen(1_000), expiresAt: undefined, activated: true }

/** scp's card socket in a home of the test's own. */
async function openMaker(t: Test, { simulation = true } = {}) {
  const home = freshHome(t)
  const desk = await openDesk(t, { folder: home.stores })
  const log = pino({ level: 'silent' })
  const maker = new CardMaker({ store: desk.store, ring: desk.ring, home, log, simulation })
  const edge = httpEdge(log)
  const denominations = [500, 1_000, 3_000, 5_000].map(value => ({
    faceValue: yen(value),
    designs: undefined,
  }))
  cardRoutes(edge, { maker, denominations: () => denominations })
  await listenOnSocket(edge, scpSocket(home))
  return {
    home,
    desk,
    maker,
    close: async () => {
      await edge.close()
      await desk.close()
    },
  }
}

/** Runs `mcscp cards …`; what it prints. */
async function cards(t: Test, home: Home, ...words: string[]): Promise<string> {
  const said = t.capture(console, 'log')
  const command = cardsCommand({ home: () => home, given: () => ({}) })
  for (const one of [command, ...command.commands]) {
    one.exitOverride().configureOutput({ writeErr: () => {} })
  }
  await command.parseAsync(['node', 'mcscp', ...words])
  return said()
    .map(({ args }) => args.join(' '))
    .join('\n')
}

t.test('cards are made by command, and can be used', async t => {
  const { home, desk, close } = await openMaker(t)
  const said = await cards(t, home, 'issue', '--count', '5', '--face-value', '3000')
  t.equal(said, `5 cards of 3000 yen, DEM000000001 to DEM000000005: ${clearFile(home, 1)}`)
  const made = demonstrationCards(home)
  t.equal(made.length, 5)
  t.equal(new Set(made.map(({ pin }) => pin)).size, 5)
  t.ok(made.every(({ pin }) => /^\d{14}$/.test(pin)))
  t.equal(statSync(clearFile(home, 1)).mode & 0o777, 0o600, 'only you can read the numbers')
  const token = await desk.call(phone(1))
  for (const { pin, serial } of made) {
    t.match(await desk.key(token, pin), {
      answer: { outcome: 'redeemed', faceValue: 3_000 },
      serial,
    })
  }
  await close()
})

t.test('cards to be refused are made by command too', async t => {
  const { home, desk, close } = await openMaker(t)
  const value = ['--count', '1', '--face-value', '500']
  await cards(t, home, 'issue', ...value, '--not-activated')
  await cards(t, home, 'issue', ...value, '--usable-through', '2001-01-14')
  await cards(t, home, 'issue', ...value, '--usable-through', '2001-01-15')
  const token = await desk.call(phone(1))
  const findings: string[] = []
  desk.clock.set(jst('2001-01-15T23:59:59.999'))
  for (const { pin } of demonstrationCards(home))
    findings.push((await desk.key(token, pin)).finding)
  t.strictSame(findings, ['not_active', 'expired', 'redeemed'])
  await close()
})

t.test('S-19: a command that asks for what cannot be is told why, and nothing is made', async t => {
  const { home, close } = await openMaker(t)
  const issue = (...words: string[]) => cards(t, home, 'issue', ...words)
  const refused = async (...words: string[]) => {
    const fault = await faultOf(() => issue(...words))
    return `${fault?.code} ${fault?.message}`
  }
  t.match(await refused('--count', '1', '--face-value', '700'), /COMMAND_REFUSED .*500, 1000, 3000/)
  t.match(
    await refused('--count', '1', '--face-value', '500', '--usable-through', '2001-02-29'),
    /COMMAND_REFUSED 2001-02-29 is not a day/,
  )
  // biome-ignore format: table
  for (const [words, because] of [
    [['--count', '1'],                                 /required option.*face-value/],
    [['--count', '0', '--face-value', '500'],          /whole number/],
    [['--count', 'x', '--face-value', '500'],          /whole number/],
    [['--count', '100001', '--face-value', '500'],     /At most 100000/],
    [['--count', '1', '--face-value', '500', '--pin'], /unknown option/],
  ] as const) {
    await t.rejects(issue(...words), { message: because })
  }
  t.strictSame(readdirSync(home.cards), [])
  await close()
  t.match(await refused('--count', '1', '--face-value', '500'), /PEER_UNREACHABLE scp does not run/)
})

t.test('outside simulation no number is ever written in clear', async t => {
  const { home, maker, close } = await openMaker(t, { simulation: false })
  await maker.issueFirst()
  t.equal(await codeOf(() => maker.issue(order)), 'SIMULATION_ONLY')
  t.equal(
    await codeOf(() => cards(t, home, 'issue', '--count', '1', '--face-value', '500')),
    'SIMULATION_ONLY',
  )
  t.strictSame(readdirSync(home.cards), [])
  await close()
})

t.test(
  'a simulation has five cards from its first start, and makes no more at the next',
  async t => {
    const { home, maker, close } = await openMaker(t)
    await maker.issueFirst()
    await maker.issueFirst()
    t.strictSame(
      demonstrationCards(home).map(({ faceValue }) => faceValue),
      [3_000, 3_000, 3_000, 1_000, 1_000],
    )
    await close()
  },
)

t.test('serial numbers are never given twice, not those of an unfinished batch either', async t => {
  const desk = await openDesk(t)
  const { store, ring } = desk
  const first = await desk.cards(3, 1_000)
  const drawn: number[] = []
  const draw = (below: number) => {
    const half = systemDraw(below)
    drawn.push(half)
    return half
  }
  const keep = () => {
    throw new Fault('FOLDER_NOT_WRITABLE', 'the disk is full')
  }
  const issuing = { store, ring, draw, keep }
  t.equal(await codeOf(() => issueDemonstration(issuing, order)), 'FOLDER_NOT_WRITABLE')
  await desk.close()
  const again = await openDesk(t, { folder: t.testdirName })
  const next = await again.cards(1, 1_000)
  t.equal(first[0]?.serial, 'DEM000000001')
  t.equal(next[0]?.serial, 'DEM000000007', 'after three, and three that came to nothing')
  const [upper = 0, lower = 0] = drawn
  const pin = wrongPin(upper * 10_000_000 + lower)
  const charged = await again.key(await again.call(phone(1)), pin)
  t.equal(charged.finding, 'not_active', 'a card of an unfinished batch is never usable')
  await again.close()
})

t.test('a number that another card has is drawn again', async t => {
  const desk = await openDesk(t)
  const { store, ring } = desk
  const halves = [1, 2, 1, 2, 3, 4, 1, 2, 5, 6]
  const draw = () => halves.shift() ?? systemDraw(10_000_000)
  const keep = () => 'nowhere'
  const { cards: made } = await issueDemonstration({ store, ring, draw, keep }, order)
  t.strictSame(
    made.map(({ pin }) => pin),
    ['00000010000002', '00000050000006', '00000030000004'],
  )
  const stuck = { store, ring, draw: () => 1, keep }
  await t.rejects(issueDemonstration(stuck, order), /source of chance/, 'chance that is none')
  await desk.close()
})

t.test('drawn digits are uniform', async t => {
  const counts = Array<number>(10).fill(0)
  for (let n = 0; n < 20_000; n++) {
    const digit = Math.floor(systemDraw(10_000_000) / 1_000_000)
    counts[digit] = (counts[digit] ?? 0) + 1
  }
  // Chi-squared with 9 degrees of freedom stays below 40 but for a chance of 10^-5.
  const chi = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0)
  t.ok(chi < 40, `first digits: ${counts.join(', ')}`)
})

t.test('XP5: without its key no card of a store can be used, and the start is refused', async t => {
  const desk = await openDesk(t)
  const card = await desk.card(1_000)
  const file = join(t.testdirName, 'pin-keys')
  const text = readFileSync(file, 'utf8')
  const open = () => openKeyRing(file, desk.store)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(await codeOf(open), undefined)

  const [, key = ''] = text.trim().split(' ')
  const other = 'A'.repeat(43)
  // biome-ignore format: table
  for (const [content, code, because] of [
    [`1 ${other}\n`,                'PIN_KEY_MISSING', 'another key in its place'],
    [`2 ${key}\n`,                  'PIN_KEY_MISSING', 'the key under another id'],
    ['',                            'FILE_MALFORMED',  'an empty file'],
    [`1 ${key}\n1 ${other}\n`,      'FILE_MALFORMED',  'two keys of one id'],
    [`1 ${key.slice(1)}\n`,         'FILE_MALFORMED',  'a key too short'],
    [[1, 2, 3, 4, 5].map(id => `${id} ${key}\n`).join(''), 'FILE_MALFORMED', 'more keys than a look-up tries'],
  ] as const) {
    writeFileSync(file, content, { mode: 0o600 })
    t.equal(await codeOf(open), code, because)
  }
  chmodSync(file, 0o640)
  t.equal(await codeOf(open), 'KEY_FILE_EXPOSED')
  rmSync(file)
  t.equal(
    await codeOf(open),
    'PIN_KEY_MISSING',
    'no file: none is made over a store that has cards',
  )

  const stranger = KeyRing.make(join(t.testdirName, 'other-keys'))
  const id = entryOf(await desk.call(phone(1)))
  const charged = await desk.store.ask('charge', { id, digests: stranger.digests(card.pin) })
  t.equal(charged.finding, 'unknown', 'the PIN itself is of no use without the key')
  await desk.close()
})

t.test('a new key serves new batches, and the old one the cards it was made for', async t => {
  const desk = await openDesk(t)
  const old = await desk.card(1_000)
  await desk.close()
  const file = join(t.testdirName, 'pin-keys')
  const line = readFileSync(file, 'utf8')
  writeFileSync(file, `${line}2 ${'B'.repeat(42)}A\n`)
  const again = await openDesk(t, { folder: t.testdirName })
  t.equal(again.ring.newest, 2)
  const fresh = await again.card(1_000)
  const token = await again.call(phone(1))
  t.equal((await again.key(token, old.pin)).finding, 'redeemed')
  t.equal((await again.key(token, fresh.pin)).finding, 'redeemed')

  const halves = [Number(old.pin.slice(0, 7)), Number(old.pin.slice(7)), 1, 2]
  const draw = () => halves.shift() ?? systemDraw(10_000_000)
  const issuing = { store: again.store, ring: again.ring, draw, keep: () => '' }
  const { cards: made } = await issueDemonstration(issuing, { ...order, count: 1 })
  t.equal(made[0]?.pin, '00000010000002', 'a number that a card of the old key has is drawn again')
  await again.close()
})

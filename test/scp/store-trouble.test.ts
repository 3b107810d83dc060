import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { askPermission, redeem } from '../../ivr/redeem.js'
import { Fault } from '../../platform/fault.js'
import { serialKey } from '../../scp/store/keys.js'
import { StoreWatch } from '../../scp/store/store-watch.js'
import { holdStore } from '../support/disk/hold-store.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { smallDisk } from '../support/disk/small-disk.js'
import { type Desk, openDesk } from '../support/scp-desk.js'
import { freshToken, phone } from '../support/scp-values.js'
import { askingOf } from '../support/store-as-scp.js'

/**
 * How long another process holds the store. It waits for 2 s and then gives up, so the last is served by
 * ivr's asking again. The night tier holds it for 5 and 30 s as well.
 */
const HOLDS_MS = (process.env.MCSCP_TEST_HOLDS ?? '100,1000,3000').split(',').map(Number)

t.setTimeout(300_000)

const faultOf = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked
    return 'no fault'
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}

/** Opens a call as call control does, whatever comes of it. */
async function open(desk: Desk, n: number, service: '1400' | '157' = '1400') {
  const token = freshToken()
  const call = {
    token,
    msisdn: phone(n),
    kind: 'mobilers',
    service,
    callId: token,
    cseq: 1,
  } as const
  return { token, opening: await desk.store.ask('openCallSession', call), call }
}

/** Waits until something that may fail for a while no longer does. */
async function until<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      await wait(20)
    }
  }
}

t.test(
  'XF4: a disk that fills under load loses no told charge, and asks nobody for a card',
  async t => {
    const disk = smallDisk(t, 16, 'full disk under scp’s store')
    if (!disk) return
    const desk = await openDesk(t, { folder: disk.folder, thread: true })
    t.teardown(() => desk.close())
    const cards = await desk.cards(600, 1_000)
    const before = await open(desk, 999)
    const charged: number[] = []
    const failed: { id: string; again: () => Promise<unknown> }[] = []
    let next = 0
    const flow = async () => {
      for (let n = next++; failed.length < 8 && n < cards.length; n = next++) {
        const card = cards[n]
        if (!card) return
        if (n === 100) disk.fill()
        const { token, opening } = await open(desk, n % 40)
        if (opening !== 'opened') {
          t.equal(opening, 'unrecorded', 'a call is let in, whose session cannot be kept')
          failed.push({ id: token, again: async () => {} })
          continue
        }
        const key = () => desk.key(token, card.pin, 1)
        try {
          const { finding } = await key()
          if (finding === 'redeemed') charged.push(serialKey(card.serial))
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          t.equal(error.code, 'STORE_FAILED')
          failed.push({ id: card.serial, again: key })
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, flow))
    t.ok(charged.length > 50, `${charged.length} charges were told before the disk was full`)

    t.equal(await faultOf(desk.store.ask('permission', before.token)), 'STORE_FAILED')
    t.equal(await askPermission(before.token, askingOf(desk, {})), undefined, 'ivr says «not now»')
    const late = await open(desk, 998)
    t.not(await faultOf(desk.store.ask('permission', late.token)), 'no fault', 'in a new call too')
    t.equal(await desk.store.ask('openCallSession', late.call), 'repeated', 'a replay names nobody')
    const enquiry = await open(desk, 0, '157')
    const figures = await desk.store.ask('balanceFigures', enquiry.token)
    t.equal(figures.msisdn, phone(0), '157 answers')
    t.ok(figures.registered > 0, 'from what is on the disk')
    t.match(await faultOf(desk.end(enquiry.token)), /no fault|STORE_FAILED/)

    disk.free()
    await until(() => desk.store.ask('probe', undefined))
    t.match(await desk.store.ask('permission', before.token), {
      permission: { outcome: 'permitted' },
    })
    await Promise.all(failed.map(({ again }) => again()))
    t.equal(await desk.store.ask('openCallSession', late.call), 'repeated', 'nor does one later')
    t.equal((await open(desk, 998)).opening, 'opened', 'it recovers without a restart')
    await desk.close()
    audit(t, disk.folder, charged)
  },
)

/** Holds the store against what was told, on a disk that has room. */
function audit(t: Test, folder: string, charged: readonly number[]) {
  const files = join(folder, 'files')
  mkdirSync(files)
  const found = auditScp(folder, files, { charged, refused: [], wrong: new Map() })
  t.strictSame(found, { lost: [], wrong: [] }, 'no told charge is lost, and the books agree')
}

t.test(
  'XF4: the store is looked at, so that its failure is an alarm on a quiet day too',
  async t => {
    const lines: string[] = []
    const log = pino({ level: 'info' }, { write: line => void lines.push(line) })
    const answers = ['fails', 'fails', 'works', 'works']
    let look: (() => void) | undefined
    const waits: number[] = []
    const watch = new StoreWatch({
      store: {
        ask: async () => {
          if (answers.shift() === 'fails') throw new Fault('STORE_FAILED', 'SQLITE_FULL')
          return 'done' as never
        },
      },
      log,
      later: (due, ms) => {
        look = due
        waits.push(ms)
        return () => {}
      },
    })
    while (answers.length > 0) {
      look?.()
      await new Promise(setImmediate)
    }
    watch.close()
    const told = lines.map(line => JSON.parse(line)).map(({ msg, alarm }) => `${msg} ${alarm}`)
    t.strictSame(told, ['alarm raised STORE_FAILED', 'alarm cleared STORE_FAILED'], 'once each')
    t.ok(Math.max(...waits) <= 10_000, 'within 10 s')
  },
)

t.test(
  'XF8: while another process holds the store, a charge is late, and other work is not',
  async t => {
    const desk = await openDesk(t, { thread: true })
    const cards = await desk.cards(3, 1_000)
    // biome-ignore format: table
    for (const [n, holdMs] of HOLDS_MS.entries()) {
    const pin = cards[n]?.pin
    if (!pin) throw new Error('a card is missing')
    const { token } = await open(desk, n)
    const letGo = await holdStore(t, desk.file)
    const order: string[] = []
    const charging = redeem({ session: token, entry: 1 }, pin, askingOf(desk, {})).then(answer => {
      order.push('charge')
      return answer
    })
    await desk.read('approvals', { at: desk.clock.now(), all: true, max: 1 })
    for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate)
    order.push('other work')
    await wait(holdMs)
    await letGo()
    t.match(await charging, { outcome: 'redeemed' }, `held for ${holdMs} ms`)
    t.strictSame(order, ['other work', 'charge'], 'the event loop turned meanwhile')
    const again = await desk.key(token, pin, 1)
    t.match(again, { repeated: true, finding: 'redeemed' }, 'and it stays charged')
  }
    await desk.close()
  },
)

t.test(
  'XF8: held for longer than anyone waits: told so politely, and the card is untouched',
  async t => {
    const desk = await openDesk(t, { thread: true })
    const card = await desk.card(1_000)
    const { token } = await open(desk, 1)
    const letGo = await holdStore(t, desk.file)
    const impatient = askingOf(desk, { chargeForMs: 1, concludeForMs: 1 })
    const entry = { session: token, entry: 1 }
    const [result, late, enquiry] = await Promise.all([
      redeem(entry, card.pin, impatient),
      open(desk, 2),
      open(desk, 3, '157'),
    ])
    t.strictSame(result, { outcome: 'outcome_unknown' }, 'ivr says: ask 157 later')
    t.strictSame([late.opening, enquiry.opening], ['unrecorded', 'unrecorded'])
    const figures = () => desk.store.ask('balanceFigures', enquiry.token)
    t.match(await figures(), { msisdn: phone(3), registered: 0 }, '157 answers')
    t.equal(await desk.end(enquiry.token), 'done')
    t.equal(await faultOf(figures()), 'NO_SUCH_CALL_SESSION')
    t.strictSame(
      await Promise.all([late.token, token].map(call => askPermission(call, impatient))),
      [undefined, undefined],
      'no card number is asked for, in a new call or in one that came before',
    )
    await letGo()
    t.match(await desk.store.ask('conclude', `${token}-1` as never), { finding: 'abandoned' })
    t.match(await desk.key((await open(desk, 1)).token, card.pin, 1), { finding: 'redeemed' })
    await desk.close()
  },
)

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import { arisSocket, arisStore } from '../../billing/aris/config.js'
import { aris } from '../../billing/aris/main.js'
import { billingSocket, billingStore } from '../../billing/config.js'
import { TRIGGER_TIMER } from '../../billing/exchange/runner.js'
import type { exchangeAnswer } from '../../billing/http/exchange-routes.js'
import { billing } from '../../billing/main.js'
import { crsStore } from '../../crs/config.js'
import { askCrs } from '../../crs/office/ask-crs.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { DAY_MS, HOUR_MS } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { clipOf } from '../../guidance-audio/catalogue.js'
import { ArisClient } from '../../ivr/aris-client.js'
import { tellingOf } from '../../ivr/balance-guidance.js'
import { nodeTime } from '../../ivr/call-time.js'
import { enquire } from '../../ivr/enquire.js'
import type { Scp } from '../../ivr/scp.js'
import { enquiryTicketKey, sealEnquiryTicket } from '../../platform/enquiry-ticket.js'
import { type Home, homeAt, makeHome } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import type { Static } from '../../platform/schema.js'
import { openStoreToRead } from '../../platform/store.js'
import { transferKey } from '../../platform/transfer-signature.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { CrsSender } from '../../scp/transfer/sender.js'
import { billingSays } from './billing-words.js'
import { type CrsDesk, chargeRecord, NodeFiles, openCrs } from './crs-desk.js'
import { memoryFolder } from './memory-folder.js'
import { type Desk, openDesk } from './scp-desk.js'
import { askingOf } from './store-as-scp.js'

const silent = pino({ level: 'silent' })

/** Until billing has what CRS closed, the clock goes on by this much after a moment: room for its triggers. */
const SETTLES_MS = 6 * HOUR_MS

/** A little more than the trigger timer of billing. */
const NEXT_TRIGGER_MS = HOUR_MS + 60_000

/** Looks at another program's work before it is given up, and the pause between two, in ms. */
const LOOKS = 12_000
const LOOK_MS = 10

/**
 * All that a charge passes, in one process and on one clock that stands until it is moved: scp's store with its
 * files and its sender, CRS, billing and aris as programs, files over HTTP and over FTP with TLS.
 */
export interface LifeRig {
  readonly home: Home
  now(): EpochMs
  /** Moves the clock to a moment, with nothing under way. */
  moveTo(at: EpochMs): Promise<void>
  /** Moves it on until billing has every file that ended by a full hour; six hours later it stands. */
  filesUpTo(at: EpochMs): Promise<void>
  /** Charges a new card by a call. */
  charge(from: Msisdn, faceValue: number): Promise<void>
  /** What `mcscp billing` says. */
  said(...words: string[]): Promise<string>
  /** Takes a table in by a command that ends with its file. */
  take(lines: readonly string[], ...words: string[]): Promise<string>
  /** What 157 tells a caller. */
  heard(from: Msisdn): Promise<string>
  /** A second node charges in one quarter-hour and loses its line; answers how its files come late. */
  lateNode(from: Msisdn, faceValue: number): Promise<() => Promise<void>>
  until(what: string, holds: () => unknown): Promise<void>
}

/** Opens it on the first moment of a day. */
export async function openLifeRig(t: Test, begin: EpochMs): Promise<LifeRig> {
  const home = homeAt(memoryFolder(t))
  makeHome(home)
  const crs = await openCrs(t, { home, at: begin, level: 'warn' })
  const { clock } = crs
  const files = home.quarterHourFiles
  const desk = await openDesk(t, { folder: home.keys, clock, thread: true, files })
  const node = openNode(home, crs, desk)
  const port = new URL(crs.running.listening.ftp ?? '').port
  const given = { MCSCP_CRS_FTP_PORT: port, MCSCP_BILLING_ONLINE: '00:00-24:00' }
  const surroundings = { home, given, clock, log: silent }
  const enquiries = await aris.start(surroundings)
  const running = await billing.start(surroundings)
  t.teardown(async () => {
    reader.close()
    socket.close()
    await running.close()
    await enquiries.close()
    await node.close()
    await desk.close()
  })
  const said = (...words: string[]) => billingSays(home, ...words)
  const socket = new SocketClient(billingSocket(home))
  const exchange = async () => {
    const question = { method: 'GET', path: '/v1/exchange', deadlineMs: 60_000 } as const
    return (await socket.ask(question)).body as Static<typeof exchangeAnswer>
  }
  const rests = async (after: number) => {
    const { state, trigger } = await exchange()
    return state === 'idle' && trigger > after
  }
  const moveTo = async (at: EpochMs) => {
    await until('the exchange rests', () => rests(0))
    const { trigger, timers } = await exchange()
    const due = timers.some(({ name, dueAt }) => name === TRIGGER_TIMER && dueAt <= at)
    if (at > clock.now()) clock.set(at)
    // What is due goes out, and is answered, before anything else is done.
    await until('the exchange rests', () => rests(due ? trigger : 0))
  }
  const reader = openStoreToRead(crsStore(home))
  const written = reader.prepare<[], number>(FILES_OF_CRS).pluck()
  let tables = 0
  return {
    home,
    now: () => clock.now(),
    until,
    moveTo,
    said,
    async filesUpTo(at) {
      await moveTo(at)
      await node.closed()
      const hours = Math.floor((at - begin) / HOUR_MS)
      const files = hours + Math.floor((at - begin) / DAY_MS)
      await until('the files of CRS', () => (written.get() ?? 0) >= files)
      while ((await exchange()).reflectedThrough < files)
        await moveTo(epochMs(clock.now() + NEXT_TRIGGER_MS))
      await moveTo(epochMs(at + SETTLES_MS))
    },
    async charge(from, faceValue) {
      const token = await desk.call(from)
      const { answer } = await desk.key(token, (await desk.card(faceValue)).pin)
      if (answer.outcome !== 'redeemed') throw new Error(`a card was ${answer.outcome}`)
      await desk.end(token)
    },
    async take(lines, ...words) {
      const file = join(home.folder, `table-${++tables}.csv`)
      writeFileSync(file, `${lines.join('\n')}\n`)
      return said(...words, file)
    },
    async heard(from) {
      await until('aris has every change', () => arisKnows(home))
      return hears157(home, desk, from)
    },
    lateNode: (from, faceValue) => lateNode(crs, from, faceValue),
  }
}

/** The last file of CRS that is on disk. */
const FILES_OF_CRS =
  'SELECT coalesce(max(sequence), 0) FROM closed_file WHERE file_sha256 IS NOT NULL'

/** scp's files and what brings them to CRS. */
function openNode(home: Home, crs: CrsDesk, desk: Desk) {
  const { hostname: host, port } = new URL(crs.running.listening.intake ?? '')
  const sender = new CrsSender({
    store: desk.store,
    read: due => desk.read('readFiles', due),
    client: new CrsClient({
      place: { host, port: Number(port) },
      node: 'scp1',
      key: transferKey(home, 'scp1'),
    }),
    log: silent,
  })
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock: crs.clock,
    log: silent,
    write: closed => desk.read('writeFiles', closed),
    writeDayCloses: closed => desk.read('writeDayCloses', closed),
    onWritten: () => sender.written(),
    later: () => () => {},
  })
  return {
    closed: () => closer.run(),
    async close() {
      await closer.close()
      await sender.close()
    },
  }
}

/** Whether aris has taken every change of billing's. */
function arisKnows(home: Home): boolean {
  const [billed, told] = [openStoreToRead(billingStore(home)), openStoreToRead(arisStore(home))]
  const last = billed.prepare<[], number>('SELECT max(number) FROM aris_update').pluck().get()
  const through = told.prepare<[], number>('SELECT through FROM progress').pluck().get()
  billed.close()
  told.close()
  return last === through
}

/** ivr's enquiry and its words, over scp's store and aris's socket. */
async function hears157(home: Home, desk: Desk, from: Msisdn): Promise<string> {
  const key = enquiryTicketKey(home)
  const session = await desk.call(from, 'mobilers', '157')
  const balance: Scp['balance'] = async token => {
    const {
      registered,
      locked,
      byDay,
      from: first,
      msisdn,
    } = await desk.store.ask('balanceFigures', token)
    const ticket = await sealEnquiryTicket(key, msisdn, Date.now())
    return { outcome: 'mobilers', registered, locked, byDay, from: first, ticket }
  }
  const asking = askingOf(desk, {})
  const socket = new SocketClient(arisSocket(home))
  const patience = { ...asking.patience, balanceForMs: 60_000, enquiryForMs: 60_000 }
  const tellable = await enquire(session, {
    ...asking,
    scp: { ...asking.scp, balance },
    aris: new ArisClient(socket),
    time: nodeTime,
    patience,
  })
  socket.close()
  await desk.end(session)
  if (!tellable) throw new Error('157 has nothing to tell')
  return tellingOf(tellable, 'ja')
    .map(clip => clipOf('ja', clip.slice('ja/'.length, -'.wav'.length))?.text ?? `<${clip}>`)
    .join('')
}

async function lateNode(crs: CrsDesk, from: Msisdn, faceValue: number) {
  const { clock, home } = crs
  const began = clock.now()
  const files = new NodeFiles('scp2', began)
  for (const state of ['in', 'out']) {
    const { outcome } = await askCrs(home, `/v1/nodes/scp2/${state}`, 'the line to scp2 is cut')
    if (outcome !== 'declared') throw new Error(`scp2 ${state}: ${outcome}`)
  }
  const charged = chargeRecord(epochMs(began + 60_000), {
    msisdn: from,
    faceValue: yen(faceValue),
  })
  return () =>
    crs
      .sender('scp2')
      .deliver(files, epochMs(began + HOUR_MS), at => (at === began ? [charged] : []))
}

/** Waits for what other programs do in their own time. */
async function until(what: string, holds: () => unknown): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    if (await holds()) return
    await wait(LOOK_MS)
  }
  throw new Error(`it never came about: ${what}`)
}

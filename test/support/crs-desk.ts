import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request as send } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import { loadCodeTables } from '../../crs/code-tables-folder.js'
import { crsStore } from '../../crs/config.js'
import { crs } from '../../crs/main.js'
import { openCrsStore } from '../../crs/store/answering.js'
import type { CrsStore, StoreQuestions } from '../../crs/store/questions.js'
import { parseCallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import type { ChargeRecord } from '../../domain/charge-record.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type DaySum, encodeDayClose } from '../../domain/day-close.js'
import { type JstDay, jstDay, QUARTER_HOUR_MS } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { encodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import type { Running } from '../../platform/program.js'
import type { Given } from '../../platform/settings.js'
import { sha256 } from '../../platform/sha256.js'
import {
  isTransferSignature,
  SIGNATURE_HEADER,
  transferKey,
  transferSignature,
} from '../../platform/transfer-signature.js'
import { freshHome } from './fresh-home.js'

/** A moment by Japan's clock: `2000-12-01T00:00:00.000`. */
export const jst = (text: string): EpochMs => epochMs(Date.parse(`${text}+09:00`))

/** A charge record; what is not given is of a demonstration subscriber, its charge id fresh. */
export function chargeRecord(at: EpochMs, changes: Partial<ChargeRecord> = {}): ChargeRecord {
  const token = parseCallSessionToken(randomBytes(16).toString('hex'))
  const msisdn = parseMsisdn('09010000001')
  const serial = parseSerialNumber(
    `DEM${`${randomBytes(4).readUInt32BE()}`.slice(-9).padStart(9, '0')}`,
  )
  if (!token || !msisdn || !serial) throw new TypeError('not a record')
  return {
    chargeId: chargeId(token, 1),
    msisdn,
    kind: 'mobilers',
    serial,
    faceValue: yen(3_000),
    chargedAt: at,
    ...changes,
  }
}

/** Makes the files of an MCSCP node, one after the other, as its charge log would. */
export class NodeFiles {
  readonly name: string
  #number = 0
  #sequence = 1
  #until: EpochMs
  #sums = new Map<string, DaySum>()
  #firstOfDay = 1

  /** `begin`: start of the node's first quarter-hour. */
  constructor(name: string, begin: EpochMs) {
    this.name = name
    this.#until = begin
  }

  /** Number of the last file. */
  get number(): number {
    return this.#number
  }

  /** Start of the next quarter-hour. */
  get until(): EpochMs {
    return this.#until
  }

  /** The next quarter-hour's file. Records are made by the moment at which it begins. */
  next(make: (began: EpochMs) => readonly ChargeRecord[] = () => []): Buffer {
    const beganAt = this.#until
    const records = make(beganAt)
    if (jstDay(epochMs(beganAt - 1)) !== jstDay(beganAt)) {
      this.#sums = new Map()
      this.#firstOfDay = this.#number + 1
    }
    this.#number++
    this.#until = epochMs(beganAt + QUARTER_HOUR_MS)
    const header = {
      node: this.name,
      number: this.#number,
      beganAt,
      closedAt: epochMs(this.#until + 5),
      firstSequence: this.#sequence,
    }
    this.#sequence += records.length
    for (const record of records) this.#add(record)
    return Buffer.from([...encodeQuarterHourFile(header, records, sha256())].join(''))
  }

  /** The day that has ended with the last file; `undefined` within a day. */
  get dayEnded(): JstDay | undefined {
    const ended = jstDay(epochMs(this.#until - 1))
    return this.#number > 0 && ended !== jstDay(this.#until) ? ended : undefined
  }

  /** The close of the day that has ended. */
  dayClose(changes: { readonly sums?: readonly DaySum[] } = {}): { day: JstDay; body: Buffer } {
    const day = this.dayEnded
    if (!day) throw new Error('no day has ended')
    const sums =
      changes.sums ?? [...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, s]) => s)
    const close = {
      node: this.name,
      day,
      closedAt: epochMs(this.#until + 7),
      firstNumber: this.#firstOfDay,
      lastNumber: this.#number,
    }
    return { day, body: Buffer.from([...encodeDayClose(close, sums, sha256())].join('')) }
  }

  #add({ kind, faceValue }: ChargeRecord): void {
    const name = `${kind === 'mobilers' ? 'M' : 'P'}${`${faceValue}`.padStart(7, '0')}`
    const count = (this.#sums.get(name)?.count ?? 0) + 1
    this.#sums.set(name, { kind, faceValue, count, sum: yen(count * faceValue) })
  }
}

/** What CRS answered. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly body: Record<string, unknown>
  readonly signed: boolean
}

/** Sends as an MCSCP node does; checks what CRS signed. */
export class NodeSender {
  readonly node: string
  readonly #origin: string
  readonly #key: string

  constructor(origin: string, home: Home, node: string) {
    this.#origin = origin
    this.node = node
    this.#key = transferKey(home, node)
  }

  file(number: number | string, body: Uint8Array, signature?: string): Promise<Answer> {
    return this.ask('PUT', `/nodes/${this.node}/quarter-hour-files/${number}`, body, signature)
  }

  dayClose({ day, body }: { day: string; body: Uint8Array }): Promise<Answer> {
    return this.ask('PUT', `/nodes/${this.node}/day-closes/${day}`, body)
  }

  expected(): Promise<Answer> {
    return this.ask('GET', `/nodes/${this.node}`, new Uint8Array(0))
  }

  /** The signature of a request. */
  signatureOf(method: string, path: string, body: Uint8Array): string {
    return transferSignature(this.#key, { method, path, body })
  }

  /** `signature`: in place of the right one; empty for none. */
  ask(method: string, path: string, body: Uint8Array, signature?: string): Promise<Answer> {
    const given = signature ?? this.signatureOf(method, path, body)
    const headers = given === '' ? {} : { [SIGNATURE_HEADER]: given }
    return new Promise((resolve, reject) => {
      const asked = send(`${this.#origin}${path}`, { method, headers, timeout: 30_000 }, answer => {
        const parts: Buffer[] = []
        answer.on('data', part => parts.push(part))
        answer.once('error', reject)
        answer.once('end', () => {
          const bytes = Buffer.concat(parts)
          const status = answer.statusCode ?? 0
          const signed = { status, path, body: bytes }
          resolve({
            status,
            text: bytes.toString(),
            body: JSON.parse(bytes.toString()),
            signed: isTransferSignature(answer.headers[SIGNATURE_HEADER], this.#key, signed),
          })
        })
      })
      asked.once('error', reject)
      asked.once('timeout', () => asked.destroy(new Error('no answer')))
      asked.end(body)
    })
  }

  /** Sends all files of a span, and the day closes among them, until the node reaches `until`. */
  async deliver(
    files: NodeFiles,
    until: EpochMs,
    make?: (began: EpochMs) => readonly ChargeRecord[],
  ): Promise<void> {
    while (files.until < until) {
      const body = files.next(make)
      await expectStatus(200, this.file(files.number, body))
      if (files.dayEnded) await expectStatus(200, this.dayClose(files.dayClose()))
    }
  }
}

async function expectStatus(status: number, answering: Promise<Answer>): Promise<void> {
  const answer = await answering
  if (answer.status !== status) throw new Error(`${answer.status}: ${answer.text}`)
}

/** CRS as a program of its own in this process. */
export interface CrsDesk {
  readonly home: Home
  readonly clock: SetClock
  readonly running: Running
  /** Every line it logged. */
  readonly lines: Record<string, unknown>[]
  sender(node?: string): NodeSender
  /** Names in the folder of hourly files, in order. */
  files(): string[]
  read(name: string): string
  /** Waits for files; more than these would be wrong. */
  filesAre(count: number): Promise<string[]>
  alarms(): string[]
}

export const CRS_TEST_SETTINGS: Given = {
  MCSCP_CRS_PORT: '0',
  MCSCP_CRS_FTP_PORT: '0',
  MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
  MCSCP_CRS_FTP_PASSIVE_LAST: '0',
}

export interface CrsDeskOptions {
  readonly home?: Home
  readonly given?: Given
  readonly at?: EpochMs
  /** Lines that are kept, from this level on. */
  readonly level?: 'debug' | 'warn'
}

/** Starts CRS; it ends with the test unless that ends it before. */
export async function openCrs(t: Test, options: CrsDeskOptions = {}): Promise<CrsDesk> {
  const home = options.home ?? freshHome(t)
  const clock = new SetClock(options.at ?? jst('2000-12-01T00:00:00'))
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level: options.level ?? 'debug' },
    { write: line => void lines.push(JSON.parse(line)) },
  )
  const given = { ...CRS_TEST_SETTINGS, ...options.given }
  const running = await crs.start({ home, given, clock, log })
  t.teardown(() => running.close())
  const files = () =>
    readdirSync(home.hourlyFiles)
      .filter(name => name.endsWith('.txt'))
      .sort()
  return {
    home,
    clock,
    running,
    lines,
    sender: (node = 'scp1') => new NodeSender(running.listening.intake ?? '', home, node),
    files,
    read: name => readFileSync(join(home.hourlyFiles, name), 'latin1'),
    async filesAre(count) {
      await until(`${count} hourly files`, () => files().length >= count)
      return files()
    },
    alarms: () => lines.filter(line => line.msg === 'alarm raised').map(line => `${line.alarm}`),
  }
}

/** CRS's store in this thread, as its writer has it. */
export function openCrsStoreHere(home: Home, clock: SetClock, nodes: readonly string[] = ['scp1']) {
  const fail = (error: Error) => {
    throw error
  }
  const policy = { nodes, tables: loadCodeTables(home) }
  const { answers, close } = openCrsStore({ path: crsStore(home), clock, policy, onBroken: fail })
  const store: CrsStore = {
    ask: async <N extends keyof StoreQuestions>(name: N, ask: StoreQuestions[N]['ask']) =>
      await answers[name](ask),
  }
  return { store, close }
}

/** Waits for something that another program does in its own time. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await holds()) return
    await wait(20)
  }
  throw new Error(`it never came about: ${what}`)
}

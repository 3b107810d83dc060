import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import Fastify from 'fastify'
import { pino } from 'pino'
import { crsStore } from '../crs/config.js'
import { crs } from '../crs/main.js'
import type { CallSessionToken } from '../domain/call-session.js'
import type { SerialNumber } from '../domain/card.js'
import { chargeId } from '../domain/charge-id.js'
import type { ChargeRecord } from '../domain/charge-record.js'
import { type EpochMs, epochMs } from '../domain/clock.js'
import { encodeDayClose } from '../domain/day-close.js'
import { jstDay, QUARTER_HOUR_MS } from '../domain/jst.js'
import type { Msisdn } from '../domain/msisdn.js'
import { encodeQuarterHourFile } from '../domain/quarter-hour-file.js'
import { yen } from '../domain/yen.js'
import { SetClock } from '../platform/clock.js'
import { homeAt, makeHome } from '../platform/home.js'
import { httpExchange } from '../platform/http-exchange.js'
import { sha256 } from '../platform/sha256.js'
import { openStore, openStoreToRead } from '../platform/store.js'
import { SIGNATURE_HEADER, transferKey, transferSignature } from '../platform/transfer-signature.js'
import { loadAverage, machine } from './machine.js'
import { wholeNumber } from './whole-number.js'

/** Records a file, and files a round: the large ones are what a busy quarter-hour is. */
const BATCHES = [
  { records: 1, files: 200 },
  { records: 100, files: 60 },
  { records: 1_000, files: 20 },
  { records: 5_000, files: 8 },
] as const

/** How long one file may take to be answered, in ms. */
const DEADLINE_MS = 60_000

const BEGAN = epochMs(Date.parse('2000-12-01T00:00:00+09:00'))

/** `crs-intake`: charge records a second into CRS, beside the least that fastify and SQLite can do. */
export const crsIntake = (): Command =>
  new Command('crs-intake')
    .description(
      'Sends quarter-hour files of 1, 100, 1,000 and 5,000 records to CRS, and the same bytes to a bare ' +
        'fastify that splits the lines and inserts them into one SQLite table, in turns. Exit code 0: ' +
        'every record was taken, and CRS came to half of the bare pace or more (Q8).',
    )
    .addOption(
      new Option('--rounds <count>', 'rounds of A B B A, the first not counted')
        .argParser(wholeNumber(2, 50))
        .default(4),
    )
    .action(async ({ rounds }: { rounds: number }) => {
      process.exitCode = (await compare(rounds)) ? 0 : 1
    })

/** One side: takes a file, durably, and tells how many records it holds. */
interface Side {
  send(file: NodeFile): Promise<void>
  count(): number
  close(): Promise<void>
}

/** What one round of one side came to. */
interface Pace {
  readonly recordsPerSecond: number
  readonly cpuUsPerRecord: number
}

async function compare(rounds: number): Promise<boolean> {
  const rows = []
  let right = true
  for (const { records, files } of BATCHES) {
    const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-'))
    const product = await openProduct(join(folder, 'product'))
    const raw = await openRaw(join(folder, 'raw.sqlite'))
    const node = new NodeFiles(records)
    const paces: { product: Pace; raw: Pace }[] = []
    for (let round = 0; round < rounds; round++) {
      const batch = Array.from({ length: files }, () => node.next()).flat()
      const turns = round % 2 === 0 ? ['product', 'raw'] : ['raw', 'product']
      const measured: Record<string, Pace> = {}
      for (const turn of turns) {
        measured[turn] = await paceOf(turn === 'product' ? product : raw, batch, files * records)
      }
      const { product: own, raw: bare } = measured
      if (own && bare && round > 0) paces.push({ product: own, raw: bare })
    }
    const sent = rounds * files * records
    right &&= product.count() === sent && raw.count() === sent
    await product.close()
    await raw.close()
    rmSync(folder, { recursive: true, force: true })
    rows.push({
      records,
      product: Math.round(median(paces.map(pace => pace.product.recordsPerSecond))),
      raw: Math.round(median(paces.map(pace => pace.raw.recordsPerSecond))),
      productCpuUs: median(paces.map(pace => pace.product.cpuUsPerRecord)),
      rawCpuUs: median(paces.map(pace => pace.raw.cpuUsPerRecord)),
      ratio: median(paces.map(pace => pace.product.recordsPerSecond / pace.raw.recordsPerSecond)),
    })
  }
  tell(rows, right)
  return right && rows.every(({ ratio }) => ratio >= 0.5)
}

interface Row {
  readonly records: number
  readonly product: number
  readonly raw: number
  readonly productCpuUs: number
  readonly rawCpuUs: number
  readonly ratio: number
}

function tell(rows: readonly Row[], right: boolean): void {
  console.log(
    'records a file   CRS records/s   bare records/s   ratio   CPU µs a record: CRS, bare',
  )
  for (const { records, product, raw, productCpuUs, rawCpuUs, ratio } of rows) {
    console.log(
      `${`${records}`.padStart(14)}${product.toLocaleString('en').padStart(16)}` +
        `${raw.toLocaleString('en').padStart(17)}${ratio.toFixed(2).padStart(8)}` +
        `${productCpuUs.toFixed(1).padStart(24)}${rawCpuUs.toFixed(1).padStart(6)}`,
    )
  }
  if (!right) console.log('WRONG: not every record was taken, or one was taken twice')
  const load = loadAverage()
  console.log(JSON.stringify({ bench: 'crs-intake', machine: machine(), load, right, rows }))
}

async function paceOf(side: Side, files: readonly NodeFile[], records: number): Promise<Pace> {
  const cpu = process.cpuUsage()
  const from = performance.now()
  for (const file of files) await side.send(file)
  const seconds = (performance.now() - from) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { recordsPerSecond: records / seconds, cpuUsPerRecord: (user + system) / records }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A file of a node, or the close of its day, which goes with the last file of the day. */
interface NodeFile {
  readonly path: string
  readonly body: Buffer
}

/** Makes a node's files, each with the same number of records of fresh charge ids. */
class NodeFiles {
  readonly #records: number
  #number = 0
  #began: EpochMs = BEGAN
  #sequence = 1

  constructor(records: number) {
    this.#records = records
  }

  /** The next quarter-hour, and the close of the day that ends with it. */
  next(): NodeFile[] {
    const beganAt = this.#began
    this.#number++
    this.#began = epochMs(beganAt + QUARTER_HOUR_MS)
    const closedAt = epochMs(this.#began + 5)
    const header = { node: NODE, number: this.#number, beganAt, closedAt }
    const lines = encodeQuarterHourFile(
      { ...header, firstSequence: this.#sequence },
      this.#charges(beganAt),
      sha256(),
    )
    this.#sequence += this.#records
    const file = { path: `quarter-hour-files/${this.#number}`, body: bytesOf(lines) }
    return jstDay(this.#began) === jstDay(beganAt) ? [file] : [file, this.#dayClose(beganAt)]
  }

  *#charges(beganAt: EpochMs): Iterable<ChargeRecord> {
    for (let n = 0; n < this.#records; n++) {
      yield {
        chargeId: chargeId(randomBytes(16).toString('hex') as CallSessionToken, 1),
        msisdn: `0901${`${n}`.padStart(7, '0')}` as Msisdn,
        kind: 'mobilers',
        serial: `BEN${`${this.#sequence + n}`.padStart(9, '0')}` as SerialNumber,
        faceValue: yen(n % 2 ? 3_000 : 1_000),
        chargedAt: epochMs(beganAt + Math.floor((n * QUARTER_HOUR_MS) / this.#records)),
      }
    }
  }

  #dayClose(at: EpochMs): NodeFile {
    const day = jstDay(at)
    const files = 96 * this.#records
    const ofThree = 96 * Math.floor(this.#records / 2)
    const sums = [
      { faceValue: yen(1_000), count: files - ofThree },
      { faceValue: yen(3_000), count: ofThree },
    ]
      .filter(({ count }) => count > 0)
      .map(one => ({ ...one, kind: 'mobilers' as const, sum: yen(one.count * one.faceValue) }))
    const close = { node: NODE, day, closedAt: epochMs(this.#began + 7) }
    const numbers = { firstNumber: this.#number - 95, lastNumber: this.#number }
    return {
      path: `day-closes/${day}`,
      body: bytesOf(encodeDayClose({ ...close, ...numbers }, sums, sha256())),
    }
  }
}

const NODE = 'scp1'

const bytesOf = (lines: Iterable<string>): Buffer => Buffer.from([...lines].join(''), 'latin1')

/** CRS itself, over HTTP, each file signed. */
async function openProduct(folder: string): Promise<Side> {
  const home = homeAt(folder)
  makeHome(home)
  // A second node that never begins keeps every hour open: what is measured is the intake alone.
  const given = {
    MCSCP_CRS_NODES: `${NODE},scp2`,
    MCSCP_CRS_PORT: '0',
    MCSCP_CRS_FTP_PORT: '0',
    MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
  }
  const clock = new SetClock(epochMs(BEGAN + 3_650 * 86_400_000))
  const running = await crs.start({ home, given, clock, log: pino({ level: 'silent' }) })
  const { port } = new URL(running.listening.intake ?? '')
  const key = transferKey(home, NODE)
  const sender = openSender(Number(port), file => ({
    [SIGNATURE_HEADER]: transferSignature(key, {
      method: 'PUT',
      path: `/nodes/${NODE}/${file.path}`,
      body: file.body,
    }),
  }))
  return {
    send: sender.send,
    count: () => {
      const store = openStoreToRead(crsStore(home))
      const count = store.prepare<[], number>('SELECT count(*) FROM charge_record').pluck().get()
      store.close()
      return count ?? 0
    },
    close: async () => {
      sender.close()
      await running.close()
    },
  }
}

/** The least that takes the same bytes durably: fastify, a split, one table, one transaction a file. */
async function openRaw(path: string): Promise<Side> {
  const store = openStore(path, [
    `CREATE TABLE record (token TEXT NOT NULL, entry INTEGER NOT NULL, msisdn TEXT NOT NULL,
       kind TEXT NOT NULL, serial TEXT NOT NULL, face_value INTEGER NOT NULL, charged_at TEXT NOT NULL,
       PRIMARY KEY (token, entry)) STRICT, WITHOUT ROWID`,
  ])
  const insert = store.prepare('INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)')
  const take = store.transaction((text: string) => {
    for (const line of text.split('\n')) {
      if (!line.startsWith('D')) continue
      insert.run(
        line.slice(13, 45),
        Number(line.slice(45, 47)),
        line.slice(47, 58),
        line.slice(58, 59),
        line.slice(59, 71),
        Number(line.slice(71, 78)),
        line.slice(78, 95),
      )
    }
  })
  const app = Fastify({ bodyLimit: 64 * 1_048_576 })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.put<{ Body: Buffer }>('/*', async ({ body }) => {
    take(body.toString('latin1'))
    return { taken: true }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const sender = openSender(typeof address === 'object' ? (address?.port ?? 0) : 0, () => ({}))
  return {
    send: sender.send,
    count: () => store.prepare<[], number>('SELECT count(*) FROM record').pluck().get() ?? 0,
    close: async () => {
      sender.close()
      await app.close()
      store.close()
    },
  }
}

/** Sends files one after the other on one connection, as a node does. */
function openSender(port: number, headersOf: (file: NodeFile) => Record<string, string>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    async send(file: NodeFile): Promise<void> {
      const headers = {
        'content-type': 'text/plain; charset=us-ascii',
        'content-length': file.body.length,
        ...headersOf(file),
      }
      const path = `/nodes/${NODE}/${file.path}`
      const request = {
        method: 'PUT',
        path,
        headers,
        body: file.body,
        deadlineMs: DEADLINE_MS,
      } as const
      const { status, body } = await httpExchange({ host: '127.0.0.1', port }, agent, request)
      if (status !== 200) throw new Error(`${file.path}: ${status} ${body.toString()}`)
    },
    close: () => agent.destroy(),
  }
}

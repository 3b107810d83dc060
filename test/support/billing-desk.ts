import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseContractId } from '../../billing/contract.js'
import type { CycleMonths } from '../../billing/rules/month-application.js'
import type { ReceivedFile } from '../../billing/store/intake.js'
import { type BillingStore, openBillingStore } from '../../billing/store/open.js'
import { parseCallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { ContractClass } from '../../domain/contract-class.js'
import {
  decodeForwardedDayClose,
  encodeForwardedDayClose,
  type ForwardedDaySum,
  forwardedDayCloseName,
} from '../../domain/forwarded-day-close.js'
import {
  decodeHourlyFile,
  encodeHourlyFile,
  type HourlyRecord,
  hourlyFileName,
} from '../../domain/hourly-file.js'
import {
  HOUR_MS,
  type JstDay,
  type JstMonth,
  jstDay,
  nextJstDay,
  startOfHour,
  startOfJstDay,
} from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import { sha256, sha256Of } from '../../platform/sha256.js'

/** A moment by Japan's clock, as `2000-12-01T10:00`. */
export const jst = (text: string): EpochMs => {
  const at = Date.parse(`${text.length === 10 ? `${text}T00:00` : text}+09:00`)
  return epochMs(at)
}

/** What a parser gave; fails when it gave nothing. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('nothing was parsed')
  return value
}

export const number = (n: number) => given(parseMsisdn(`090${`${n}`.padStart(8, '0')}`))
export const contractId = (text: string) => given(parseContractId(text))

let serials = 0

/** A charge of its own card, as CRS converts it. */
export function charge(
  of: number,
  at: string | EpochMs,
  faceValue: number,
  changes: Partial<HourlyRecord> = {},
): HourlyRecord {
  serials++
  return {
    chargeId: chargeId(given(parseCallSessionToken(randomBytes(16).toString('hex'))), 1),
    msisdn: number(of),
    kind: 'mobilers',
    serial: given(parseSerialNumber(`TST${`${serials}`.padStart(9, '0')}`)),
    faceValue: yen(faceValue),
    chargedAt: typeof at === 'string' ? jst(at) : at,
    company: 3,
    kindCode: '01',
    faceValueCode: '03',
    nodeCode: '001',
    node: 'scp1',
    fileNumber: 1,
    place: serials,
    ...changes,
  }
}

/** A file as CRS has it: its name and its bytes. */
export interface CrsFile {
  readonly sequence: number
  readonly name: string
  readonly text: string
}

/** CRS's files, numbered in the order in which they are made. */
export class CrsFiles {
  readonly all: CrsFile[] = []

  /** An hourly file with these charges, the hour that of `at`. */
  hour(at: string | EpochMs, records: readonly HourlyRecord[] = []): CrsFile {
    const beganAt = startOfHour(typeof at === 'string' ? jst(at) : at)
    const header = {
      sequence: this.all.length + 1,
      beganAt,
      closedAt: epochMs(beganAt + HOUR_MS + 20),
    }
    const ordered = records.toSorted((a, b) => a.chargedAt - b.chargedAt || a.place - b.place)
    return this.#add(hourlyFileName(header), [...encodeHourlyFile(header, ordered, sha256())])
  }

  /** A day close with these sums; by default, what the charges come to. */
  close(day: string, records: readonly HourlyRecord[] = []): CrsFile {
    const close = {
      sequence: this.all.length + 1,
      day: day as JstDay,
      closedAt: epochMs(startOfJstDay(nextJstDay(day as JstDay)) + 5_000),
    }
    const lines = [...encodeForwardedDayClose(close, sumsOf(records), sha256())]
    return this.#add(forwardedDayCloseName(close), lines)
  }

  /** The hours of a day with charges in them, one empty one, and its close. */
  day(day: string, records: readonly HourlyRecord[] = []): CrsFile[] {
    const before = this.all.length
    const hours = new Set(records.map(({ chargedAt }) => startOfHour(chargedAt)))
    if (hours.size === 0) this.hour(day)
    for (const hour of [...hours].sort((a, b) => a - b)) {
      this.hour(
        hour,
        records.filter(({ chargedAt }) => startOfHour(chargedAt) === hour),
      )
    }
    this.close(day, records)
    return this.all.slice(before)
  }

  #add(name: string, lines: readonly string[]): CrsFile {
    const file = { sequence: this.all.length + 1, name, text: lines.join('') }
    this.all.push(file)
    return file
  }
}

function sumsOf(records: readonly HourlyRecord[]): ForwardedDaySum[] {
  const sums = new Map<string, ForwardedDaySum>()
  for (const { node, kind, faceValue } of records) {
    const name = `${node} ${kind} ${`${faceValue}`.padStart(7, '0')}`
    const count = (sums.get(name)?.count ?? 0) + 1
    sums.set(name, { node, kind, faceValue, count, sum: yen(count * faceValue) })
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
}

/** A file as billing reads it. */
export function received({ name, text }: CrsFile): ReceivedFile {
  const decode = name.endsWith('-close.txt') ? decodeForwardedDayClose : decodeHourlyFile
  const content = decode(text, sha256())
  if (content.outcome === 'malformed') throw new Error(`${name}: ${content.why}`)
  return { name, sha256: Buffer.from(sha256Of(Buffer.from(text)), 'hex'), content }
}

export interface BillingDesk {
  readonly store: BillingStore
  readonly clock: SetClock
  readonly path: string
  readonly files: CrsFiles
  /** A contract `K<n>` with number n, from the service's first day. */
  contract(n: number, contractClass?: ContractClass, from?: string): Promise<void>
  /** Reflects every file that was made and is not reflected yet. */
  reflect(): Promise<void>
  /** Makes the files of the days up to one, empty but for these charges, and reflects them. */
  days(first: string, last: string, records?: readonly HourlyRecord[]): Promise<void>
  /** Takes invoice totals in, closes the month of use, to its end. */
  closeMonth(month: string, totals?: Readonly<Record<number, number>>): Promise<void>
}

/** A folder in memory where there is one: these tests are about what is written, not about the disk. */
function quickFolder(t: Test): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mcscp-billing-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** billing's store with what it needs around it; the clock stands at 2000-12-01 until it is set. */
export function openBillingDesk(
  t: Test,
  at = '2000-12-01',
  cycleMonths: CycleMonths = 1,
): BillingDesk {
  const clock = new SetClock(jst(at))
  const path = join(quickFolder(t), 'billing.sqlite')
  const onBroken = (fault: Error) => {
    throw fault
  }
  const store = openBillingStore({ path, clock, onBroken, cycleMonths })
  t.teardown(() => store.close())
  const files = new CrsFiles()
  const reflect = async () => {
    const { reflectedThrough } = await store.exchange()
    // Asked at once, they share commits; the store takes them in order.
    await Promise.all(files.all.slice(reflectedThrough).map(file => store.reflect(received(file))))
  }
  return {
    store,
    clock,
    path,
    files,
    async contract(n, contractClass = 'mobile', from = '2000-12-01') {
      const [taken] = await store.takeContracts([
        {
          contract: contractId(`K${n}`),
          msisdn: number(n),
          contractClass,
          plan: 'A',
          validFrom: jst(from),
        },
      ])
      if (taken !== 'taken') throw new Error(`contract ${n}: ${taken}`)
    },
    reflect,
    async days(first, last, records = []) {
      for (let day = first as JstDay; day <= last; day = nextJstDay(day)) {
        files.day(
          day,
          records.filter(({ chargedAt }) => jstDay(chargedAt) === day),
        )
      }
      await reflect()
    },
    async closeMonth(month, totals = {}) {
      const lines = Object.entries(totals).map(([n, total]) => ({
        of: { msisdn: number(Number(n)) },
        total: yen(total),
      }))
      // Asked at once, they share a commit; the store takes them in order.
      const [taken, begun, done] = await Promise.all([
        store.takeInvoices(month as JstMonth, lines, randomBytes(4).toString('hex')),
        store.beginClose(month as JstMonth),
        store.advanceClose(month as JstMonth, 100),
      ])
      if (taken.some(one => one !== 'taken')) throw new Error(`invoices: ${taken}`)
      if (begun.outcome !== 'running' || !done) throw new Error(`close: ${JSON.stringify(begun)}`)
    },
  }
}

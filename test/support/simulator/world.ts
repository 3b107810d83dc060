import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import type { CallSessionToken } from '../../../domain/call-session.js'
import type { Pin } from '../../../domain/card.js'
import { type ChargeId, chargeId } from '../../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../../domain/clock.js'
import { SetClock } from '../../../platform/clock.js'
import { Fault } from '../../../platform/fault.js'
import { type Database, openStoreToRead } from '../../../platform/store.js'
import { writeDayCloseFiles } from '../../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../../scp/quarter-hour/file.js'
import type { From } from '../../../scp/rules/transfer.js'
import { checkAudit } from '../../../scp/store/audit-check.js'
import { ChargeLog } from '../../../scp/store/charge-log.js'
import type { Charged } from '../../../scp/store/charges.js'
import { msisdnKey } from '../../../scp/store/keys.js'
import { readClosedFile } from '../../../scp/transfer/closed-file.js'
import { booksWrong, prepared } from '../disk/scp-audit.js'
import { pinFormInBytes, pinFormsInStore } from '../pin-search.js'
import { type Desk, openDesk } from '../scp-desk.js'
import { phone } from '../scp-values.js'
import { Model, type ModelAnswer, type ModelCall, type ModelCard } from './model.js'
import { ReceivingCrs } from './receiving-crs.js'

/** What is not as it must be. */
export class Violation extends Error {}

/** A store full of cards, from which every run begins. */
export interface Template {
  readonly folder: string
  readonly startAt: EpochMs
  readonly cards: readonly (readonly [Pin, ModelCard])[]
}

/** An entry that somebody asked for. */
interface Asked {
  readonly id: ChargeId
  readonly call: ModelCall
  readonly pin: Pin
}

interface OpenCall extends ModelCall {
  readonly token: CallSessionToken
  entries: number
}

/** Handsets that call: few, so that they come to their locks and caps. The last is a Pricall one. */
const HANDSETS = 4

const ENTRIES_MAX = 9

const WRONG_ENTRIES = 'SELECT coalesce(sum(consecutive), 0) FROM handset_lock'

/** How numbers begin that no card has; nothing else that is written looks like them. */
const WRONG = '271828182845'

/** scp's real store and rules, callers, a CRS and the model, at one moment. Everything by chance is by `chance`. */
export class World {
  readonly #t: Test
  readonly #model = new Model()
  readonly #crs = new ReceivingCrs()
  readonly #clock: SetClock
  readonly #pins: readonly Pin[]
  readonly #calls: OpenCall[] = []
  readonly #asked: Asked[] = []
  readonly #folder: string
  readonly #files: string
  #desk: Desk
  #reader: Database
  #log: ChargeLog
  #crashes = 0
  /** Bytes of the write-ahead log in which no PIN was found. */
  #searched = 0
  chance: () => number = () => 0

  private constructor(t: Test, folder: string, template: Template, desk: Desk) {
    this.#t = t
    this.#folder = folder
    this.#files = join(folder, 'files')
    this.#desk = desk
    this.#clock = desk.clock
    this.#reader = openStoreToRead(desk.file)
    this.#log = new ChargeLog(this.#reader)
    this.#pins = template.cards.map(([pin]) => pin)
    for (const [pin, card] of template.cards) this.#model.cards.set(pin, { ...card })
  }

  static async begin(t: Test, template: Template, folder: string): Promise<World> {
    mkdirSync(join(folder, 'files'), { recursive: true })
    for (const name of ['scp.db', 'pin-keys']) {
      copyFileSync(join(template.folder, name), join(folder, name))
    }
    const desk = await openDesk(t, { folder, clock: new SetClock(template.startAt) })
    return new World(t, folder, template, desk)
  }

  get now(): EpochMs {
    return this.#clock.now()
  }

  /** Some callers do something at the same moment; all is answered before the next moment. */
  async callersAct(): Promise<void> {
    const works = Array.from({ length: 1 + this.#upTo(5) }, () => this.#act())
    await Promise.all(works)
  }

  /** Step ⑬ of a call. */
  async askPermission(): Promise<void> {
    const call = this.#pick(this.#calls)
    if (!call) return
    const expected = this.#model.permission(call, this.now)
    const asked = this.#desk.store.ask('permission', call.token)
    const found = await asked.then(({ permission }) => permission, orNothing)
    if (!isDeepStrictEqual(found, expected)) differ('permission', found, expected)
  }

  /** Time passes, and what is due is closed and written. */
  async passTime(ms: number): Promise<void> {
    this.#clock.set(epochMs(this.now + ms))
    await this.#closeDue()
  }

  /** An operator unlocks a handset that is locked. */
  async unlock(): Promise<void> {
    const locked = [...this.#model.handsets].filter(([, handset]) => handset.locked)
    const [msisdn, handset] = this.#pick(locked) ?? []
    if (!msisdn || !handset) return
    const answer = await this.#desk.store.ask('performAct', {
      act: 'unlock_handset',
      person: { name: 'ogawa', role: 'operator' },
      reason: 'the caller asked for it',
      payload: { msisdn },
    })
    if (answer.outcome !== 'performed') throw new Violation(`unlock: ${JSON.stringify(answer)}`)
    Object.assign(handset, { consecutive: 0, window: 0, locked: false })
  }

  /** A file goes to CRS, or is lost on the way, comes twice, out of turn, or its acknowledgement is lost. */
  async deliver(): Promise<void> {
    const first = await this.#deliverFrom('first')
    if (first !== undefined && this.chance() < 0.3) await this.#deliverFrom({ after: first })
    if (first !== undefined && this.chance() < 0.3) await this.#deliverFrom({ at: first })
  }

  /** scp ends in order and starts again. */
  async restart(): Promise<void> {
    this.#reader.close()
    await this.#desk.close()
    this.#searched = 0
    await this.#open(this.#desk.file)
  }

  /** scp dies while entries are asked: what it had committed is there, the rest never was. */
  async crash(): Promise<void> {
    const died = this.#desk
    for (let n = this.#upTo(4); n > 0; n--) {
      const call = this.#pick(this.#calls)
      if (!call || call.ended || call.entries >= ENTRIES_MAX) continue
      const { id, pin } = this.#newEntry(call)
      died.store.ask('charge', { id, digests: died.ring.digests(pin) }).catch(() => {})
    }
    const folder = join(this.#folder, `crash-${++this.#crashes}`)
    mkdirSync(folder)
    for (const end of ['', '-wal']) {
      if (existsSync(`${died.file}${end}`)) {
        copyFileSync(`${died.file}${end}`, join(folder, `scp.db${end}`))
      }
    }
    copyFileSync(join(this.#folder, 'pin-keys'), join(folder, 'pin-keys'))
    this.#reader.close()
    await died.close()
    this.#searched = 0
    await this.#open(join(folder, 'scp.db'))
  }

  /** I1 to I6, I11 and I12, and that scp knows exactly what the model knows. */
  check(): void {
    const used = this.#model.used().map(({ serial }) => serial)
    const records = prepared(this.#reader, 'SELECT serial FROM charge_record').all()
    const charged = new Set(records.map(Number))
    if (!isDeepStrictEqual(charged, new Set(used)))
      differ('I1, I3: charged', charged, new Set(used))
    const wrong = new Map(
      [...this.#model.handsets].map(([msisdn, { consecutive }]) => [
        msisdnKey(msisdn),
        consecutive,
      ]),
    )
    const [first] = booksWrong(this.#reader, { charged: used, refused: [], wrong }, charged)
    if (first) throw new Violation(first)
    const counted = Number(prepared(this.#reader, WRONG_ENTRIES).get())
    const expected = [...wrong.values()].reduce((sum, count) => sum + count, 0)
    if (counted !== expected) differ('I5: wrong entries', counted, expected)
    const audit = checkAudit(this.#reader)
    if (audit.outcome !== 'whole') throw new Violation(`I11: ${JSON.stringify(audit)}`)
    this.#searchPins()
  }

  /** Ends the run: CRS gets what it is owed, and holds every charge once. */
  async end(): Promise<void> {
    await this.passTime(900_000)
    while ((await this.#deliverFrom('first', false)) !== undefined);
    const [records, used] = [this.#crs.records(), this.#model.used().length]
    if (records !== used) differ('I2: records at CRS', records, used)
    for (const name of readdirSync(this.#files)) {
      this.#findPin(readFileSync(join(this.#files, name)), name)
    }
    const forms = pinFormsInStore(this.#desk.file, this.#keyed())
    if (forms.length > 0) throw new Violation(`I12: a PIN stands in the store: ${forms}`)
    await this.close()
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#desk.close()
  }

  async #act(): Promise<void> {
    const what = this.chance()
    const call = what < 0.3 ? undefined : this.#pick(this.#calls)
    if (!call) return this.#newCall()
    if (what < 0.75) {
      if (call.entries < ENTRIES_MAX) await this.#key(this.#newEntry(call))
    } else if (what < 0.85) {
      const again = this.#pick(this.#asked)
      if (again) await this.#key(again)
    } else if (what < 0.92) {
      await this.#conclude()
    } else {
      call.ended = true
      const ending = { how: 'answered', heldMs: 30_000 } as const
      await this.#desk.store.ask('endCallSession', { token: call.token, ending })
    }
  }

  /** A call that keys its first card in a later moment. */
  async #newCall(): Promise<void> {
    const n = 1 + this.#upTo(HANDSETS - 1)
    const kind = n === HANDSETS ? 'pricall' : 'mobilers'
    const msisdn = phone(n)
    const token = await this.#desk.call(msisdn, kind)
    this.#calls.push({ token, msisdn, kind, ended: false, entries: 0 })
  }

  #newEntry(call: OpenCall): Asked {
    const known = this.chance() < 0.7 ? this.#pick(this.#pins) : undefined
    const pin = known ?? (`${WRONG}${10 + this.#upTo(89)}` as Pin)
    const asked = { id: chargeId(call.token, ++call.entries), call, pin }
    this.#asked.push(asked)
    return asked
  }

  async #key({ id, call, pin }: Asked): Promise<void> {
    const expected = this.#model.charge(id, call, pin, this.now)
    const digests = this.#desk.ring.digests(pin)
    compare(id, await this.#desk.store.ask('charge', { id, digests }).catch(orNothing), expected)
  }

  async #conclude(): Promise<void> {
    const asked = this.#pick(this.#asked)
    if (!asked) return
    const expected = this.#model.conclude(asked.id)
    compare(asked.id, await this.#desk.store.ask('conclude', asked.id), expected)
  }

  async #deliverFrom(from: From, losing = true) {
    const { store } = this.#desk
    const [delivery] = await store.ask('owedToCrs', { from, max: 1 })
    if (!delivery) return undefined
    const place = { folder: this.#files, node: 'scp1' }
    const { due } = delivery
    const bytes = readClosedFile(this.#log, place, delivery)
    if (losing && this.chance() < 0.2) return due
    const answer = this.#crs.take(due, bytes)
    if (answer === 'changed') throw new Violation(`I7: ${due} changed`)
    if (answer === 'gap' && from === 'first') throw new Violation(`I6: ${due} comes too early`)
    if (answer === 'gap' || (losing && this.chance() < 0.2)) return due
    await store.ask('recordAcknowledgements', [{ due, answer: Buffer.from(`${due}`) }])
    return due
  }

  async #closeDue(): Promise<void> {
    const { store } = this.#desk
    const place = { folder: this.#files, node: 'scp1' }
    while ((await store.ask('closeQuarterHours', { max: 64 })).closed === 64);
    for (;;) {
      const closed = await store.ask('unwrittenQuarterHours', { max: 64 })
      if (closed.length === 0) break
      await store.ask('recordWrittenFiles', writeQuarterHourFiles(this.#log, place, closed))
    }
    const days = await store.ask('unwrittenDayCloses', { max: 64 })
    await store.ask('recordWrittenDayCloses', writeDayCloseFiles(this.#log, place, days))
  }

  async #open(file: string): Promise<void> {
    this.#desk = await openDesk(this.#t, { folder: join(file, '..'), clock: this.#clock })
    this.#reader = openStoreToRead(this.#desk.file)
    this.#log = new ChargeLog(this.#reader)
  }

  /** I12, in what was written since the last look. */
  #searchPins(): void {
    const wal = `${this.#desk.file}-wal`
    if (!existsSync(wal)) return
    const file = openSync(wal, 'r')
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - this.#searched))
    readSync(file, bytes, 0, bytes.length, this.#searched)
    closeSync(file)
    this.#findPin(bytes, 'the store')
    this.#searched += bytes.length
  }

  #findPin(bytes: Buffer, where: string): void {
    const form = pinFormInBytes(bytes, this.#keyed())
    if (form) throw new Violation(`I12: a PIN stands in ${where}: ${form}`)
  }

  #keyed(): Set<string> {
    return new Set(this.#asked.map(({ pin }) => pin))
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.chance() * from.length)]
  }

  /** A whole number from 0 up to `most`. */
  #upTo(most: number): number {
    return Math.floor(this.chance() * (most + 1))
  }
}

function compare(id: ChargeId, found: Charged | undefined, expected: ModelAnswer): void {
  const told = found && { answer: found.answer, finding: found.finding }
  if (!isDeepStrictEqual(told, expected)) differ(`entry ${id.slice(33)}`, told, expected)
}

function differ(what: string, found: unknown, expected: unknown): never {
  throw new Violation(`${what}: ${text(found)}, not ${text(expected)}`)
}

const text = (value: unknown): string =>
  JSON.stringify(value instanceof Set ? [...value] : value) ?? 'nothing'

/** A call that is not known, or over. */
function orNothing(error: unknown): undefined {
  if (error instanceof Fault && error.code === 'NO_SUCH_CALL_SESSION') return undefined
  throw error
}

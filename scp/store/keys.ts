import type { CallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber, type SerialNumber } from '../../domain/card.js'
import { type ChargeId, chargeId } from '../../domain/charge-id.js'
import {
  type ChargeKind,
  isChargeKind,
  parseAddedKind,
  type ScenarioKind,
} from '../../domain/charge-kind.js'
import type { TrafficKind, TrafficMeasure } from '../../domain/charge-traffic.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { parseServiceNumber, type ServiceNumber } from '../../domain/switch-assertion.js'
import type { Told } from '../rules/call-result.js'
import type { KeptState, RecordedAct } from '../rules/card-life.js'
import type { LockReason } from '../rules/lock-policy.js'

/** A number as the store keys it: its digits without the leading 0. */
export const msisdnKey = (msisdn: Msisdn): number => Number(msisdn)

export const msisdnOf = (key: number): Msisdn => `0${key}` as Msisdn

/** A token's 16 bytes. */
export const tokenKey = (token: CallSessionToken): Buffer => Buffer.from(token, 'hex')

export const tokenOf = (key: Buffer): CallSessionToken => key.toString('hex') as CallSessionToken

export const chargeIdOf = (token: Buffer, entry: number): ChargeId =>
  chargeId(tokenOf(token), entry)

/** The two parts that a charge id joins. */
export function partsOf(id: ChargeId): {
  readonly token: CallSessionToken
  readonly entry: number
} {
  const [token = '', entry = ''] = id.split('-')
  return { token: token as CallSessionToken, entry: Number(entry) }
}

/** `2000-12` as 200012. */
export const monthKey = (month: JstMonth): number => Number(month.replace('-', ''))

/** `2000-12-01` as 20001201; in the order of the calendar. */
export const dayKey = (day: JstDay): number => Number(day.replaceAll('-', ''))

/** The day that a key stands for. */
export function dayOf(key: number): JstDay {
  const text = `${key}`
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` as JstDay
}

/** Cards that one series of three letters can number. */
export const SERIES_SIZE = 1_000_000_000

const LETTERS = 26
const A = 'A'.charCodeAt(0)

/** A series as the number of its first serial: its letters count in base 26, above nine digits. */
export const seriesKey = (series: string): number =>
  [...series].reduce((sum, letter) => sum * LETTERS + letter.charCodeAt(0) - A, 0) * SERIES_SIZE

/** `MCA000000123` as an integer; serials of one series follow one another. */
export const serialKey = (serial: SerialNumber): number =>
  seriesKey(serial.slice(0, 3)) + Number(serial.slice(3))

export function serialOf(key: number): SerialNumber {
  const series = Math.floor(key / SERIES_SIZE)
  const letters = [LETTERS * LETTERS, LETTERS, 1].map(place =>
    String.fromCharCode(A + (Math.floor(series / place) % LETTERS)),
  )
  const serial = parseSerialNumber(`${letters.join('')}${`${key % SERIES_SIZE}`.padStart(9, '0')}`)
  if (!serial) throw new RangeError(`not the key of a serial number: ${key}`)
  return serial
}

/** Words as the store holds them. A code once given is never given to another word. */
export interface Codes<W extends string> {
  code(word: W): number
  word(code: number): W
}

export function codes<const W extends string>(table: Readonly<Record<W, number>>): Codes<W> {
  const words = new Map(Object.entries(table).map(([word, code]) => [code, word as W]))
  return {
    code: word => table[word],
    word: code => {
      const word = words.get(code)
      if (word === undefined) throw unknownCode(code)
      return word
    },
  }
}

const unknownCode = (code: number): RangeError =>
  new RangeError(`the store holds an unknown code: ${code}`)

/** Code of 1400. */
export const CHARGE_SERVICE = 1

/** Numbers dialled; an added one is its own code. */
export const services: Codes<ServiceNumber> = {
  code: number => (number === '1400' ? CHARGE_SERVICE : number === '157' ? 2 : Number(number)),
  word: code => {
    const number = code === CHARGE_SERVICE ? '1400' : code === 2 ? '157' : `${code}`
    const service = parseServiceNumber(number)
    if (!service) throw unknownCode(code)
    return service
  },
}

/** Charge kinds of the network, which charge records are of. */
export const chargeKinds = codes<ChargeKind>({ mobilers: 1, pricall: 2 })

/** The codes of added kinds are greater. */
export const CODES_OF_NETWORK_MAX = 255

/**
 * Charge kinds, added ones too. The code of an added one is its name, its letters as digits of base 27:
 * whatever reads the store needs to know no scenario.
 */
export const scenarioKinds: Codes<ScenarioKind> = {
  code: kind => (isChargeKind(kind) ? chargeKinds.code(kind) : packed(kind)),
  word: code => {
    if (code <= CODES_OF_NETWORK_MAX) return chargeKinds.word(code)
    const kind = parseAddedKind(unpacked(code))
    if (!kind) throw unknownCode(code)
    return kind
  },
}

const BEFORE_A = 'a'.charCodeAt(0) - 1

const packed = (name: string): number =>
  [...name].reduce((sum, letter) => sum * (LETTERS + 1) + letter.charCodeAt(0) - BEFORE_A, 0)

function unpacked(code: number): string {
  const base = LETTERS + 1
  const last = String.fromCharCode(BEFORE_A + (code % base))
  return code < base ? last : `${unpacked(Math.floor(code / base))}${last}`
}

/** Where cards stand. 10 stays free: `expired` is a moment, and not kept. */
export const cardStates = codes<KeptState>({
  generated: 1,
  exported: 2,
  delivered: 3,
  active: 4,
  used: 5,
  frozen: 6,
  void: 7,
  refunded: 8,
  planned: 9,
})

/** Where batches stand. 1 and 3 were of an earlier form of the store. */
export const batchStates = codes<KeptState>({
  active: 2,
  planned: 11,
  generated: 12,
  exported: 13,
  delivered: 14,
  used: 15,
  frozen: 16,
  void: 17,
  refunded: 18,
})

export const cardActs = codes<RecordedAct>({
  plan: 1,
  generate: 3,
  export: 4,
  spoil: 5,
  deliver: 6,
  activate: 7,
  freeze: 8,
  unfreeze: 9,
  extend: 10,
  void: 11,
  refund: 12,
  demonstrate: 13,
  import: 14,
})

export const lockReasons = codes<LockReason>({ consecutive: 1, window: 2 })

const NO_KIND = 255

/** As `scenarioKinds`, with the calls that have none. */
export const trafficKinds: Codes<TrafficKind> = {
  code: kind => (kind === 'none' ? NO_KIND : scenarioKinds.code(kind)),
  word: code => (code === NO_KIND ? 'none' : scenarioKinds.word(code)),
}

export const notices = codes<Told['notice']>({
  locked: 1,
  at_cap: 2,
  no_input: 3,
  short: 4,
  system_fault: 5,
})

export const trafficMeasures = codes<TrafficMeasure>({
  no_identity: 1,
  not_in_service: 2,
  service_stopped: 3,
  congestion: 4,
  withdrawn: 5,
  locked: 10,
  at_cap: 11,
  no_input: 12,
  short: 13,
  abandoned: 14,
  accepted: 20,
  unknown: 21,
  used: 22,
  not_active: 23,
  expired: 24,
  over_cap: 25,
  system_fault: 26,
  entries: 30,
  newly_locked: 31,
  held_calls: 32,
  held_ms: 33,
})

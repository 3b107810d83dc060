import type { BalanceAnswer } from '../domain/balance-answer.js'
import type { CallNotice } from '../domain/call-notice.js'
import type { ChargeAnswer, Permission } from '../domain/charge-answer.js'
import { epochMs } from '../domain/clock.js'
import { type JstDay, parseJstDay } from '../domain/jst.js'
import { units } from '../domain/units.js'
import { yen } from '../domain/yen.js'
import { Fault } from '../platform/fault.js'
import type { FaultCode } from '../platform/fault-codes.js'
import type { JsonAnswer, JsonRequest, SocketClient } from '../platform/http-client.js'
import { type Static, Type } from '../platform/schema.js'
import { compileSchema } from '../platform/schema-check.js'
import type { Entry, Scp } from './scp.js'

const wholeYen = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const outcome = <const Name extends string>(name: Name) => ({ outcome: Type.Literal(name) })

const permissionAnswer = Type.Union([
  Type.Object(outcome('locked')),
  Type.Object(outcome('must_wait')),
  Type.Object({ ...outcome('at_month_cap'), registered: wholeYen, cap: wholeYen }),
  Type.Object({ ...outcome('permitted'), registered: wholeYen, remaining: wholeYen }),
])

const chargeAnswer = Type.Union([
  Type.Object(outcome('abandoned')),
  Type.Object(outcome('locked')),
  Type.Object(outcome('must_wait')),
  Type.Object({ ...outcome('unusable'), nowLocked: Type.Boolean() }),
  Type.Object({ ...outcome('own_card'), faceValue: wholeYen, registered: wholeYen }),
  Type.Object({ ...outcome('over_month_cap'), faceValue: wholeYen, remaining: wholeYen }),
  Type.Object({
    ...outcome('redeemed'),
    faceValue: wholeYen,
    registered: wholeYen,
    chargedAt: Type.Integer(),
  }),
  Type.Object({
    ...outcome('units_added'),
    faceValue: wholeYen,
    units: wholeYen,
    registered: wholeYen,
    chargedAt: Type.Integer(),
  }),
])

const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })

const figures = { registered: wholeYen, locked: Type.Boolean() }

const balanceAnswer = Type.Union([
  Type.Object({
    ...outcome('mobilers'),
    ...figures,
    byDay: Type.Array(Type.Object({ day, amount: wholeYen })),
    from: day,
    ticket: Type.String(),
  }),
  Type.Object({
    ...outcome('pricall'),
    ...figures,
    units: Type.Union([wholeYen, Type.Null()]),
  }),
])

const isPermission = compileSchema(permissionAnswer)
const isChargeAnswer = compileSchema(chargeAnswer)
const isBalanceAnswer = compileSchema(balanceAnswer)

const isRefusal = compileSchema(Type.Object({ code: Type.String() }))

/** Refusals of scp that it may answer otherwise a moment later. */
const PASSING: readonly string[] = [
  'OVERLOADED',
  'STORE_FAILED',
  'PEER_UNREACHABLE',
] satisfies FaultCode[]

/** scp over its Unix socket. Nothing of a question stands in a fault: it may hold a PIN. */
export class ScpClient implements Scp {
  readonly #socket: Pick<SocketClient, 'ask'>

  constructor(socket: Pick<SocketClient, 'ask'>) {
    this.#socket = socket
  }

  async permission(session: Entry['session'], deadlineMs: number): Promise<Permission> {
    const path = `/v1/call-sessions/${session}/permission`
    const answer = await this.#ask({ method: 'POST', path, deadlineMs })
    if (!isPermission.Check(answer)) throw notOurs()
    return readPermission(answer)
  }

  charge(entry: Entry, pin: string, deadlineMs: number): Promise<ChargeAnswer> {
    return this.#charged({ method: 'PUT', path: pathOf(entry), body: { pin }, deadlineMs })
  }

  conclude(entry: Entry, deadlineMs: number): Promise<ChargeAnswer> {
    return this.#charged({ method: 'POST', path: `${pathOf(entry)}/conclusion`, deadlineMs })
  }

  async heard(entry: Entry, deadlineMs: number): Promise<void> {
    await this.#ask({ method: 'POST', path: `${pathOf(entry)}/heard`, deadlineMs })
  }

  async notice({ session, entry }: Entry, notice: CallNotice, deadlineMs: number): Promise<void> {
    const path = `/v1/call-sessions/${session}/notice`
    await this.#ask({ method: 'POST', path, body: { notice, entries: entry }, deadlineMs })
  }

  async balance(session: Entry['session'], deadlineMs: number): Promise<BalanceAnswer> {
    const path = `/v1/call-sessions/${session}/balance`
    const answer = await this.#ask({ method: 'POST', path, deadlineMs })
    if (!isBalanceAnswer.Check(answer)) throw notOurs()
    return readBalance(answer)
  }

  async #charged(request: JsonRequest): Promise<ChargeAnswer> {
    const answer = await this.#ask(request)
    if (!isChargeAnswer.Check(answer)) throw notOurs()
    return readChargeAnswer(answer)
  }

  async #ask(request: JsonRequest): Promise<unknown> {
    const answer = await this.#socket.ask(request)
    if (answer.status === 200) return answer.body
    throw refusal(answer)
  }
}

const pathOf = ({ session, entry }: Entry): string =>
  `/v1/call-sessions/${session}/charges/${entry}`

function refusal({ status, body }: JsonAnswer): Fault {
  const code = isRefusal.Check(body) ? body.code : ''
  if (code === 'NO_SUCH_CALL_SESSION') return new Fault(code, 'scp does not know the call.')
  if (status === 503 || PASSING.includes(code)) {
    return new Fault('PEER_UNREACHABLE', `scp cannot answer now (${status}).`)
  }
  return new Fault('PEER_ANSWER_INVALID', `scp refused a question of ours (${status}).`)
}

const notOurs = (): Fault =>
  new Fault('PEER_ANSWER_INVALID', 'scp answered something its interface does not allow.')

function readPermission(answer: Static<typeof permissionAnswer>): Permission {
  switch (answer.outcome) {
    case 'locked':
    case 'must_wait':
      return { outcome: answer.outcome }
    case 'at_month_cap':
      return { ...answer, registered: yen(answer.registered), cap: yen(answer.cap) }
    case 'permitted':
      return { ...answer, registered: yen(answer.registered), remaining: yen(answer.remaining) }
  }
}

function readBalance(answer: Static<typeof balanceAnswer>): BalanceAnswer {
  const registered = yen(answer.registered)
  if (answer.outcome === 'pricall') {
    return { ...answer, registered, units: answer.units === null ? null : units(answer.units) }
  }
  const byDay = answer.byDay.map(one => ({ day: jstDayOf(one.day), amount: yen(one.amount) }))
  return { ...answer, registered, byDay, from: jstDayOf(answer.from) }
}

function jstDayOf(text: string): JstDay {
  const read = parseJstDay(text)
  if (!read) throw notOurs()
  return read
}

function readChargeAnswer(answer: Static<typeof chargeAnswer>): ChargeAnswer {
  switch (answer.outcome) {
    case 'own_card':
      return {
        ...answer,
        faceValue: yen(answer.faceValue),
        registered: yen(answer.registered),
      }
    case 'over_month_cap':
      return { ...answer, faceValue: yen(answer.faceValue), remaining: yen(answer.remaining) }
    case 'redeemed':
      return {
        ...answer,
        faceValue: yen(answer.faceValue),
        registered: yen(answer.registered),
        chargedAt: epochMs(answer.chargedAt),
      }
    case 'units_added':
      return {
        ...answer,
        faceValue: yen(answer.faceValue),
        units: units(answer.units),
        registered: yen(answer.registered),
        chargedAt: epochMs(answer.chargedAt),
      }
    default:
      return answer
  }
}

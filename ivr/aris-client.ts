import type { BalanceEnquiry } from '../domain/balance-enquiry.js'
import { type JstDay, type JstMonth, parseJstDay } from '../domain/jst.js'
import { yen } from '../domain/yen.js'
import { Fault } from '../platform/fault.js'
import type { JsonAnswer, SocketClient } from '../platform/http-client.js'
import { type Static, Type } from '../platform/schema.js'
import { compileSchema } from '../platform/schema-check.js'
import type { Aris } from './aris.js'

const wholeYen = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
const month = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' })

/** docs/formats/balance-enquiry.md. */
const enquiryAnswer = Type.Object({
  asOf: day,
  nextApplicationYen: wholeYen,
  balanceYen: wholeYen,
  validUntil: Type.Union([day, Type.Null()]),
  lastInvoice: Type.Union([
    Type.Object({ month, appliedYen: wholeYen, carriedOutYen: wholeYen }),
    Type.Null(),
  ]),
})

const isEnquiryAnswer = compileSchema(enquiryAnswer)

const isRefusal = compileSchema(Type.Object({ code: Type.String() }))

/** ARIS over its Unix socket. */
export class ArisClient implements Aris {
  readonly #socket: Pick<SocketClient, 'ask'>

  constructor(socket: Pick<SocketClient, 'ask'>) {
    this.#socket = socket
  }

  async enquire(ticket: string, deadlineMs: number): Promise<BalanceEnquiry> {
    const body = { ticket }
    const answer = await this.#socket.ask({ method: 'POST', path: '/enquiries', body, deadlineMs })
    if (answer.status !== 200) throw refusal(answer)
    if (!isEnquiryAnswer.Check(answer.body)) throw notOurs()
    return read(answer.body)
  }
}

function refusal({ status, body }: JsonAnswer): Fault {
  const code = isRefusal.Check(body) ? body.code : ''
  if (code === 'NO_SUCH_SUBSCRIBER') return new Fault(code, 'Billing does not know the caller.')
  if (code === 'TICKET_REFUSED') return new Fault(code, 'aris refused the ticket of scp.')
  if (status === 503) return new Fault('PEER_UNREACHABLE', 'aris cannot answer now.')
  return new Fault('PEER_ANSWER_INVALID', `aris refused a question of ours (${status}).`)
}

const notOurs = (): Fault =>
  new Fault('PEER_ANSWER_INVALID', 'aris answered something its interface does not allow.')

const read = (answer: Static<typeof enquiryAnswer>): BalanceEnquiry => ({
  asOf: jstDayOf(answer.asOf),
  nextApplicationYen: yen(answer.nextApplicationYen),
  balanceYen: yen(answer.balanceYen),
  validUntil: answer.validUntil === null ? null : jstDayOf(answer.validUntil),
  lastInvoice: answer.lastInvoice && {
    month: answer.lastInvoice.month as JstMonth,
    appliedYen: yen(answer.lastInvoice.appliedYen),
    carriedOutYen: yen(answer.lastInvoice.carriedOutYen),
  },
})

function jstDayOf(text: string): JstDay {
  const known = parseJstDay(text)
  if (!known) throw notOurs()
  return known
}

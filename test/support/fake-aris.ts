import type { BalanceEnquiry } from '../../domain/balance-enquiry.js'
import type { Aris } from '../../ivr/aris.js'
import type { CallTime } from '../../ivr/call-time.js'
import { Fault } from '../../platform/fault.js'
import type { FaultCode } from '../../platform/fault-codes.js'

/** ARIS as ivr sees it over the wire: answers as the test says, and keeps the tickets it was shown. */
export class FakeAris implements Aris {
  /** What it answers, or why it does not. */
  answer: BalanceEnquiry | FaultCode = 'PEER_UNREACHABLE'
  /** How long the answer takes, in ms. */
  takesMs = 0
  readonly tickets: string[] = []
  readonly #time: CallTime

  constructor(time: CallTime) {
    this.#time = time
  }

  enquire(ticket: string, deadlineMs: number): Promise<BalanceEnquiry> {
    this.tickets.push(ticket)
    const { answer, takesMs } = this
    return new Promise((resolve, reject) => {
      const late = takesMs > deadlineMs
      this.#time.after(Math.min(takesMs, deadlineMs), () => {
        if (late) reject(new Fault('PEER_UNREACHABLE', 'no answer'))
        else if (typeof answer === 'string') reject(new Fault(answer, 'aris refused'))
        else resolve(answer)
      })
    })
  }
}

import type { SipMessage, SipRequest, SipResponse } from '../../engines/signalling/sip/message.js'
import type { RawPhone } from './raw-phone.js'

/** How a call goes; the user that it is for, so that the application knows. */
export type Course =
  | 'caller_hangs_up'
  | 'called_hangs_up'
  | 'refused'
  | 'cancelled'
  /** The application brings it back to the caller's own address, stays between, and ends both sides. */
  | 'passed_on'

/** What is called, and how often. */
export interface CallsPlan {
  /** What their Call-IDs begin with: no two plans of a phone may share it. */
  readonly name: string
  readonly calls: number
  readonly atOnce: number
  /** One after the other, and again from the first. */
  readonly courses: readonly Course[]
  /** Session description of caller and called. */
  readonly body: string
}

/** A phone that hears nothing for so long will hear nothing more of its calls, in ms. */
const SILENCE_MS = 15_000

/** Makes calls over one phone, so many at once, to the end of each; how often each end came. */
export function makeCalls(phone: RawPhone, plan: CallsPlan): Promise<Record<string, number>> {
  const calls = new ManyCalls(phone, plan)
  return new Promise((resolve, reject) => {
    const silence = setTimeout(
      () => resolve({ ...calls.ends, 'no end': calls.running }),
      SILENCE_MS,
    )
    const hear = async () => {
      calls.fill()
      while (calls.running > 0) {
        calls.take(await phone.next())
        silence.refresh()
      }
      clearTimeout(silence)
      resolve(calls.ends)
    }
    hear().catch(reject)
  })
}

class ManyCalls {
  /** How often each end came. */
  readonly ends: Record<string, number> = {}
  readonly #phone: RawPhone
  readonly #plan: CallsPlan
  /** Those that are not over, by Call-ID; `called` for those that come back. */
  readonly #running = new Map<string, Course | 'called'>()
  #begun = 0

  constructor(phone: RawPhone, plan: CallsPlan) {
    this.#phone = phone
    this.#plan = plan
  }

  get running(): number {
    return this.#running.size
  }

  /** Begins as many as may be at once. */
  fill(): void {
    const { name, calls, atOnce, courses, body } = this.#plan
    while (this.#begun < calls && this.#running.size < atOnce) {
      const course = courses[this.#begun % courses.length] ?? 'refused'
      const callId = `${name}-${this.#begun++}`
      this.#running.set(callId, course)
      this.#phone.ask('INVITE', callId, { user: course, body })
    }
  }

  take(message: SipMessage): void {
    const callId = message.headers.get('Call-ID') ?? ''
    if (message.kind === 'request') this.#asked(message, callId)
    else this.#answered(message, callId)
    this.fill()
  }

  #asked(request: SipRequest, callId: string): void {
    if (request.method === 'ACK') return
    const invited = request.method === 'INVITE'
    if (invited) this.#running.set(callId, 'called')
    this.#phone.reply(request, '200 OK', invited ? { body: this.#plan.body } : {})
    if (request.method === 'BYE') this.#over(callId, 'BYE')
  }

  #answered(response: SipResponse, callId: string): void {
    const method = response.headers.get('CSeq')?.split(' ')[1]
    if (method === 'INVITE') this.#invited(response, callId)
    else if (method === 'BYE' && response.status >= 200) this.#over(callId, 'BYE')
  }

  #invited(response: SipResponse, callId: string): void {
    const { status, headers } = response
    const course = this.#running.get(callId)
    if (status < 200) {
      if (status > 100 && course === 'cancelled') this.#phone.cancel(callId, { user: course })
    } else if (status < 300) {
      this.#phone.askIn(response, 'ACK', 1)
      if (course === 'caller_hangs_up') this.#phone.askIn(response, 'BYE', 2)
    } else {
      // RFC 3261 §17.1.1.3: the ACK of a refusal has the branch of its INVITE, and the answer's To.
      const [via = '', to = ''] = [headers.get('Via'), headers.get('To')]
      this.#phone.ask('ACK', callId, { headers: { Via: via, To: to } })
      this.#over(callId, `${status}`)
    }
  }

  #over(callId: string, how: string): void {
    const course = this.#running.get(callId)
    if (!this.#running.delete(callId)) return
    const end = `${course}: ${how}`
    this.ends[end] = (this.ends[end] ?? 0) + 1
  }
}

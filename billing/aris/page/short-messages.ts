import type { Msisdn } from '../../../domain/msisdn.js'
import type { Logger } from '../../../platform/log.js'

/** How long the gateway may take to accept a message, in ms. */
const ACCEPTED_WITHIN_MS = 10_000

/** How a code reaches its subscriber's phone. */
export interface ShortMessages {
  /** Whether anything can be sent at all. */
  readonly reachable: boolean
  /** Sends a text; nobody waits for it, so that its time tells nothing of the number. */
  send(to: Msisdn, text: string): void
  /** What the phone of a simulation shows: the newest text; `undefined` where phones are real. */
  shown(to: Msisdn): string | undefined
}

/** By the operator's gateway: `POST {"to", "text"}`, answered with any 2xx (docs/formats/short-message.md). */
export function gatewayMessages(url: string, log: Logger): ShortMessages {
  const post = async (to: Msisdn, text: string) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to, text }),
      signal: AbortSignal.timeout(ACCEPTED_WITHIN_MS),
    })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`)
  }
  return {
    reachable: true,
    // The text has a code: neither it nor what a gateway answers to it is logged.
    send: (to, text) =>
      void post(to, text).catch(error =>
        log.error({ msisdn: to, why: String(error) }, 'short message not sent'),
      ),
    shown: () => undefined,
  }
}

/** Most phones of a simulation whose newest text is kept. */
const PHONES_MAX = 1_000

/** Without a gateway: in a simulation the page shows the phone too; elsewhere nobody can be reached. */
export function messagesWithoutGateway(simulation: boolean): ShortMessages {
  const phones = new Map<Msisdn, string>()
  return {
    reachable: simulation,
    send: (to, text) => {
      phones.delete(to)
      phones.set(to, text)
      const [first] = phones.keys()
      if (phones.size > PHONES_MAX && first) phones.delete(first)
    },
    shown: to => phones.get(to),
  }
}

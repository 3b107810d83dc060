import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { identityHeaders, identitySigner } from '../../switch-sim/mls/identity.js'
import { switchKey } from '../../switch-sim/mls/switch-key.js'
import { phone } from './scp-values.js'
import { type Owner, type SipPeer, tcpPeer } from './sip-peer.js'
import { SwitchLeg } from './wired-calls.js'

/** What became of one call, as the switch sees it. */
export type OfferedEnd =
  /** Answered, and hung up by the other side. */
  | 'served'
  /** Told so by 503 and when to try again, before anything was done. */
  | 'refused'
  /** Anything else, in words: what must not be. */
  | { readonly wrong: string }

/** A call that is signed and waits to be made. */
interface ReadyCall {
  readonly callId: string
  readonly fields: Record<string, string>
}

/** Longest that a caller waits for the network, on a busy machine, in ms. */
const PATIENCE_MS = 60_000

/** Numbers that call, so many that no month of one is ever full. */
const NUMBERS = 50_000

/** Calls to 1400 as the switch makes them, over one connection to scp's signalling engine. */
export class OfferedCalls {
  readonly #peer: SipPeer
  readonly #home: Home
  readonly #scpPort: number
  readonly #legs = new Map<string, SwitchLeg>()
  #made = 0

  private constructor(peer: SipPeer, home: Home, scpPort: number) {
    this.#peer = peer
    this.#home = home
    this.#scpPort = scpPort
    void this.#takeAll()
  }

  static async open(owner: Owner, home: Home, scpPort: number): Promise<OfferedCalls> {
    const peer = await tcpPeer(owner, { host: '127.0.0.1', port: scpPort })
    return new OfferedCalls(peer, home, scpPort)
  }

  /** Signs so many calls, so that making them costs little; they are fresh for a minute. */
  async ready(count: number): Promise<readonly ReadyCall[]> {
    const signer = await identitySigner(switchKey(this.#home), systemClock)
    const calls: ReadyCall[] = []
    while (calls.length < count) {
      const callId = randomUUID()
      const number = phone(1 + (this.#made++ % NUMBERS))
      const call = { number, service: '1400', chargeKind: 'mobilers', callId } as const
      const claim = { ...call, displayWithheld: false }
      calls.push({ callId, fields: identityHeaders(claim, await signer.sign(claim), 'mls.mcscp') })
    }
    return calls
  }

  /** Makes a call; how it ended. */
  async make({ callId, fields }: ReadyCall): Promise<OfferedEnd> {
    const leg = new SwitchLeg(this.#peer, callId, this.#scpPort, fields)
    this.#legs.set(callId, leg)
    leg.invite(9, fields)
    const over = await within(leg.over)
    this.#legs.delete(callId)
    if (over === 'hung up by the other') return 'served'
    if (over !== 'refused')
      return { wrong: leg.final ? 'answered, and never over' : 'never answered' }
    const { status, headers } = leg.final ?? {}
    // RFC 3261 §21.5.4, requirement M-05: who is refused is told when to try again.
    if (status === 503 && /^\d+$/.test(headers?.get('Retry-After') ?? '')) return 'refused'
    return { wrong: `refused by ${status}` }
  }

  async #takeAll(): Promise<void> {
    for (;;) {
      const message = await this.#peer.received.next()
      this.#legs.get(message.headers.get('Call-ID') ?? '')?.take(message)
    }
  }
}

/** Waits as long as a caller does; `undefined` then. */
async function within<T>(coming: Promise<T>): Promise<T | undefined> {
  const given = new AbortController()
  const patience = wait(PATIENCE_MS, undefined, { signal: given.signal }).catch(() => undefined)
  const came = await Promise.race([coming, patience])
  given.abort()
  return came
}

import { randomInt } from 'node:crypto'
import { BlockList } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Dispatched, ResponseListener, SendOptions } from './asking.js'
import type { Core } from './core.js'
import type { Dialog } from './dialog/dialog.js'
import { Dialogs } from './dialog/dialogs.js'
import { LOOPBACK_NETWORKS, parseNetworks } from './guard/networks.js'
import { SourceGuard } from './guard/source-guard.js'
import type { Handlers } from './handlers.js'
import { Inbound } from './inbound.js'
import { RoutePasses } from './proxy/route-passes.js'
import { nodeScheduler, type Scheduler } from './scheduler.js'
import type { SipRequest } from './sip/message.js'
import { makeTokens } from './token.js'
import { ClientLayer } from './transaction/client-layer.js'
import { ServerLayer } from './transaction/server-layer.js'
import { STANDARD_TIMERS, type TimerValues } from './transaction/timers.js'
import type { ListenPoint } from './transport/address.js'
import { type Dns, nodeDns } from './transport/dns.js'
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './transport/flow.js'
import { keptDns } from './transport/kept-dns.js'
import type { TlsCredentials } from './transport/tls-credentials.js'
import { Transports } from './transport/transports.js'
import { sendRequest } from './uac.js'
import { Uas } from './uas.js'
import type { WireWatch } from './watch/wire-watch.js'

export type { Answered, Proxied, ServerTransaction } from './answering.js'
export type {
  ClientTransaction,
  Dispatched,
  ResponseListener,
  ResponseReceived,
  SendOptions,
} from './asking.js'
export type { Acknowledged, Dialog } from './dialog/dialog.js'
export type {
  AckReceived,
  CancelReceived,
  DialogEnded,
  EndReason,
  Handlers,
  Notice,
} from './handlers.js'
export type { ProxyListener, ProxyPlan } from './proxy/proxying.js'
export type { ListenPoint } from './transport/address.js'

/** What an agent is made of. */
export interface AgentOptions {
  readonly listen: readonly ListenPoint[]
  readonly handlers: Handlers
  /** Default: `STANDARD_TIMERS`. */
  readonly timers?: TimerValues
  /** Default: `nodeScheduler`. */
  readonly scheduler?: Scheduler
  /** Default: `DEFAULT_CONNECTION_LIMITS`. */
  readonly limits?: ConnectionLimits
  /**
   * Makes an unguessable token of letters and digits, at least 12 long. Default: from
   * `node:crypto`.
   */
  readonly token?: () => string
  /** Whose requests are not limited (XS6). Default: this machine's own. */
  readonly unlimited?: BlockList
  /** Milliseconds of a clock that only goes forward. Default: Node's. */
  readonly monotonicMs?: () => number
  /** Shown every message that crosses the wire. Default: nobody. */
  readonly watch?: WireWatch | undefined
  /** What the Record-Routes of proxied calls are sealed with. Default: fresh, so none outlives us. */
  readonly passKey?: Buffer
  /** Finds the servers of domains; its answers are kept for 30 s. Default: the system's. */
  readonly dns?: Dns
  /** A number from 0 up to 1, for the choice among servers of equal rank. Default: from `node:crypto`. */
  readonly chance?: () => number
  /** What TLS is spoken with; needed where `listen` has a `tls` or `wss`. */
  readonly credentials?: TlsCredentials | undefined
}

/** Numbers that chance chooses from. */
const CHANCES = 2 ** 32

/**
 * A SIP user agent: transports, transactions and dialogs (RFC 3261), for either side of a call.
 * It holds no policy: what to answer, whom to call and when to hang up is its user's.
 */
export class Agent {
  readonly #core: Core
  readonly #servers: ServerLayer
  readonly #guard: SourceGuard
  #closed: Promise<void> | undefined

  private constructor({ handlers, ...options }: AgentOptions) {
    const scheduler = options.scheduler ?? nodeScheduler
    const environment = { scheduler, timers: options.timers ?? STANDARD_TIMERS }
    const limits = options.limits ?? DEFAULT_CONNECTION_LIMITS
    const monotonicMs = options.monotonicMs ?? (() => performance.now())
    const dns = keptDns(options.dns ?? nodeDns(), monotonicMs)
    const token = options.token ?? makeTokens()
    const { credentials } = options
    this.#core = {
      environment,
      token,
      transports: new Transports({
        limits,
        scheduler,
        dns,
        chance: options.chance ?? (() => randomInt(CHANCES) / CHANCES),
        credentials,
      }),
      clients: new ClientLayer({ environment, token, monotonicMs }),
      dialogs: new Dialogs(),
      proxyings: new WeakMap(),
      passes: new RoutePasses(options.passKey),
      handlers,
      noticed: notice => {
        if (!this.#closed) handlers.noticed?.(notice)
      },
    }
    this.#servers = new ServerLayer(new Uas(this.#core), this.#core)
    const unlimited = options.unlimited ?? parseNetworks(LOOPBACK_NETWORKS) ?? new BlockList()
    this.#guard = new SourceGuard({ monotonicMs, unlimited })
  }

  /** Opens every listen point, or none: rejects with the first error, all else closed again. */
  static async open(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    const receiver = new Inbound(agent.#core, agent.#servers, agent.#guard, options.watch)
    await agent.#core.transports.listen(options.listen, receiver)
    return agent
  }

  /** The addresses in use, in the order asked for. */
  get listening(): readonly ListenPoint[] {
    return this.#core.transports.points
  }

  /**
   * Sends a request outside any dialog. The agent works on a copy and supplies what is missing:
   * Via always; Max-Forwards 70; From (our address, fresh tag; a From without tag gets one); To
   * (the request URI); Call-ID; CSeq; Contact (INVITE, SUBSCRIBE, REFER);
   * Content-Length always. Call-ID, From with tag and CSeq given are used verbatim, so that a
   * digest retry can repeat them.
   *
   * Where it goes: `nextHop`, else the first Route, else the request URI; to a connection that
   * is open to that address before a new one is dialled. A WebSocket phone cannot be dialled at
   * all (RFC 7118 §5): it is found by the Contact under `.invalid` that it registered, or by the
   * address its connection came from; without its connection the response is an internal 503.
   */
  send(request: SipRequest, on: ResponseListener, options: SendOptions = {}): Dispatched {
    return sendRequest(this.#core, request, on, options)
  }

  /** The live dialog of that id. */
  dialog(id: string): Dialog | undefined {
    const dialog = this.#core.dialogs.byId(id)
    return dialog?.state === 'ended' ? undefined : dialog
  }

  /** The live dialogs of that Call-ID; more than one if a call passes through this agent twice. */
  dialogsOf(callId: string): readonly Dialog[] {
    return this.#core.dialogs.ofCall(callId).filter(({ state }) => state !== 'ended')
  }

  /**
   * Our address as a peer at this URI sees it: what to put in place of `localhost`. `undefined` when
   * nothing can be sent to this URI.
   */
  addressTowards(uri: string): ListenPoint | undefined {
    const path = this.#core.transports.pathTo(uri)
    return typeof path === 'string' ? undefined : { protocol: path.protocol, ...path.local }
  }

  /** Whether a request to this URI would come back to this agent. */
  isSelf(uri: string): boolean {
    return this.#core.transports.isSelf(uri)
  }

  /** Counts for metrics, and for a shutdown in order. */
  get load(): Load {
    const { clients, dialogs, transports } = this.#core
    return {
      transactions: clients.size + this.#servers.size,
      dialogs: dialogs.size,
      connections: transports.connections,
      bannedSources: this.#guard.banned,
    }
  }

  /**
   * Stops at once: closes sockets and timers, tells no handler any more. Ending calls in order
   * comes first and is the user's.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end() {
    for (const dialog of this.#core.dialogs.all()) dialog.end()
    this.#servers.close()
    this.#core.clients.close()
    await this.#core.transports.close()
  }
}

/** How much an agent holds at present. */
export interface Load {
  /** Including those that only wait for retransmissions. */
  readonly transactions: number
  readonly dialogs: number
  readonly connections: number
  /** Sources that are not heard; some of their time may be up. */
  readonly bannedSources: number
}

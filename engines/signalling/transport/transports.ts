import { strict as assert } from 'node:assert'
import type { Scheduler } from '../scheduler.js'
import type { Endpoint, ListenPoint, Protocol } from './address.js'
import { Aliases } from './aliases.js'
import { type Destination, defaultPort, destinationOf, mayTake } from './destination.js'
import type { Dns } from './dns.js'
import type { ConnectionLimits, Flow, Receiver } from './flow.js'
import { familyOf, isHostOf, isLiteral, isLoopback, localTowards } from './local-host.js'
import { DIALLED, type Dialled, type Located, locate } from './locate.js'
import { type Hop, type Path, pathOver } from './path.js'
import { TcpTransport } from './tcp.js'
import { TlsTransport } from './tls.js'
import type { TlsCredentials } from './tls-credentials.js'
import { UdpTransport } from './udp.js'
import { WsTransport } from './ws.js'

/** What the transports need from outside. */
export interface TransportsOptions {
  readonly limits: ConnectionLimits
  readonly scheduler: Scheduler
  readonly dns: Dns
  /** A number from 0 up to 1. */
  readonly chance: () => number
  /** What TLS is spoken with; a listen point of `tls` or `wss` needs it. */
  readonly credentials?: TlsCredentials | undefined
}

type Transport =
  | { readonly protocol: 'udp'; readonly transport: UdpTransport }
  | { readonly protocol: 'tcp'; readonly transport: TcpTransport }
  | { readonly protocol: 'tls'; readonly transport: TlsTransport }
  | { readonly protocol: 'ws'; readonly transport: WsTransport }
  | { readonly protocol: 'wss'; readonly transport: WsTransport }

/** All listen points of one agent, and the choice among them. */
export class Transports {
  readonly #options: TransportsOptions
  readonly #all: Transport[] = []
  /** Connections that stand for Contacts. */
  readonly aliases = new Aliases()

  constructor(options: TransportsOptions) {
    this.#options = options
  }

  /** Opens every listen point, or none: rejects with the first error, all others closed again. */
  async listen(points: readonly ListenPoint[], receiver: Receiver) {
    try {
      for (const point of points) this.#all.push(await openOne(point, receiver, this.#options))
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** The listen points with their real ports, in the order asked for. */
  get points(): readonly ListenPoint[] {
    return this.#all.map(({ transport }) => transport.point)
  }

  get connections(): number {
    let total = 0
    for (const each of this.#all)
      if (each.protocol !== 'udp') total += each.transport.connections.size
    return total
  }

  /**
   * The way for a request to this URI: the connection that its owner made it known over, else by the
   * transport it names, on the listen point that suits its address best.
   */
  pathTo(uri: string): Path | 'bad_uri' | 'no_transport' {
    const destination = destinationOf(uri)
    if (!destination) return 'bad_uri'
    const owned = this.aliases.flowFor(destination.alias)
    if (owned && mayTake(destination, owned.protocol)) return pathOver(owned)
    const chosen = this.#choose(destination)
    if (!chosen) return 'no_transport'
    const { protocol, transport } = chosen
    const { host, port } = destination
    return {
      protocol,
      reliable: protocol !== 'udp',
      local: localTowards(transport.point, host),
      remote: { host, port },
      large: () => this.#largeInstead(protocol, { host, port }),
      hops: tell => this.#findHops(chosen, destination, tell),
    }
  }

  /** A UDP flow to an address, for a peer whose own idea of its address is wrong. */
  udpFlowTo(remote: Endpoint): Flow | undefined {
    const chosen = this.#choose({ protocol: 'udp', secure: false, ...remote })
    return chosen?.protocol === 'udp' ? chosen.transport.requestFlow(remote) : undefined
  }

  /**
   * A connection to an address, for an answer whose own has gone (RFC 3261 §18.2.2); over TLS the peer must
   * prove that it is `domain`. A WebSocket phone cannot be dialled.
   */
  flowInstead(protocol: Protocol, remote: Endpoint, domain: string): Flow | undefined {
    const chosen = this.#choose({ protocol, secure: false, ...remote })
    if (chosen?.protocol === 'tcp') return chosen.transport.flowTo(remote)
    return chosen?.protocol === 'tls' ? chosen.transport.flowTo(remote, domain) : undefined
  }

  /** Whether a Via with this sent-by is one of ours. */
  isOurs({ host, port }: { readonly host: string; readonly port?: number }): boolean {
    return this.points.some(
      point => point.port === (port ?? defaultPort(point.protocol)) && isHostOf(point, host),
    )
  }

  /** Whether a request to this URI would come in here again. */
  isSelf(uri: string): boolean {
    const destination = destinationOf(uri)
    if (!destination) return false
    const { protocol, host, port } = destination
    const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host
    return this.points.some(
      point =>
        point.port === port &&
        (protocol === 'any' || isOf(point.protocol, protocol)) &&
        isHostOf(point, address),
    )
  }

  async close() {
    await Promise.all(this.#all.map(({ transport }) => transport.close()))
  }

  #choose(destination: Pick<Destination, 'protocol' | 'host' | 'port' | 'secure'>) {
    const { protocol, host } = destination
    if (protocol === 'other') return undefined
    if (protocol === 'ws' || protocol === 'wss') return this.#webSocketOf(destination)
    // RFC 3263 §4.1: without a transport parameter, an address is contacted by UDP. What a name's records
    // say comes later; until then it counts the same.
    const wanted = protocol !== 'any' ? protocol : DIALLED.find(each => this.#has(each))
    const fitting = this.#all.filter(
      each => each.protocol === wanted && suits(each.transport.point, host),
    )
    return fitting.find(({ transport }) => near(transport.point, host)) ?? fitting[0]
  }

  /** RFC 7118 §5: a WebSocket phone accepts no connections: where it is connected, or could be. */
  #webSocketOf({
    protocol,
    secure,
    ...remote
  }: Pick<Destination, 'protocol' | 'host' | 'port' | 'secure'>) {
    const fitting = this.#all.filter(
      each => isOf(each.protocol, protocol) && mayTake({ secure }, each.protocol),
    )
    return fitting.find(each => connectedTo(each, remote) !== undefined) ?? fitting[0]
  }

  #has(protocol: Protocol): boolean {
    return this.#all.some(each => each.protocol === protocol)
  }

  #findHops(chosen: Transport, destination: Destination, tell: (hops: readonly Hop[]) => void) {
    const { host, port } = destination
    if (chosen.protocol === 'ws' || chosen.protocol === 'wss' || isLiteral(host)) {
      return tell([this.#hop(chosen, { host, port }, host)])
    }
    const { dns, chance } = this.#options
    const families = (protocol: Dialled) => this.#families(protocol)
    const found = locate(destination, { dns, chance, families })
    found.then(servers => tell(servers.flatMap(server => this.#hopTo(server, host))))
  }

  /** The hop to a server of a domain. */
  #hopTo({ protocol, host, port }: Located, domain: string): Hop[] {
    const chosen = this.#choose({ protocol, host, port, secure: false })
    return chosen ? [this.#hop(chosen, { host, port }, domain)] : []
  }

  /** `domain`: whom the peer must prove to be, where it must. */
  #hop(chosen: Transport, remote: Endpoint, domain: string): Hop {
    const { protocol } = chosen
    return {
      protocol,
      local: localTowards(chosen.transport.point, remote.host),
      remote,
      reach: () => flowBy(chosen, remote, domain),
      large: () => this.#largeInstead(protocol, remote),
    }
  }

  /** RFC 3261 §18.1.1: the same server over TCP, where we speak it. */
  #largeInstead(protocol: Protocol, remote: Endpoint): Hop | undefined {
    if (protocol !== 'udp') return undefined
    const chosen = this.#choose({ protocol: 'tcp', secure: false, ...remote })
    return chosen && this.#hop(chosen, remote, remote.host)
  }

  #families(protocol: Dialled): readonly (4 | 6)[] {
    const points = this.points.filter(point => point.protocol === protocol)
    return [...new Set(points.map(({ host }) => familyOf(host)))]
  }
}

/** Whether a URI that asks for one protocol means the other: `ws` names WebSocket with TLS and without. */
const isOf = (protocol: Protocol, asked: Destination['protocol']): boolean =>
  protocol === asked || (protocol === 'wss' && asked === 'ws')

/** The flow to a server, opened when there is none. */
function flowBy(chosen: Transport, remote: Endpoint, domain: string): Flow | undefined {
  switch (chosen.protocol) {
    case 'udp':
      return chosen.transport.requestFlow(remote)
    case 'tcp':
      return chosen.transport.flowTo(remote)
    case 'tls':
      return chosen.transport.flowTo(remote, domain)
    default:
      return connectedTo(chosen, remote)
  }
}

/** The connection with a peer that cannot be dialled. */
const connectedTo = ({ protocol, transport }: Transport, remote: Endpoint): Flow | undefined =>
  protocol === 'udp' ? undefined : transport.connections.with(remote)

/** Whether an address of that kind can be reached from a listen point. Names suit any. */
const suits = (point: ListenPoint, host: string): boolean =>
  !isLiteral(host) || familyOf(host) === familyOf(point.host)

/** Whether both are on loopback, or neither. */
const near = (point: ListenPoint, host: string): boolean =>
  isLoopback(point.host) === isLoopback(host)

async function openOne(
  point: ListenPoint,
  receiver: Receiver,
  { limits, scheduler, credentials }: TransportsOptions,
): Promise<Transport> {
  const { protocol } = point
  if (protocol === 'udp') return { protocol, transport: await UdpTransport.open(point, receiver) }
  const surroundings = { receiver, limits, scheduler, credentials: undefined }
  if (protocol === 'tcp') {
    return { protocol, transport: await TcpTransport.open(point, surroundings) }
  }
  if (protocol === 'ws') return { protocol, transport: await WsTransport.open(point, surroundings) }
  assert(credentials, 'a listen point of TLS has a certificate')
  const secured = { ...surroundings, credentials }
  if (protocol === 'tls') return { protocol, transport: await TlsTransport.open(point, secured) }
  return { protocol, transport: await WsTransport.open(point, secured) }
}

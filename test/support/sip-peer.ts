import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TLSSocket,
} from 'node:tls'
import { WebSocket } from 'ws'
import type { SipMessage, SipRequest, SipResponse } from '../../engines/signalling/sip/message.js'
import { parseMessage, StreamParser } from '../../engines/signalling/sip/parse.js'
import { serialise } from '../../engines/signalling/sip/serialise.js'
import type { Endpoint, Protocol } from '../../engines/signalling/transport/address.js'
import type { Certified } from './certificates.js'
import { Queue } from './queue.js'

const LOOPBACK = '127.0.0.1'

/** What ends with a test. */
export interface Owner {
  teardown(end: () => unknown): void
}

/**
 * The other end of the wire: sends messages exactly as they are given and shows what comes, with no
 * transactions of its own.
 */
export class SipPeer {
  readonly protocol: Protocol
  readonly local: Endpoint
  readonly received = new Queue<SipMessage>()
  readonly #write: (bytes: Buffer) => void
  readonly #close: () => void

  constructor(
    protocol: Protocol,
    local: Endpoint,
    write: (bytes: Buffer) => void,
    close: () => void,
  ) {
    this.protocol = protocol
    this.local = local
    this.#write = write
    this.#close = close
  }

  /** What a Via of this peer begins with. */
  get sentBy(): string {
    return `SIP/2.0/${this.protocol.toUpperCase()} ${this.local.host}:${this.local.port}`
  }

  /** A Contact of this peer. */
  get contact(): string {
    const transport =
      this.protocol === 'udp' ? '' : `;transport=${this.protocol.replace('wss', 'ws')}`
    return `<sip:peer@${this.local.host}:${this.local.port}${transport}>`
  }

  send(message: SipMessage | Buffer) {
    this.#write(Buffer.isBuffer(message) ? message : serialise(message))
  }

  /** The next message; it must be a request of this method. */
  async request(method: string): Promise<SipRequest> {
    const message = await this.received.next()
    if (message.kind === 'request' && message.method === method) return message
    throw new Error(`wanted ${method}, got ${titleOf(message)}`)
  }

  /** The next message; it must be a response with this status. */
  async response(status: number): Promise<SipResponse> {
    const message = await this.received.next()
    if (message.kind === 'response' && message.status === status) return message
    throw new Error(`wanted ${status}, got ${titleOf(message)}`)
  }

  /** Reads nothing any more (TCP). */
  pause = () => {}

  close() {
    this.#close()
  }
}

const titleOf = (message: SipMessage): string =>
  message.kind === 'request' ? message.method : `${message.status} ${message.reason}`

/** A peer on UDP that sends to one address. */
export async function udpPeer(owner: Owner, to: Endpoint, port = 0): Promise<SipPeer> {
  const socket = createSocket('udp4')
  socket.bind(port, LOOPBACK)
  await once(socket, 'listening')
  let open = true
  const close = () => {
    if (open) socket.close()
    open = false
  }
  owner.teardown(close)
  const local = { host: LOOPBACK, port: socket.address().port }
  const peer = new SipPeer('udp', local, bytes => socket.send(bytes, to.port, to.host), close)
  socket.on('message', bytes => peer.received.push(parseMessage(bytes)))
  return peer
}

/** A peer that opens a TCP connection. */
export async function tcpPeer(owner: Owner, to: Endpoint): Promise<SipPeer> {
  const socket = connect(to.port, to.host)
  await once(socket, 'connect')
  owner.teardown(() => socket.destroy())
  return streamPeer(socket, { host: LOOPBACK, port: socket.localPort ?? 0 })
}

/** A peer that opens a TLS connection; trusts whoever answers, unless `options` say otherwise. */
export async function tlsPeer(
  owner: Owner,
  to: Endpoint,
  options: ConnectionOptions = { rejectUnauthorized: false },
): Promise<SipPeer & { readonly socket: TLSSocket }> {
  const socket = connectTls({ host: to.host, port: to.port, ...options })
  owner.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  const local = { host: LOOPBACK, port: socket.localPort ?? 0 }
  return Object.assign(streamPeer(socket, local, 'tls'), { socket })
}

/** A place that TLS connections are made to: gives each as a peer, once it is let in. */
export async function tlsPlace(
  owner: Owner,
  { certificate, key }: Certified,
): Promise<{ at: Endpoint; peers: Queue<SipPeer>; refused: Queue<Error> }> {
  const peers = new Queue<SipPeer>()
  const refused = new Queue<Error>()
  const server = createTlsServer({ cert: certificate, key }).listen(0, LOOPBACK)
  await once(server, 'listening')
  const address = server.address()
  const at = { host: LOOPBACK, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
  const open = new Set<Socket>()
  server.on('connection', socket => open.add(socket))
  server.on('tlsClientError', error => refused.push(error))
  server.on('secureConnection', socket => peers.push(streamPeer(socket, at, 'tls')))
  owner.teardown(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { at, peers, refused }
}

/** A place that TCP connections are made to: gives each as a peer. */
export async function tcpPlace(
  owner: Owner,
): Promise<{ at: Endpoint; peers: Queue<SipPeer>; close(): void }> {
  const peers = new Queue<SipPeer>()
  const server = createServer().listen(0, LOOPBACK)
  await once(server, 'listening')
  const address = server.address()
  const at = { host: LOOPBACK, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
  server.on('connection', socket => {
    owner.teardown(() => socket.destroy())
    peers.push(streamPeer(socket, at))
  })
  owner.teardown(() => server.close())
  return { at, peers, close: () => server.close() }
}

function streamPeer(socket: Socket, local: Endpoint, protocol: 'tcp' | 'tls' = 'tcp'): SipPeer {
  const close = () => socket.destroy()
  const peer = new SipPeer(protocol, local, bytes => socket.write(bytes), close)
  peer.pause = () => socket.pause()
  const parser = new StreamParser()
  socket.on('error', () => {})
  socket.on('data', chunk => {
    for (const event of parser.push(chunk)) {
      if (event.kind === 'request' || event.kind === 'response') peer.received.push(event)
    }
  })
  return peer
}

/** A phone in a web page: a WebSocket connection whose Contact is a name that leads nowhere. */
export async function wsPeer(
  owner: Owner,
  to: Endpoint,
  protocol: 'ws' | 'wss' = 'ws',
): Promise<SipPeer> {
  const url = `${protocol}://${to.host}:${to.port}`
  const socket = new WebSocket(url, 'sip', { rejectUnauthorized: false })
  await once(socket, 'open')
  const close = () => socket.terminate()
  owner.teardown(close)
  // RFC 7118 §5: a browser does not know its address, and writes a random name under .invalid.
  const local = { host: 'df7jal23ls0d.invalid', port: 5060 }
  const peer = new SipPeer(protocol, local, bytes => socket.send(bytes), close)
  socket.on('error', () => {})
  socket.on('message', bytes => {
    if (Buffer.isBuffer(bytes) && bytes.length > 2) peer.received.push(parseMessage(bytes))
  })
  return peer
}

/** A port of loopback that nobody listens on. */
export async function unusedPort(protocol: 'udp' | 'tcp'): Promise<number> {
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => ends.push(end) }
  const none = { host: LOOPBACK, port: 9 }
  const { port } =
    protocol === 'udp' ? (await udpPeer(owner, none)).local : (await tcpPlace(owner)).at
  for (const end of ends) end()
  return port
}

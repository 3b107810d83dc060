import { BlockList, connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Test } from 'tap'
import { serialise } from '../../engines/signalling/sip/serialise.js'
import {
  type ConnectionLimits,
  DEFAULT_CONNECTION_LIMITS,
} from '../../engines/signalling/transport/flow.js'
import { TlsCredentials } from '../../engines/signalling/transport/tls-credentials.js'
import { until } from './agent-calls.js'
import { openAgent, PeerCall, type Rig, reply } from './agent-rig.js'
import { makeAuthority } from './certificates.js'
import { type SipPeer, tcpPeer, tlsPeer } from './sip-peer.js'

/** Whom the network knows, and who besieges it. */
const FRIEND = '127.0.0.1'
const ENEMY = '127.0.0.3'

/** How large a siege is. */
export interface SiegeSize {
  /** Connections that one source may hold on a port. */
  readonly held: number
  /** Connections that it tries. */
  readonly tried: number
}

/** An agent under siege by one source, and two friends of another that call all the while. */
export class Siege {
  readonly rig: Rig
  readonly #friends: readonly SipPeer[]
  readonly #later: (ms: number) => void
  readonly #owner: Test

  private constructor(owner: Test, rig: Rig, friends: readonly SipPeer[], later: Siege['pass']) {
    this.#owner = owner
    this.rig = rig
    this.#friends = friends
    this.#later = later
  }

  static async begin(owner: Test, limits: Partial<ConnectionLimits>): Promise<Siege> {
    const authority = await makeAuthority('the authority')
    const certified = await authority.issue({ ip: [FRIEND] })
    let nowMs = 0
    const rig = await openAgent(owner, {
      listen: (['tcp', 'tls'] as const).map(protocol => ({ protocol, host: '0.0.0.0', port: 0 })),
      credentials: new TlsCredentials(certified),
      limits: { ...DEFAULT_CONNECTION_LIMITS, ...limits },
      // Nobody is above the limits, not even this machine.
      unlimited: new BlockList(),
      monotonicMs: () => nowMs,
    })
    const at = (protocol: 'tcp' | 'tls') => ({ host: FRIEND, port: rig.at(protocol).port })
    const friends = [await tcpPeer(owner, at('tcp')), await tlsPeer(owner, at('tls'))]
    const siege = new Siege(owner, rig, friends, ms => {
      nowMs += ms
    })
    await siege.friendsAreServed()
    return siege
  }

  /** Lets time pass for the limits of floods. */
  pass(ms: number) {
    this.#later(ms)
  }

  /** Each friend asks something, and has its answer. */
  async friendsAreServed() {
    // So that what they asked before does not count any more.
    this.pass(2_001)
    for (const friend of this.#friends) {
      friend.send(new PeerCall(friend).request('OPTIONS'))
      const question = await this.rig.requests.next()
      question.respond(reply(200))
      await friend.response(200)
    }
  }

  /** A connection of the enemy's; `secured`: its TLS handshake is made. */
  storm(protocol: 'tcp' | 'tls', secured: 'secured' | 'raw' = 'raw'): Socket {
    const port = this.rig.at(protocol).port
    const raw = { host: FRIEND, port, localAddress: ENEMY }
    const socket =
      secured === 'secured' ? connectTls({ ...raw, rejectUnauthorized: false }) : connect(raw)
    socket.on('error', () => {})
    this.#owner.teardown(() => socket.destroy())
    return socket
  }

  /** As many connections as it tries, at once; resolves when all that are too many have been closed. */
  async stormAtOnce(protocol: 'tcp' | 'tls', size: SiegeSize): Promise<() => number> {
    let open = 0
    for (let count = 0; count < size.tried; count++) {
      const socket = this.storm(protocol)
      open++
      socket.once('close', () => open--)
      // The system accepts no more than some hundreds that nobody has taken yet.
      if (count % 100 === 99) await until(() => open <= size.held + 100 && !socket.connecting)
    }
    await until(() => open <= size.held)
    return () => open
  }

  /** Writes to a connection of the enemy's, and waits until it is closed; what it was told before. */
  async untilClosed(socket: Socket, bytes: Buffer | string): Promise<string> {
    let told = ''
    socket.on('data', chunk => {
      told += chunk
    })
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.write(bytes)
    await closed
    return told
  }

  /** A request of the enemy's, without body, that says it had so much of it. */
  request(fields: Record<string, string> = {}, length = '0'): Buffer {
    const peer = this.#friends[0]
    if (!peer) throw new Error('there is a friend')
    const honest = serialise(new PeerCall(peer).request('OPTIONS', fields)).toString('latin1')
    return Buffer.from(honest.replace('Content-Length: 0', `Content-Length: ${length}`), 'latin1')
  }
}

/** Idle connections by hundreds or thousands: one source holds no more than its share, and not for long. */
export async function besiegeIdly(t: Test, size: SiegeSize) {
  // Longer than any machine needs for all of them; that it ends is for another test.
  const siege = await Siege.begin(t, { connectionsOfSource: size.held, openMs: 300_000 })
  const { rig } = siege
  const plain = await siege.stormAtOnce('tcp', size)
  const secure = await siege.stormAtOnce('tls', size)
  t.equal(plain(), size.held, 'its share, and no more')
  t.equal(secure(), size.held, 'of TLS too')
  t.equal(rig.agent.load.connections, plain() + 2, 'those of TLS are not in yet')
  const told = rig.notices.filter(({ event }) => event === 'too_many_connections')
  t.strictSame(
    told.map(({ protocol, detail }) => `${protocol} ${detail}`),
    ['tcp of one source', 'tls of one source'],
    'told once a port, not once a connection',
  )
  await siege.friendsAreServed()
  rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.firstMs)
  await until(() => plain() === 0 && rig.agent.load.connections === 2)
  await siege.friendsAreServed()
  const again = siege.storm('tcp')
  await until(() => rig.agent.load.connections === 3)
  t.notOk(again.destroyed, 'there is room again')
}

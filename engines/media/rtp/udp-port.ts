import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { PortRange } from './port-range.js'

/** How many ports are tried when others already use them. */
const BIND_TRIES = 32

/** A socket on a port of the range. Whoever closes it gives the port back. */
export interface BoundPort {
  readonly socket: Socket
  readonly port: number
}

/** Opens a port of a range at an address; `undefined` when there is none to be had. */
export async function bindFreePort(
  address: string,
  ports: PortRange,
): Promise<BoundPort | undefined> {
  for (let tries = 0; tries < BIND_TRIES; tries++) {
    const port = ports.take()
    if (port === undefined) return undefined
    const socket = await bindPort(address, port).catch((error: unknown) => {
      ports.giveBack(port)
      throw error
    })
    if (socket) return { socket, port }
    ports.giveBack(port)
  }
  return undefined
}

/** Binds a port; `undefined` when another program has it. Other refusals are thrown. */
export function bindPort(address: string, port: number): Promise<Socket | undefined> {
  const ipv6 = isIPv6(address)
  const socket = createSocket({
    type: ipv6 ? 'udp6' : 'udp4',
    // Peers are addresses, never names: nothing is looked up, packet after packet.
    lookup: (host, _options, found) => found(null, host, ipv6 ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      // ECONNREFUSED of a peer that has gone comes here; without a listener it would end the process.
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

import { createSocket, type Socket } from 'node:dgram'
import type { Endpoint } from './address.js'
import { familyOf } from './local-host.js'

/** Asked of the kernel for bursts of calls; it grants what its own limit allows. */
export const RECEIVE_BUFFER_BYTES = 2_097_152

/** Whether other sockets of this process may share the port. */
export type Sharing = 'exclusive' | 'shareable'

/** A socket for addresses of this family. */
export const makeUdpSocket = (host: string, sharing: Sharing): Socket =>
  createSocket({
    type: familyOf(host) === 6 ? 'udp6' : 'udp4',
    reuseAddr: sharing === 'shareable',
    // Spares each datagram a look-up of its address, which is a literal already.
    lookup: (address, _options, done) => done(null, address, familyOf(address)),
  })

/** A socket bound to an address; rejects with the system's error. */
export function bindUdp({ host, port }: Endpoint, sharing: Sharing): Promise<Socket> {
  const socket = makeUdpSocket(host, sharing)
  return new Promise((resolve, reject) => {
    socket.once('error', error => {
      socket.close()
      reject(error)
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
  })
}

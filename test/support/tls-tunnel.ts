import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { connect } from 'node:tls'

/** Where a tunnel leads. */
export interface TunnelEnd {
  /** Port of loopback where TLS is spoken. */
  readonly port: number
  /** Certificate, PEM, of who must have certified the server there. */
  readonly authority: string
}

/** Carries TCP of loopback as TLS, bytes unchanged, one connection for one. */
export interface TlsTunnel {
  /** Port of loopback for those who speak no TLS themselves. */
  readonly port: number
  /** What TLS was agreed on, one a connection, such as `TLSv1.3`. */
  readonly agreed: readonly (string | null)[]
  /** Why connections failed, for a test that fails. */
  readonly failures: readonly string[]
}

/** Opens a tunnel that ends with the test. A server that its authority did not certify is told nothing. */
export async function openTlsTunnel(
  t: { teardown(end: () => unknown): unknown },
  { port, authority }: TunnelEnd,
): Promise<TlsTunnel> {
  const agreed: (string | null)[] = []
  const failures: string[] = []
  const plain = new Set<Socket>()
  const server = createServer(socket => {
    plain.add(socket)
    const secure = connect({ host: '127.0.0.1', port, ca: authority })
    secure.once('secureConnect', () => agreed.push(secure.getProtocol()))
    // The one ends with the other, by whichever side it is ended.
    pipeline(socket, secure, socket, error => {
      if (error) failures.push(error.message)
      secure.destroy()
      plain.delete(socket)
    })
  })
  t.teardown(() => {
    server.close()
    for (const socket of plain) socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { port: (server.address() as AddressInfo).port, agreed, failures }
}

import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** What tests use of an event of modesl 1.2.1. */
export interface ModeslEvent {
  getHeader(name: string): string | null
  getBody(): string
  readonly headers: readonly { readonly name: string; readonly value: unknown }[]
}

/** What tests use of a connection of modesl. */
export interface ModeslConnection {
  execute(application: string, argument: string, then?: (event: ModeslEvent) => void): string
  execute(
    application: string,
    argument: string,
    uuid: string,
    then?: (event: ModeslEvent) => void,
  ): string
  api(command: string, words: string[] | string, then: (event: ModeslEvent) => void): void
  bgapi(command: string, words: string[] | string, then: (event: ModeslEvent) => void): void
  sendRecv(command: string, then?: (event: ModeslEvent) => void): void
  send(command: string): void
  filter(header: string, value: string, then: (event: ModeslEvent) => void): void
  subscribe(names: string[] | string, then?: () => void): void
  setEventLock(value: boolean): void
  getInfo(): ModeslEvent
  disconnect(): void
  on(name: string, listener: (event: ModeslEvent) => void): void
  onAny(listener: (name: string, event: ModeslEvent) => void): void
  readonly socket: { setNoDelay(on: boolean): void; destroy(): void } | null
}

interface ModeslModule {
  readonly Connection: new (
    host: string,
    port: number,
    password: string,
    ready: () => void,
  ) => ModeslConnection
  readonly Server: new (options: {
    server: Server
    myevents: boolean
  }) => {
    on(name: string, listener: (connection: ModeslConnection) => void): void
  }
}

const modesl: ModeslModule = createRequire(import.meta.url)('modesl')

/** An application on a free port: calls `ready` for every call that is handed to it. */
export async function modeslApplication(
  ready: (connection: ModeslConnection) => void,
  myevents = true,
): Promise<{ port: number; close(): void }> {
  const server = createServer()
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', socket => {
    sockets.add(socket.setNoDelay(true))
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  new modesl.Server({ server, myevents }).on('connection::ready', ready)
  const { port } = server.address() as AddressInfo
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** A connection that the application opens; resolves when it is in. */
export function modeslInbound(port: number, password: string): Promise<ModeslConnection> {
  return new Promise(resolve => {
    const connection = new modesl.Connection('127.0.0.1', port, password, () => resolve(connection))
  })
}

/** Runs an application to its last event. */
export const executed = (
  connection: ModeslConnection,
  application: string,
  argument = '',
): Promise<ModeslEvent> =>
  new Promise(resolve => connection.execute(application, argument, resolve))

/** The answer to a command. */
export const replied = (connection: ModeslConnection, command: string): Promise<string | null> =>
  new Promise(resolve => {
    connection.sendRecv(command, event => resolve(event.getHeader('Reply-Text')))
  })

/** The body of an api answer. */
export const apiAnswer = (
  connection: ModeslConnection,
  command: string,
  words: string[],
): Promise<string> =>
  new Promise(resolve => connection.api(command, words, event => resolve(event.getBody())))

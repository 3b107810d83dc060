/** The part of modesl 1.2.1 that `event-socket.ts` uses; the package publishes no types. */
declare module 'modesl' {
  import type { EventEmitter } from 'node:events'

  /** A message from the media engine: a reply or an event, as names and values. */
  interface Event {
    getHeader(name: string): string | null
  }

  /** What a connection needs of its socket. */
  interface SocketLike extends EventEmitter {
    write(text: string): unknown
    end(): unknown
  }

  class Connection {
    /** Over a socket that the media engine opened; `ready` is called once both sides have agreed. */
    constructor(socket: SocketLike, ready: () => void)
    on(name: string, listener: (event: Event) => void): this
    /** The channel the connection is about. */
    getInfo(): Event | null
    /** Sends a command that is answered by one reply. */
    sendRecv(command: string, replied: (reply: Event) => void): void
    /** Runs an application on the channel. */
    execute(application: string, argument: string, completed: (event: Event) => void): string
  }

  const esl: { Connection: typeof Connection }
  export default esl
  export type { Connection, Event, SocketLike }
}

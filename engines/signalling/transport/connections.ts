import type { Endpoint } from './address.js'
import type { Flow } from './flow.js'

/** A flow that can be dropped. */
export interface Connection extends Flow {
  close(): void
}

/** The open connections of one transport, by the address of the peer. */
export class Connections {
  readonly #open = new Set<Connection>()
  readonly #byRemote = new Map<string, Connection>()

  get size(): number {
    return this.#open.size
  }

  add(connection: Connection) {
    this.#open.add(connection)
    this.#byRemote.set(keyOf(connection.remote), connection)
  }

  remove(connection: Connection) {
    this.#open.delete(connection)
    const key = keyOf(connection.remote)
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key)
  }

  /** The latest connection with that peer. */
  with(remote: Endpoint): Connection | undefined {
    return this.#byRemote.get(keyOf(remote))
  }

  closeAll() {
    for (const connection of this.#open) connection.close()
  }
}

const keyOf = ({ host, port }: Endpoint): string => `${host}|${port}`

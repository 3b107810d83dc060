import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** What a road does to those who go along it. */
export type RoadMood =
  /** It is as it should be. */
  | 'open'
  /** Nobody gets through: connections are reset. */
  | 'cut'
  /** Requests arrive, answers do not: the far end commits, and the near end never hears of it. */
  | 'one_way'
  /** Ten kilobytes a second. */
  | 'slow'
  /** Three of ten requests end in a reset, before they arrive or before they are answered. */
  | 'resetting'

/** Bytes at once, and pause between, of a slow road. */
const SLOW_BYTES = 512
const SLOW_PAUSE_MS = 50

/** How long an answer that is withheld keeps the near end waiting, in ms. */
const WITHHELD_MS = 20

/** A road of TCP to a port on loopback, which a test makes worse and better while it is used. */
export class FaultyRoad {
  mood: RoadMood = 'open'
  /** Connections and requests that met with something else than an open road. */
  troubled = 0
  readonly #server: Server
  readonly #to: number
  readonly #chance: () => number
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, to: number, chance: () => number) {
    this.#server = server
    this.#to = to
    this.#chance = chance
  }

  static async open(
    t: { teardown(end: () => unknown): unknown },
    to: number,
    chance: () => number,
  ): Promise<FaultyRoad> {
    const server = createServer(near => road.#pass(near))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const road = new FaultyRoad(server, to, chance)
    t.teardown(() => {
      for (const socket of road.#sockets) socket.destroy()
      server.close()
    })
    return road
  }

  /** Where the near end connects to. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' ? (address?.port ?? 0) : 0
  }

  /** The road is another from now on; who is on it is thrown off. */
  become(mood: RoadMood): void {
    this.mood = mood
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #pass(near: Socket): void {
    this.#keep(near)
    if (this.mood !== 'open' && this.mood !== 'resetting') this.troubled++
    if (this.mood === 'cut') return void near.resetAndDestroy()
    const far = connect(this.#to, '127.0.0.1')
    this.#keep(far)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    let unanswered = false
    near.on('data', bytes => {
      const resets = this.mood === 'resetting' && this.#chance() < 0.3
      if (resets) this.troubled++
      unanswered = resets && this.#chance() < 0.5
      if (resets && !unanswered) return void near.resetAndDestroy()
      this.#write(far, bytes)
    })
    far.on('data', bytes => {
      if (unanswered) return void near.resetAndDestroy()
      if (this.mood === 'one_way') return void setTimeout(() => near.destroy(), WITHHELD_MS)
      this.#write(near, bytes)
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #write(to: Socket, bytes: Buffer): void {
    if (this.mood !== 'slow') return void to.write(bytes)
    for (let at = 0, pause = 0; at < bytes.length; at += SLOW_BYTES, pause += SLOW_PAUSE_MS) {
      const part = bytes.subarray(at, at + SLOW_BYTES)
      setTimeout(() => to.destroyed || to.write(part), pause)
    }
  }
}

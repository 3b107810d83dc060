import type { CallLeg } from './channel/call-leg.js'
import { type Action, Channel, type ChannelSurroundings } from './channel/channel.js'

/** Counters since the engine started. */
export interface CallCounts {
  /** Calls that began. */
  readonly total: number
  /** Calls in progress. */
  readonly now: number
  /** Most at once. */
  readonly peak: number
}

/** The channels that live, by their uuid. */
export class Switchboard {
  readonly #around: ChannelSurroundings
  readonly #channels = new Map<string, Channel>()
  readonly #ending = new Set<Promise<void>>()
  readonly #startedMs: number
  #total = 0
  #peak = 0

  constructor(around: ChannelSurroundings) {
    this.#around = around
    this.#startedMs = around.time.now()
  }

  /** A new channel for a call, and its life by a list of actions. */
  connect(leg: CallLeg, actions: readonly Action[]): Channel {
    const channel = new Channel(crypto.randomUUID(), leg, this.#around)
    this.#channels.set(channel.uuid, channel)
    this.#total++
    this.#peak = Math.max(this.#peak, this.#channels.size)
    channel.variables.set('session_id', String(this.#total))
    const life = channel.run(actions).finally(() => {
      this.#channels.delete(channel.uuid)
      this.#ending.delete(life)
    })
    this.#ending.add(life)
    return channel
  }

  /** A channel that lives. */
  find(uuid: string): Channel | undefined {
    const channel = this.#channels.get(uuid)
    return channel?.hungUp ? undefined : channel
  }

  /** All channels that live. */
  get channels(): readonly Channel[] {
    return [...this.#channels.values()].filter(({ hungUp }) => !hungUp)
  }

  get counts(): CallCounts {
    return { total: this.#total, now: this.#channels.size, peak: this.#peak }
  }

  /** Milliseconds since the engine started. */
  get upMs(): number {
    return this.#around.time.now() - this.#startedMs
  }

  /** Ends all calls; resolves when each has told its last event. */
  async close(): Promise<void> {
    for (const channel of this.channels) channel.hangUp('MANAGER_REQUEST')
    await Promise.allSettled(this.#ending)
  }
}

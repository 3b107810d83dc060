import type { Clock } from '../../../domain/clock.js'

/** A header of an event: name and value as text. */
export type HeaderField = readonly [name: string, value: string]

/** Something that happened, as applications are told it. */
export interface MediaEvent {
  readonly name: string
  /** Of `CUSTOM` events: `Event-Subclass`. */
  readonly subclass?: string
  readonly headers: readonly HeaderField[]
  readonly body?: string
  /** Told to those who listen to its channel alone, whatever they asked for. */
  readonly diverted?: boolean
}

/** One that listens to events. */
export interface EventListener {
  /** Asked first, so that an event nobody wants is never put together. */
  wants(name: string, subclass?: string): boolean
  /** Whether it takes what is diverted to it. */
  takesDiverted(): boolean
  deliver(event: MediaEvent): void
}

/** What happened, before the headers that all events share are put before its own. */
export interface Happening {
  readonly name: string
  readonly subclass?: string
  /** Channel that it concerns. */
  readonly channel?: string
  /** Its own headers, put together only when somebody wants them. */
  readonly headers: () => readonly HeaderField[]
  readonly body?: string
  /** Only for those who listen to its channel, whatever they asked for (`divert_events`). */
  readonly diverted?: boolean
}

/** Who this engine is, in every event. */
export interface EngineIdentity {
  /** Fresh at each start. */
  readonly coreUuid: string
  readonly hostname: string
  readonly ipv4: string
  readonly ipv6: string
}

/** Delivers events to those who listen: to all events, or to those of one channel. */
export class EventBus {
  readonly #identity: EngineIdentity
  readonly #clock: Clock
  readonly #everywhere = new Set<EventListener>()
  readonly #byChannel = new Map<string, Set<EventListener>>()
  #sequence = 0

  constructor(identity: EngineIdentity, clock: Clock) {
    this.#identity = identity
    this.#clock = clock
  }

  get identity(): EngineIdentity {
    return this.#identity
  }

  /** Listens to one channel, or to everything; returns what ends it. */
  listen(listener: EventListener, channel?: string): () => void {
    if (channel === undefined) {
      this.#everywhere.add(listener)
      return () => this.#everywhere.delete(listener)
    }
    const kept = this.#byChannel.get(channel) ?? new Set()
    this.#byChannel.set(channel, kept.add(listener))
    return () => {
      kept.delete(listener)
      if (kept.size === 0 && this.#byChannel.get(channel) === kept) this.#byChannel.delete(channel)
    }
  }

  /** Tells all who want it. The sequence counts every happening, told or not. */
  fire({ name, subclass, channel, headers, body, diverted = false }: Happening): void {
    this.#sequence++
    const near = channel === undefined ? undefined : this.#byChannel.get(channel)
    const wanting = diverted
      ? [...(near ?? [])].filter(listener => listener.takesDiverted())
      : [...this.#everywhere, ...(near ?? [])].filter(listener => listener.wants(name, subclass))
    if (wanting.length === 0) return
    const event: MediaEvent = {
      name,
      ...(subclass === undefined ? {} : { subclass }),
      headers: [...this.commonHeaders(name, subclass), ...headers()],
      ...(diverted ? { diverted } : {}),
      ...(body === undefined ? {} : { body }),
    }
    for (const listener of wanting) listener.deliver(event)
  }

  /** Headers that begin every event, and the answer to `connect`. */
  commonHeaders(name: string, subclass?: string): HeaderField[] {
    const now = this.#clock.now()
    const { coreUuid, hostname, ipv4, ipv6 } = this.#identity
    return [
      ['Event-Name', name],
      ...(subclass === undefined ? [] : [['Event-Subclass', subclass] as const]),
      ['Core-UUID', coreUuid],
      ['FreeSWITCH-Hostname', hostname],
      ['FreeSWITCH-Switchname', hostname],
      ['FreeSWITCH-IPv4', ipv4],
      ['FreeSWITCH-IPv6', ipv6],
      ['Event-Date-Local', localDate(now)],
      ['Event-Date-GMT', new Date(now).toUTCString()],
      ['Event-Date-Timestamp', `${now}000`],
      // FreeSWITCH names the line of its source that fired the event; here the engine stands for it.
      ['Event-Calling-File', 'event-bus.ts'],
      ['Event-Calling-Function', 'fire'],
      ['Event-Calling-Line-Number', '1'],
      ['Event-Sequence', String(this.#sequence)],
    ]
  }
}

/** `2026-11-22 01:50:50` in the machine's time zone. */
export function localDate(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

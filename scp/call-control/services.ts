import type { ServiceState } from '../store/service-states.js'

/** What the settings say of all services. */
export interface ServiceSettings {
  /** Names of those that take no new calls, whatever operators decide. */
  readonly stopped: readonly string[]
  /** Host and port of the media engine; of several, `|` between them. */
  readonly media: string
}

/**
 * Which services take new calls, and where those go: what operators decided, over the settings
 * (requirement M-06). Calls under way are not touched by a change.
 */
export class Services {
  /** Names of all that there are. */
  readonly names: readonly string[]
  readonly #settings: ServiceSettings
  #decided: readonly ServiceState[]

  constructor(
    names: readonly string[],
    settings: ServiceSettings,
    decided: readonly ServiceState[],
  ) {
    this.names = names
    this.#settings = settings
    this.#decided = decided
  }

  /** Operators decided something else. */
  decide(decided: readonly ServiceState[]): void {
    this.#decided = decided
  }

  /** Names of those that take no new calls. */
  get stopped(): ReadonlySet<string> {
    const stopped = this.#decided.filter(one => one.stopped).map(({ service }) => service)
    return new Set([...this.#settings.stopped, ...stopped])
  }

  /** Whether the settings keep it stopped, so that no operator can start it. */
  stoppedBySettings(service: string): boolean {
    return this.#settings.stopped.includes(service)
  }

  /** Where a service's new calls go: one media engine, or several with `|` between. */
  mediaOf(service: string): string {
    return this.#decided.find(one => one.service === service)?.media ?? this.#settings.media
  }
}

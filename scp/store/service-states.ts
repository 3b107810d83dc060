import type { Database } from '../../platform/store.js'

/** What operators decided about one service (requirement M-06). */
export interface ServiceState {
  /** The scenario's name. */
  readonly service: string
  readonly stopped: boolean
  /** Where its new calls go; absent: to the media engine of the settings. */
  readonly media: string | undefined
}

interface Row {
  readonly name: string
  readonly stopped: number
  readonly media: string | null
}

/** Which services were stopped or switched over; kept, so that a restart changes nothing. */
export class ServiceStates {
  /** Names of the services that there are. */
  readonly names: readonly string[]
  readonly #all
  readonly #put

  constructor(store: Database, names: readonly string[]) {
    this.names = names
    this.#all = store.prepare<[], Row>(
      'SELECT name, stopped, media FROM service_state ORDER BY name',
    )
    this.#put = store.prepare<[string, number, string | null]>(
      `INSERT INTO service_state (name, stopped, media) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET stopped = excluded.stopped, media = excluded.media`,
    )
  }

  /** Those that were ever touched. */
  all(): ServiceState[] {
    return this.#all.all().map(({ name, stopped, media }) => ({
      service: name,
      stopped: stopped === 1,
      media: media ?? undefined,
    }))
  }

  /** One that was never touched runs, as its settings say. */
  of(service: string): ServiceState {
    const state = this.all().find(one => one.service === service)
    return state ?? { service, stopped: false, media: undefined }
  }

  put({ service, stopped, media }: ServiceState): void {
    this.#put.run(service, stopped ? 1 : 0, media ?? null)
  }
}

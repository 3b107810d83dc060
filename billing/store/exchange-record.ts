import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Trigger } from '../../domain/trigger-file.js'
import type { Database } from '../../platform/store.js'
import { EXCHANGE_STATES, type State } from '../trigger-exchange.js'

/** Where the exchange with CRS stands, as a restart finds it. */
export interface ExchangeStanding {
  readonly state: State
  /** The newest trigger, sent or about to be; number 0 before the first. */
  readonly trigger: Trigger
  /** Whether CRS is known to have it. One that is not is sent again as it is, so that numbers have no gap. */
  readonly sent: boolean
  /** Start of the online period that billing last opened for. */
  readonly openSince: EpochMs | undefined
}

interface Row {
  readonly state: string
  readonly trigger_no: number
  readonly last_sequence: number
  readonly made_at: number
  readonly sent: number
  readonly open_since: number | null
}

/** Keeps where the exchange stands, and the last sequence that billing has reflected. */
export class ExchangeRecord {
  readonly #store: Database
  readonly #lastSequence

  constructor(store: Database) {
    this.#store = store
    this.#lastSequence = store
      .prepare<[], number | null>('SELECT max(sequence) FROM received_file')
      .pluck()
  }

  standing(): ExchangeStanding {
    const row = this.#store.prepare<[], Row>('SELECT * FROM exchange').get()
    if (!row) return BEFORE_THE_FIRST
    const state = EXCHANGE_STATES.find(one => one === row.state)
    if (!state) throw new TypeError(`the store holds a state that is none: ${row.state}`)
    return {
      state,
      trigger: {
        number: row.trigger_no,
        lastSequence: row.last_sequence,
        madeAt: epochMs(row.made_at),
      },
      sent: row.sent === 1,
      openSince: row.open_since === null ? undefined : epochMs(row.open_since),
    }
  }

  keep({ state, trigger, sent, openSince }: ExchangeStanding): void {
    const { number, lastSequence, madeAt } = trigger
    this.#store
      .prepare('INSERT OR REPLACE INTO exchange VALUES (1, ?, ?, ?, ?, ?, ?)')
      .run(state, number, lastSequence, madeAt, sent ? 1 : 0, openSince ?? null)
  }

  /** Last sequence of CRS's files that is reflected; 0 for none. */
  lastSequence(): number {
    return this.#lastSequence.get() ?? 0
  }
}

const BEFORE_THE_FIRST: ExchangeStanding = {
  state: 'closed',
  trigger: { number: 0, lastSequence: 0, madeAt: epochMs(0) },
  sent: true,
  openSince: undefined,
}

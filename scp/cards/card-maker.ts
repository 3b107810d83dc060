import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from '../store/questions.js'
import { writeClearFile } from './clear-file.js'
import { systemDraw } from './drawing.js'
import { type DemonstrationOrder, type IssuedBatch, issueDemonstration } from './issue.js'
import type { KeyRing } from './key-ring.js'

export interface CardMakerOptions {
  readonly store: ScpStore
  readonly ring: KeyRing
  readonly home: Home
  readonly log: Logger
  /** Whether this network charges no real money. */
  readonly simulation: boolean
}

/** Cards that a network in simulation has from its first start, for the person who tries it. */
const FIRST_CARDS = [
  { count: 3, faceValue: yen(3_000) },
  { count: 2, faceValue: yen(1_000) },
] as const

/** Makes batches of cards for the command line, and the first ones of a simulation. */
export class CardMaker {
  readonly #options: CardMakerOptions
  readonly #issuing = new Set<Promise<unknown>>()

  constructor(options: CardMakerOptions) {
    this.#options = options
  }

  /** Makes a demonstration batch. Throws `SIMULATION_ONLY` where real money is charged. */
  async issue(order: DemonstrationOrder): Promise<IssuedBatch> {
    const { store, ring, home, log, simulation } = this.#options
    if (!simulation) {
      throw new Fault(
        'SIMULATION_ONLY',
        'Demonstration cards, whose numbers lie in clear, are made in simulation only.',
      )
    }
    const issuing = issueDemonstration(
      { store, ring, draw: systemDraw, keep: (batch, cards) => writeClearFile(home, batch, cards) },
      order,
    )
    this.#issuing.add(issuing)
    const issued = await issuing.finally(() => this.#issuing.delete(issuing))
    const { batch, file } = issued
    log.info({ batch, count: order.count, faceValue: order.faceValue, file }, 'batch issued')
    return issued
  }

  /** Resolves when every batch is made, or was given up, that is being made now. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#issuing)
  }

  /** In simulation, gives a store that has no batch its first cards. */
  async issueFirst(): Promise<void> {
    const { store, simulation } = this.#options
    if (!simulation || (await store.ask('countActiveBatches', undefined)) > 0) return
    for (const { count, faceValue } of FIRST_CARDS) {
      await this.issue({ count, faceValue, expiresAt: undefined, activated: true })
    }
  }
}

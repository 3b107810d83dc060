import { parsePin } from '../../domain/card.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import { readSecretFile } from '../../platform/secret-file.js'
import type { Chance } from '../../platform/seeded-chance.js'

/** Fewest and most cards of one batch, and of each those that stay for who scratches one on the page of the phone. */
const BATCH_MIN = 50
const BATCH_MAX = 2_000
const LEFT_TO_OTHERS = 12

/** A batch is for a twelfth of an hour, and more are made when a third of one is left: no call waits for them. */
const BATCHES_AN_HOUR = 12
const FEW = 1 / 3

/** Used cards that are remembered, to be keyed again; the oldest go. */
const USED_MAX = 500

/** How long a batch may take to be made, in ms. */
const DEADLINE_MS = 60_000

/** Pause before cards are asked for again that could not be had, in ms. */
const AGAIN_MS = 5_000

export interface PurseOptions {
  /** scp's socket. */
  readonly scp: Pick<SocketClient, 'ask'>
  readonly chance: Chance
  readonly nowMs: () => number
}

/**
 * The cards of generated callers. scp makes them as it does for `mcscp cards issue`: demonstration cards, whose clear
 * file lies in the home (architecture, point 8). Their numbers stay in this process.
 */
export class Purse {
  readonly #options: PurseOptions
  readonly #fresh = new Map<number, string[]>()
  readonly #used: string[] = []
  #making: Promise<void> | undefined
  #againAt = 0
  #trouble: string | undefined

  constructor(options: PurseOptions) {
    this.#options = options
  }

  /** Cards of an amount that wait to be charged. */
  ready(yen: number): number {
    return this.#fresh.get(yen)?.length ?? 0
  }

  /** Why no cards could be made the last time. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Sees to it that there are cards of an amount for so many calls an hour; has more made while few are left. */
  async fill(yen: number, callsPerHour: number): Promise<void> {
    const due = Math.ceil(callsPerHour / BATCHES_AN_HOUR)
    const batch = Math.min(BATCH_MAX, Math.max(BATCH_MIN, due))
    if (this.ready(yen) >= batch * FEW || this.#options.nowMs() < this.#againAt) return
    this.#making ??= this.#make(yen, batch).finally(() => {
      this.#making = undefined
    })
    await this.#making
  }

  /** A card that nobody used. */
  fresh(yen: number): string | undefined {
    return this.#fresh.get(yen)?.shift()
  }

  /** A card that was charged, any of those that are remembered. */
  used(): string | undefined {
    return this.#used[Math.floor(this.#options.chance() * this.#used.length)]
  }

  /** A card was charged. */
  charged(pin: string): void {
    this.#used.push(pin)
    if (this.#used.length > USED_MAX) this.#used.shift()
  }

  async #make(yen: number, batch: number): Promise<void> {
    const { scp, nowMs } = this.#options
    try {
      const { status, body } = await scp.ask({
        method: 'POST',
        path: '/v1/card-batches',
        body: { count: batch + LEFT_TO_OTHERS, faceValue: yen, activated: true },
        deadlineMs: DEADLINE_MS,
      })
      const { file, message } = Object(body)
      if (status !== 201) throw new Fault('ACT_REFUSED', `scp makes no cards: ${message}`)
      const pins = pinsIn(`${file}`).slice(0, batch)
      this.#fresh.set(yen, [...(this.#fresh.get(yen) ?? []), ...pins])
      this.#trouble = undefined
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#trouble = error.message
      this.#againAt = nowMs() + AGAIN_MS
    }
  }
}

/** The numbers in a clear file: `serial,pin,face_value` a line. */
function pinsIn(file: string): string[] {
  const [, ...lines] = (readSecretFile(file) ?? '').split('\n')
  return lines.map(line => {
    const pin = parsePin(line.split(',')[1] ?? '')
    if (!pin) throw new Fault('FILE_MALFORMED', `${file} is not as scp wrote it.`)
    return pin
  })
}

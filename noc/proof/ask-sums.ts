import { CHARGE_KINDS } from '../../domain/charge-kind.js'
import type { JstDay } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import { type Static, type TSchema, Type } from '../../platform/schema.js'
import { compileSchema, type SchemaCheck } from '../../platform/schema-check.js'
import { type Proof, proofOf } from './proof.js'

/** Longest wait for one program, in ms: a million charges are summed in a part of it. */
const DEADLINE_MS = 20_000

/** How long a proof is good for, in ms: whoever watches, a day is summed once in that time. */
const KEPT_MS = 10_000

/** Most days that are kept. */
const DAYS_MAX = 31

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const sum = Type.Object({ count, yen: count })

const isScp = compileSchema(
  Type.Object({
    kinds: Type.Array(
      Type.Object({
        kind: Type.Enum([...CHARGE_KINDS]),
        used: sum,
        recorded: sum,
        filed: sum,
      }),
    ),
    files: sum,
    unitsOwed: sum,
    unitsAdded: sum,
  }),
)
const isCrs = compileSchema(Type.Object({ hourly: sum }))
const isBilling = compileSchema(
  Type.Object({ credited: count, creditedYen: count, held: count, heldYen: count }),
)

type Asks = Pick<SocketClient, 'ask'>

export interface ProofReaderOptions {
  readonly scp: Asks
  readonly crs: Asks
  readonly billing: Asks
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** Asks the programs what they hold of a day; one answer for all who ask within a while. */
export class ProofReader {
  readonly #options: ProofReaderOptions
  readonly #days = new Map<JstDay, { readonly atMs: number; readonly proof: Promise<Proof> }>()

  constructor(options: ProofReaderOptions) {
    this.#options = options
  }

  of(day: JstDay): Promise<Proof> {
    const { nowMs } = this.#options
    const before = this.#days.get(day)
    if (before && nowMs() - before.atMs < KEPT_MS) return before.proof
    this.#days.delete(day)
    const [oldest] = this.#days.keys()
    if (oldest !== undefined && this.#days.size >= DAYS_MAX) this.#days.delete(oldest)
    const proof = this.#read(day)
    this.#days.set(day, { atMs: nowMs(), proof })
    return proof
  }

  /** The last stage first: what moves on meanwhile is then never seen where it has not come from. */
  async #read(day: JstDay): Promise<Proof> {
    const { scp, crs, billing } = this.#options
    const held = await told(billing, day, isBilling)
    const taken = await told(crs, day, isCrs)
    const sums = await told(scp, day, isScp)
    return proofOf(day, {
      scp: sums,
      hourly: taken?.hourly,
      ledger: held && {
        count: held.credited + held.held,
        yen: held.creditedYen + held.heldYen,
      },
    })
  }
}

async function told<S extends TSchema>(
  program: Asks,
  day: JstDay,
  is: SchemaCheck<S>,
): Promise<Static<S> | undefined> {
  try {
    const path = `/v1/day-sums?day=${day}`
    const { status, body } = await program.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    return status === 200 && is.Check(body) ? body : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

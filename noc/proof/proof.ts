import type { ChargeKind } from '../../domain/charge-kind.js'
import { type ChargeSum, kindSums, type ScpDaySums } from '../../domain/day-sums.js'
import type { JstDay } from '../../domain/jst.js'

/** The places in which each charge must be found, in their order (architecture, point 5). */
export const PROOF_STAGES = [
  'used',
  'recorded',
  'filed',
  'hourly',
  'ledger',
  'units_owed',
  'units_added',
] as const
export type ProofStage = (typeof PROOF_STAGES)[number]

/**
 * How the stages of a kind stand to each other: all the same; later ones have less so far, as files go out by
 * the quarter-hour and hour; one has more than the one before, which must never be; or not all were told.
 */
export type ProofState = 'same' | 'on_its_way' | 'differs' | 'unknown'

/** What each stage says of one kind; `null` where its program gave no answer. */
export interface ProofLine {
  readonly kind: ChargeKind
  readonly state: ProofState
  readonly stages: readonly { readonly stage: ProofStage; readonly sum: ChargeSum | null }[]
}

/** The proof of a day. */
export interface Proof {
  readonly day: JstDay
  readonly lines: readonly ProofLine[]
}

/** What the programs told of a day; `undefined`: no answer. */
export interface DayTold {
  readonly scp: ScpDaySums | undefined
  /** What the closed hourly files hold, as CRS says. */
  readonly hourly: ChargeSum | undefined
  /** Ledger and error bin together, as billing says. */
  readonly ledger: ChargeSum | undefined
}

/** Holds the sums of a day against each other. */
export function proofOf(day: JstDay, { scp, hourly, ledger }: DayTold): Proof {
  const mobilers = scp && kindSums(scp, 'mobilers')
  const pricall = scp && kindSums(scp, 'pricall')
  const filesAgree = !scp || sumsAgree(scp)
  return {
    day,
    lines: [
      lineOf('mobilers', filesAgree, [
        ['used', mobilers?.used],
        ['recorded', mobilers?.recorded],
        ['filed', mobilers?.filed],
        ['hourly', hourly],
        ['ledger', ledger],
      ]),
      lineOf('pricall', filesAgree, [
        ['used', pricall?.used],
        ['recorded', pricall?.recorded],
        ['units_owed', scp?.unitsOwed],
        ['units_added', scp?.unitsAdded],
      ]),
    ],
  }
}

/** Stages that are written in one transaction: between them nothing is ever on its way. */
const AT_ONCE: readonly ProofStage[] = ['recorded', 'units_owed']

function lineOf(
  kind: ChargeKind,
  filesAgree: boolean,
  told: readonly (readonly [ProofStage, ChargeSum | undefined])[],
): ProofLine {
  const stages = told.map(([stage, sum]) => ({ stage, sum: sum ?? null }))
  const known = stages.flatMap(({ stage, sum }) => (sum ? [{ stage, sum }] : []))
  const steps = known.slice(1).map(({ stage, sum }, index) => {
    const before = known[index]?.sum ?? sum
    if (isSame(before, sum)) return 'same'
    const less = sum.count < before.count && sum.yen < before.yen
    return less && !AT_ONCE.includes(stage) ? 'on_its_way' : 'differs'
  })
  const differs = !filesAgree || steps.includes('differs')
  const state = differs
    ? 'differs'
    : known.length < stages.length
      ? 'unknown'
      : steps.includes('on_its_way')
        ? 'on_its_way'
        : 'same'
  return { kind, state, stages }
}

/** The files of scp hold what the records of both kinds say that they hold. */
function sumsAgree({ kinds, files }: ScpDaySums): boolean {
  const count = kinds.reduce((sum, { filed }) => sum + filed.count, 0)
  const yen = kinds.reduce((sum, { filed }) => sum + filed.yen, 0)
  return isSame({ count, yen }, files)
}

const isSame = (one: ChargeSum, other: ChargeSum): boolean =>
  one.count === other.count && one.yen === other.yen

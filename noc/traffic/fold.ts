import { CHARGE_KINDS, type ScenarioKind } from '../../domain/charge-kind.js'
import {
  addTraffic,
  inOrderOfKinds,
  NO_TRAFFIC,
  type Traffic,
  type TrafficKind,
} from '../../domain/charge-traffic.js'
import type { NodeQuarterHour } from '../store/traffic-history.js'
import type { ViewChoice } from './messages.js'

/** What is told of whole nodes, whatever the kind; `null` where nothing was told. */
export interface NodeSum {
  readonly now_locked: number | null
  readonly unlocked: number
  readonly crs_sent: number
  readonly crs_acknowledged: number
  readonly crs_resent: number
  readonly crs_errors: number
  readonly crs_waiting: number | null
  readonly crs_oldest: number | null
  /** Of one node alone: each numbers its own files. */
  readonly crs_last: number | null
}

/** The traffic of any time, taken together. */
export interface Sum {
  readonly traffic: Traffic
  readonly node: NodeSum
  /** Charge kinds to choose from: those of the network, and added ones of which anything is told. */
  readonly kinds: readonly ScenarioKind[]
  /** Whether any of it can still change. */
  readonly open: boolean
}

/**
 * One quarter-hour of one or more nodes. Peaks of several nodes need not have come together, so their
 * sum is the most that there can have been.
 */
export function sumOfNodes(nodes: readonly NodeQuarterHour[], kind: ViewChoice['kind']): Sum {
  const parts = nodes.flatMap(({ traffic }) =>
    traffic.kinds.filter(one => kind === 'all' || one.kind === kind),
  )
  const peaks =
    kind === 'all' ? nodes.map(({ traffic }) => traffic.peak) : parts.map(({ peak }) => peak)
  const told = nodes.map(({ traffic }) => traffic)
  const toCrs = told.map(one => one.toCrs)
  return {
    open: told.some(({ final }) => !final),
    kinds: kindsOf(told.flatMap(({ kinds }) => kinds.map(one => one.kind))),
    traffic: parts.length > 0 ? addTraffic(parts, sum(peaks)) : { ...NO_TRAFFIC, peak: sum(peaks) },
    node: {
      now_locked: sum(told.map(({ nowLocked }) => nowLocked)),
      unlocked: sum(told.map(({ unlocked }) => unlocked)),
      crs_sent: sum(toCrs.map(({ sent }) => sent)),
      crs_acknowledged: sum(toCrs.map(({ acknowledged }) => acknowledged)),
      crs_resent: sum(toCrs.map(({ resent }) => resent)),
      crs_errors: sum(toCrs.map(({ errors }) => errors)),
      crs_waiting: sum(toCrs.map(({ waiting }) => waiting)),
      crs_oldest: Math.max(...toCrs.map(({ oldestMinutes }) => oldestMinutes)),
      crs_last: toCrs.length === 1 ? (toCrs[0]?.lastNumber ?? null) : null,
    },
  }
}

/**
 * Times that follow each other, as one: what was counted is added up, the peak is the highest of the
 * peaks, and what stands at a moment is what stood at the end.
 */
export function sumOfTimes(times: readonly Sum[]): Sum {
  const parts = times.map(({ traffic }) => traffic)
  const nodes = times.map(({ node }) => node)
  const last = nodes.at(-1) ?? NOTHING_STANDS
  return {
    open: times.some(({ open }) => open),
    kinds: kindsOf(times.flatMap(({ kinds }) => kinds)),
    traffic: addTraffic(parts, Math.max(0, ...parts.map(({ peak }) => peak))),
    node: {
      ...last,
      unlocked: sum(nodes.map(node => node.unlocked)),
      crs_sent: sum(nodes.map(node => node.crs_sent)),
      crs_acknowledged: sum(nodes.map(node => node.crs_acknowledged)),
      crs_resent: sum(nodes.map(node => node.crs_resent)),
      crs_errors: sum(nodes.map(node => node.crs_errors)),
    },
  }
}

/** What stands at the end of no time at all. */
const NOTHING_STANDS = { now_locked: null, crs_waiting: null, crs_oldest: null, crs_last: null }

const kindsOf = (told: readonly TrafficKind[]): ScenarioKind[] =>
  [...new Set([...CHARGE_KINDS, ...told])]
    .flatMap(kind => (kind === 'none' ? [] : [kind]))
    .sort(inOrderOfKinds)

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

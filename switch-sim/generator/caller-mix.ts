import {
  CALLER_KINDS,
  type CallerKind,
  type GeneratorOrder,
  HANG_UP_POINTS,
  type HangUpPoint,
} from '../../domain/generated-traffic.js'
import type { Chance } from '../../platform/seeded-chance.js'
import { BEHAVIOURS, type CallerCard, type CallerStep, key } from '../handset/caller-script.js'

/** One call, decided before it begins. */
export interface DecidedCall {
  readonly kind: CallerKind
  readonly dialled: '1400' | '157'
  /** From which handsets: those that call in turn, any that there are, or those few that lock themselves. */
  readonly from: 'in_turn' | 'any' | 'locking'
  /** Which card it needs: one that nobody used, one that somebody did, or none. */
  readonly card: 'fresh' | 'used' | 'none'
  readonly script: (card: CallerCard) => readonly CallerStep[]
  /** When the call breaks off whatever its caller does, in ms from its beginning. */
  readonly breaksOffMs?: number
}

/** Pause of a slow thumb after each key, in ms: under the 5 s after which ivr asks again (requirements §4). */
const SLOW_PAUSE_MS = 2_000

/** Latest that a call breaks off, in ms: by then most have been told what came of it. */
const BREAKS_OFF_WITHIN_MS = 20_000

const POINTS = HANG_UP_POINTS.filter(point => point !== 'any')

/** Decides a call by the mix and the faults of an order. */
export function decideCall({ mix, hangUpAt, faults }: GeneratorOrder, chance: Chance): DecidedCall {
  const happens = (percent: number) => chance() * 100 < percent
  const decided = happens(faults.guessingPercent)
    ? { ...CALLS.wrong_number(chance, hangUpAt), from: 'any' as const }
    : CALLS[kindBy(mix, chance)](chance, hangUpAt)
  if (!happens(faults.earlyHangUpPercent)) return decided
  return { ...decided, breaksOffMs: chance() * BREAKS_OFF_WITHIN_MS }
}

/** Pause until the next call, in ms: callers come by themselves, so it is exponential. */
export const pauseMs = (callsPerHour: number, chance: Chance): number =>
  (-Math.log(1 - chance()) * 3_600_000) / callsPerHour

function kindBy(mix: GeneratorOrder['mix'], chance: Chance): CallerKind {
  const whole = CALLER_KINDS.reduce((sum, kind) => sum + mix[kind], 0)
  let left = chance() * whole
  for (const kind of CALLER_KINDS) {
    left -= mix[kind]
    if (left < 0) return kind
  }
  return 'good_card'
}

type Decide = (chance: Chance, hangUpAt: HangUpPoint) => DecidedCall

const charging = { dialled: '1400', from: 'in_turn' } as const

const CALLS: Readonly<Record<CallerKind, Decide>> = {
  good_card: () => ({
    ...charging,
    kind: 'good_card',
    card: 'fresh',
    script: BEHAVIOURS.honest.script,
  }),
  wrong_number: () => ({
    ...charging,
    kind: 'wrong_number',
    card: 'none',
    script: BEHAVIOURS.wrong_to_the_end.script,
  }),
  used_card: () => ({
    ...charging,
    kind: 'used_card',
    card: 'used',
    script: BEHAVIOURS.honest.script,
  }),
  locked_handset: () => ({
    ...charging,
    kind: 'locked_handset',
    from: 'locking',
    card: 'none',
    script: wrongUntilTheEnd,
  }),
  hang_up: (chance, hangUpAt) => {
    const any = POINTS[Math.floor(chance() * POINTS.length)] ?? 'in_welcome'
    return { ...charging, kind: 'hang_up', ...HANG_UPS[hangUpAt === 'any' ? any : hangUpAt] }
  },
  inquiry: () => ({
    dialled: '157',
    from: 'in_turn',
    kind: 'inquiry',
    card: 'none',
    script: () => [{ type: 'wait_for_end' }],
  }),
  slow_keying: () => ({ ...charging, kind: 'slow_keying', card: 'fresh', script: slowly }),
}

/** A card that may be charged all the same is one that nobody used. */
// biome-ignore format: table
const HANG_UPS: Readonly<Record<Exclude<HangUpPoint, 'any'>, Pick<DecidedCall, 'card' | 'script'>>> = {
  before_answer:   { card: 'none',  script: BEHAVIOURS.gone_before_answer.script },
  in_welcome:      { card: 'none',  script: BEHAVIOURS.gone_in_welcome.script },
  in_number:       { card: 'none',  script: BEHAVIOURS.gone_in_number.script },
  before_end_mark: { card: 'fresh', script: BEHAVIOURS.gone_before_end_mark.script },
  while_validated: { card: 'fresh', script: BEHAVIOURS.gone_while_validated.script },
  on_result:       { card: 'fresh', script: BEHAVIOURS.gone_on_result.script },
}

/** As many wrong numbers as ivr lets a caller key in a call. */
function wrongUntilTheEnd({ wrongPin }: CallerCard): readonly CallerStep[] {
  const once: readonly CallerStep[] = [key(`${wrongPin}#`), { type: 'wait_for_result' }]
  return [{ type: 'wait_for_question' }, ...once, ...once, ...once, { type: 'wait_for_end' }]
}

function slowly({ pin }: CallerCard): readonly CallerStep[] {
  return [
    { type: 'wait_for_question' },
    ...[...pin].flatMap(digit => [key(digit), { type: 'wait', ms: SLOW_PAUSE_MS } as const]),
    key('#'),
    { type: 'wait_for_result' },
    { type: 'hang_up' },
  ]
}

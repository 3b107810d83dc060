import type { Digit } from '../../platform/rtp/telephone-event.js'
import { parseDigit } from '../../platform/rtp/telephone-event.js'

/** One thing a caller does. */
export type CallerStep =
  /** Waits until guidance speaks. */
  | { readonly type: 'wait_for_guidance' }
  /** Waits until guidance has spoken and fallen quiet: it asks for something. */
  | { readonly type: 'wait_for_question' }
  /** Waits until guidance has told what became of a card, and has fallen quiet. */
  | { readonly type: 'wait_for_result' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'key'; readonly keys: readonly Digit[] }
  | { readonly type: 'hang_up' }
  /** Does nothing more, until the network ends the call. */
  | { readonly type: 'wait_for_end' }

/** What the caller's card must have come to afterwards. */
export type Expectation = 'charged' | 'not_charged' | 'either'

/** What a caller is given: a card, and digits that are no card's. */
export interface CallerCard {
  readonly pin: string
  readonly wrongPin: string
}

/** One way to call. */
export interface Behaviour {
  readonly expects: Expectation
  /** Whether the caller makes a mistake, or does not stay to the end. */
  readonly mistaken: boolean
  readonly script: (card: CallerCard) => readonly CallerStep[]
}

const question: CallerStep = { type: 'wait_for_question' }
const guidance: CallerStep = { type: 'wait_for_guidance' }
const result: CallerStep = { type: 'wait_for_result' }
const hangUp: CallerStep = { type: 'hang_up' }

/** Keys as a caller presses them one after the other. Characters that are no keys are left out. */
export const key = (keys: string): CallerStep => ({
  type: 'key',
  keys: [...keys].map(parseDigit).filter(digit => digit !== undefined),
})

const wait = (ms: number): CallerStep => ({ type: 'wait', ms })

/**
 * Every way to call: honest ones, honest mistakes (requirements §4, «tries», «erase»), and a hang-up at
 * each point of the hang-up table of requirements §4.
 */
// biome-ignore format: table
export const BEHAVIOURS = {
  honest:               honest(({ pin }) => [question, key(`${pin}#`), result, hangUp]),
  hasty:                honest(({ pin }) => [guidance, wait(400), key(`${pin}#`), result, hangUp]),
  without_hash:         honest(({ pin }) => [question, key(pin), result, hangUp]),
  erasing:              mistaken('charged', ({ pin }) => [question, key(`12345*${pin}#`), result, hangUp]),
  too_few_digits:       mistaken('charged', ({ pin }) => [question, key(`${pin.slice(0, 9)}#`), question, key(`${pin}#`), result, hangUp]),
  wrong_then_right:     mistaken('charged', ({ pin, wrongPin }) => [question, key(`${wrongPin}#`), result, key(`${pin}#`), result, hangUp]),
  wrong_to_the_end:     mistaken('not_charged', ({ wrongPin }) => [question, key(`${wrongPin}#`), result, hangUp]),
  silent:               mistaken('not_charged', () => [{ type: 'wait_for_end' }]),
  gone_before_answer:   mistaken('not_charged', () => [wait(60), hangUp]),
  gone_in_welcome:      mistaken('not_charged', () => [guidance, hangUp]),
  gone_in_number:       mistaken('not_charged', ({ pin }) => [question, key(pin.slice(0, 7)), hangUp]),
  gone_before_end_mark: mistaken('not_charged', ({ pin }) => [question, key(pin), hangUp]),
  gone_while_validated: mistaken('either', ({ pin }) => [question, key(`${pin}#`), hangUp]),
  gone_on_result:       mistaken('charged', ({ pin }) => [question, key(`${pin}#`), guidance, hangUp]),
} as const satisfies Record<string, Behaviour>

export type BehaviourName = keyof typeof BEHAVIOURS

export const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS) as readonly BehaviourName[]

function honest(script: Behaviour['script']): Behaviour {
  return { expects: 'charged', mistaken: false, script }
}

function mistaken(expects: Expectation, script: Behaviour['script']): Behaviour {
  return { expects, mistaken: true, script }
}

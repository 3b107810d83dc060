import type { GeneratorOrder } from '../../../domain/generated-traffic.js'
import type { Text } from '../../traffic/columns.js'

/** An order to begin with, by its name. */
export interface Example {
  readonly name: string
  readonly words: Text
  readonly order: GeneratorOrder
}

/** What calls where nothing else is chosen. */
export const ORDINARY: GeneratorOrder = {
  callsPerHour: 1_200,
  seconds: 300,
  inProgressMax: 50,
  handsets: 200,
  cardYen: 1_000,
  mix: {
    good_card: 60,
    wrong_number: 8,
    used_card: 4,
    locked_handset: 2,
    hang_up: 10,
    inquiry: 12,
    slow_keying: 4,
  },
  hangUpAt: 'any',
  faults: { rtpLossPercent: 0, earlyHangUpPercent: 0, guessingPercent: 0 },
}

/** Days that an operator knows. */
export const EXAMPLES: readonly Example[] = [
  { name: 'ordinary', words: { ja: '平常', en: 'Ordinary' }, order: ORDINARY },
  {
    name: 'rush',
    words: { ja: '混雑', en: 'Rush' },
    order: { ...ORDINARY, callsPerHour: 14_400, inProgressMax: 120, handsets: 900 },
  },
  {
    name: 'guessing',
    words: { ja: '番号当て', en: 'Guessing' },
    order: {
      ...ORDINARY,
      callsPerHour: 7_200,
      inProgressMax: 100,
      faults: { ...ORDINARY.faults, guessingPercent: 70 },
    },
  },
  {
    name: 'bad-lines',
    words: { ja: '回線不良', en: 'Bad lines' },
    order: {
      ...ORDINARY,
      faults: { rtpLossPercent: 20, earlyHangUpPercent: 25, guessingPercent: 0 },
    },
  },
]

import type { EpochMs } from './clock.js'
import { digits, FORM, type Malformed, parseTimeText, timeText } from './line-file.js'

/**
 * トリガファイル: with it billing asks CRS for charge information (seed 004 §4.3(2), Figure 9; requirement
 * F-07). One ASCII line of 40 characters and a line feed; docs/formats/exchange.md has the columns.
 */
export interface Trigger {
  /** 1, 2, 3 … without gap. */
  readonly number: number
  /** Last sequence of CRS's files that billing has reflected; 0 for none. */
  readonly lastSequence: number
  readonly madeAt: EpochMs
}

/** The bytes of a trigger, its line feed included. */
export const encodeTrigger = ({ number, lastSequence, madeAt }: Trigger): string =>
  `R${FORM}${digits(number, 10)}${digits(lastSequence, 10)}${timeText(madeAt)}\n`

/** Reads a trigger. It is whole, or nothing of it counts. */
export function decodeTrigger(
  text: string,
): Malformed | { readonly outcome: 'whole'; readonly trigger: Trigger } {
  const malformed = (why: string): Malformed => ({ outcome: 'malformed', line: 1, why })
  const found = /^R(\d\d)(\d{10})(\d{10})(\d{17})\n$/.exec(text)
  if (!found) return malformed('it is not a trigger')
  const [, form, number, lastSequence, made = ''] = found
  if (form !== FORM) return malformed(`it has form ${form}, not ${FORM}`)
  const madeAt = parseTimeText(made)
  if (madeAt === undefined) return malformed('its time is not of the calendar')
  if (Number(number) < 1) return malformed('its number is not 1 or more')
  const trigger = { number: Number(number), lastSequence: Number(lastSequence), madeAt }
  return { outcome: 'whole', trigger }
}

/** What a trigger is called: while it is sent, once it is sent, and its answer. */
export const triggerNames = (number: number) => {
  const name = digits(number, 10)
  return { sending: `${name}.tmp`, sent: `${name}.trg`, answer: `${name}.ans` } as const
}

import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { HeardClip } from './hears.js'
import type { StepTaken } from './ladder-watch.js'

/** Time of day in Japan, `10:14:59.999`. */
const timeOfDay = (atMs: number): string => jstText(epochMs(Math.floor(atMs))).slice(11, 23)

/** One line a step: time, mark, Japanese, and the same in English. */
export function stepText({ step, atMs }: StepTaken): string {
  const { mark, between, ja, en } = step
  return `${timeOfDay(atMs)}  ${mark} ${ja}  (${between}) ${en}`
}

/** What was heard, below the step that it belongs to. */
export function heardText({ clip, text, whole }: HeardClip): string {
  const said = text === '' ? clip : text
  return `${' '.repeat(14)}「${said}」${whole ? '' : ' …（途中まで cut）'}`
}

import { InvalidArgumentError } from 'commander'
import { type JstDay, parseJstDay } from '../domain/jst.js'

/** Reads an option that must be a day of Japan. */
export function dayOf(text: string): JstDay {
  const day = parseJstDay(text)
  if (day) return day
  throw new InvalidArgumentError('It must be a day such as 2000-12-01.')
}

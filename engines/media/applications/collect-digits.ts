import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { ApplicationCall } from '../channel/channel.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { playPrompt } from './play-prompt.js'

/** One try at reading digits. */
export interface Collecting {
  readonly min: number
  readonly max: number
  /** Played until the first key; empty or `silence` for none. */
  readonly prompt: string
  /** Longest wait for the first key, from the end of the prompt, ms. */
  readonly firstTimeoutMs: number
  /** Longest wait for each further key, ms. */
  readonly digitTimeoutMs: number
  /** Keys that end the entry; they are no part of it. */
  readonly terminators: string
  /** Variable that takes the digits; none where empty. */
  readonly variable: string
}

/** FreeSWITCH's words in `read_result`. */
export type ReadResult = 'success' | 'timeout' | 'failure'

/** What one try gave. */
export interface Collected {
  readonly digits: string
  readonly result: ReadResult
}

/** Most digits of one entry. */
const MOST_DIGITS = 128

/** Shortest wait for the first key, ms: FreeSWITCH takes less as this. */
const SHORTEST_WAIT_MS = 1_000

/** Keeps what an application was given within what can be collected. */
export const bounded = (given: Collecting): Collecting => {
  const max = Math.min(MOST_DIGITS, Math.max(1, given.max || 1))
  const firstTimeoutMs = Math.max(SHORTEST_WAIT_MS, given.firstTimeoutMs || 0)
  return {
    ...given,
    max,
    min: Math.min(max, Math.max(0, given.min || 0)),
    firstTimeoutMs,
    digitTimeoutMs: given.digitTimeoutMs > 0 ? given.digitTimeoutMs : firstTimeoutMs,
    terminators: given.terminators === 'none' ? '' : given.terminators,
  }
}

/**
 * Reads digits once: plays the prompt, which the first key cuts short, then waits for keys. The variable
 * holds the digits, `read_result` how it ended, `read_terminator_used` the key that ended it; the last
 * stays from an earlier try when none did.
 */
export async function collectDigits(
  call: ApplicationCall,
  shelf: ClipShelf,
  collecting: Collecting,
): Promise<Collected> {
  const { channel } = call
  const { variable } = collecting
  channel.setVariable('read_result', undefined)
  if (variable) channel.setVariable(variable, undefined)
  const entry = new Entry(collecting)
  const complete =
    (await prompted(call, shelf, collecting, entry)) && (await keyed(call, collecting, entry))
  const { digits, terminator } = entry
  if (terminator) channel.setVariable('read_terminator_used', terminator)
  const result = resultOf(collecting, entry, complete)
  channel.setVariable('read_result', result)
  if (variable && digits !== '') channel.setVariable(variable, digits)
  return { digits, result }
}

/** Digits as they come. */
class Entry {
  readonly #collecting: Collecting
  digits = ''
  terminator: Digit | undefined

  constructor(collecting: Collecting) {
    this.#collecting = collecting
  }

  get complete(): boolean {
    return this.terminator !== undefined || this.digits.length >= this.#collecting.max
  }

  /** Takes a key. Each ends a wait, since the next has a time of its own. */
  readonly take = (digit: Digit): boolean => {
    if (this.#collecting.terminators.includes(digit)) this.terminator = digit
    else this.digits += digit
    return true
  }
}

/** Whether the prompt could be played, or cut short by a key. */
async function prompted(
  call: ApplicationCall,
  shelf: ClipShelf,
  { prompt }: Collecting,
  entry: Entry,
): Promise<boolean> {
  if (prompt === '' || prompt === 'silence') return true
  const { ended } = await playPrompt(call, shelf, prompt, entry.take)
  return ended !== 'not_found' && ended !== 'hung_up'
}

/** Waits for keys until the entry is complete; whether it became so in time. */
async function keyed(
  { attend }: ApplicationCall,
  { firstTimeoutMs, digitTimeoutMs }: Collecting,
  entry: Entry,
): Promise<boolean> {
  while (!entry.complete) {
    const forMs = entry.digits === '' ? firstTimeoutMs : digitTimeoutMs
    const { ended } = await attend({ forMs, keys: entry.take, breakable: true })
    if (ended !== 'key') return false
  }
  return true
}

function resultOf({ min, max }: Collecting, entry: Entry, complete: boolean): ReadResult {
  const { digits } = entry
  // Only the terminator: an empty answer, where one digit or none was asked for.
  if (complete && digits === '' && max > 1 && min > 0) return 'failure'
  if (complete && (digits.length >= min || digits === '')) return 'success'
  return digits.length >= min && digits !== '' ? 'timeout' : 'failure'
}

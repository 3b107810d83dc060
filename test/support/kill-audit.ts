import type { Test } from 'tap'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { msisdnKey, serialKey } from '../../scp/store/keys.js'

import type { Network } from './network.js'
import { quarterHourFilesIn } from './quarter-hour-files.js'
import type { CallStory } from './steady-callers.js'

/** Face value of every card that is keyed, in yen. */
export const FACE_VALUE = 3_000

/** Wrong numbers in a row after which a handset is locked, by default. */
const LOCKED_AFTER = 5

type Told = Pick<CallStory, 'number' | 'card'> & { readonly told: readonly string[] }

/** Where the stores lie. */
type AtHome = Pick<Network, 'home'>

const wasCharged = ({ told }: Told): boolean =>
  told.includes('charged') || told.includes('already_yours')

/** Cards whose callers were told that they are charged, and that scp's store does not know as such. */
export function chargesLost({ home }: AtHome, stories: readonly Told[]): string[] {
  const reader = openStoreToRead(scpStore(home))
  const find = reader.prepare('SELECT msisdn FROM charge_record WHERE serial = ?').pluck()
  const lost = stories.filter(
    story =>
      wasCharged(story) &&
      story.card &&
      find.get(serialKey(story.card.serial)) !== msisdnKey(story.number),
  )
  reader.close()
  return lost.map(({ card }) => card?.serial ?? '')
}

/** Records of the charge log that stand in no quarter-hour file yet. */
export function recordsNotInFiles({ home }: AtHome): number {
  const reader = openStoreToRead(scpStore(home))
  const records = Number(reader.prepare('SELECT count(*) FROM charge_record').pluck().get())
  const inFiles = 'SELECT total(record_count) FROM quarter_hour_file WHERE sha256 IS NOT NULL'
  const written = Number(reader.prepare(inFiles).pluck().get())
  reader.close()
  return records - written
}

/** Call sessions that scp's store has not seen the end of. */
export function openSessions({ home }: AtHome): number {
  const reader = openStoreToRead(scpStore(home))
  const open = reader.prepare('SELECT count(*) FROM call_session WHERE ended_at IS NULL').pluck()
  const count = Number(open.get())
  reader.close()
  return count
}

/** Holds what the kills left in the store of a network that has ended against what callers were told. */
export function auditStore(t: Test, network: Network, stories: readonly CallStory[]): void {
  const file = scpStore(network.home)
  const files = quarterHourFilesIn(network.home.quarterHourFiles)
  const reader = openStoreToRead(file)
  const numbers = (sql: string) => reader.prepare(sql).pluck().all().map(Number)
  t.equal(reader.pragma('quick_check', { simple: true }), 'ok', 'the store is whole')

  const keyed = new Set(stories.flatMap(({ card }) => (card ? [serialKey(card.serial)] : [])))
  const charged = numbers('SELECT serial FROM charge_record')
  t.strictSame(new Set(charged), keyed, 'I1, I3: charged are the cards that were keyed')
  t.equal(charged.length, keyed.size, 'I1: each of them once')
  t.strictSame(new Set(numbers('SELECT serial FROM card WHERE state = 5')), keyed, 'I2: and used')
  t.strictSame(chargesLost(network, stories), [], 'I3: by the number whose caller was told')

  const yen = charged.length * FACE_VALUE
  t.strictSame(numbers('SELECT sum(registered) FROM month_total'), [yen], 'I2: month totals')
  t.strictSame(numbers('SELECT max(sequence) FROM charge_record'), [charged.length], 'no gap')
  const whole = files.flatMap(one => (one.outcome === 'whole' ? [one] : []))
  t.equal(whole.length, files.length, 'every quarter-hour file is whole')
  const lines = whole.flatMap(({ records }) => records.map(({ serial }) => serialKey(serial)))
  t.strictSame(lines.toSorted(ascending), charged.toSorted(ascending), 'I2: lines of the files')
  auditLocks(t, reader, stories)
  reader.close()
}

/** Each wrong number of a guesser counts, once: those that were refused, and none but those keyed. */
function auditLocks(t: Test, reader: Database, stories: readonly CallStory[]): void {
  const held = reader.prepare('SELECT consecutive FROM handset_lock WHERE msisdn = ?').pluck()
  const guesses = stories.filter(({ card }) => !card)
  for (const number of new Set(guesses.map(guess => guess.number))) {
    const calls = guesses.filter(guess => guess.number === number)
    const refused = calls.filter(({ told }) => told.includes('card_refused')).length
    const least = calls.some(({ told }) => told.includes('locked')) ? LOCKED_AFTER : refused
    const count = Number(held.get(msisdnKey(number)) ?? 0)
    if (count < least) t.fail(`I5: ${number} was refused ${least} times, and has ${count}`)
    if (count > calls.length) t.fail(`I5: ${number} keyed ${calls.length}, and has ${count}`)
  }
  t.pass(`I5: wrong numbers of ${guesses.length} calls are counted`)
}

const ascending = (one: number, other: number): number => one - other

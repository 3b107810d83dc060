import type { Home } from '../../platform/home.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'

/** Codes of scp's store as this recount knows them, apart from scp's own table. */
// biome-ignore format: table
export const RESULT_OF_FINDING: Readonly<Record<number, string>> = {
  1: 'system_fault', 2: 'locked', 3: 'unknown', 4: 'used', 5: 'not_active',
  6: 'expired', 7: 'used', 8: 'over_cap', 9: 'accepted', 10: 'not_active',
  11: 'locked',
}
// biome-ignore format: table
export const RESULT_OF_NOTICE: Readonly<Record<number, string>> = {
  1: 'locked', 2: 'at_cap', 3: 'no_input', 4: 'short', 5: 'system_fault',
}

interface EndedCall {
  readonly finding: number | null
  readonly notice: number | null
  readonly entries: number
  readonly locking: number
}

/**
 * What the charge log and the call sessions of scp say of charge calls and cards, counted afresh, by the
 * ids of the traffic table's columns. Only for calls that were answered.
 */
export function recountTraffic(home: Home): Readonly<Record<string, number>> {
  const store = openStoreToRead(scpStore(home))
  const counts = new Map<string, number>()
  const add = (id: string, amount = 1) => counts.set(id, (counts.get(id) ?? 0) + amount)
  const calls = store.prepare<[], EndedCall>(
    `SELECT notice,
       (SELECT finding FROM entry WHERE entry.token = s.token ORDER BY entry DESC LIMIT 1) AS finding,
       (SELECT count(*) FROM entry WHERE entry.token = s.token) AS entries,
       (SELECT count(*) FROM entry WHERE entry.token = s.token AND now_locked = 1) AS locking
     FROM call_session AS s WHERE ended_at IS NOT NULL AND service = 1`,
  )
  for (const { finding, notice, entries, locking } of calls.all()) {
    add('answered')
    add(
      (finding === null ? RESULT_OF_NOTICE[notice ?? 0] : RESULT_OF_FINDING[finding]) ??
        'abandoned',
    )
    add('entries', entries)
    add('newly_locked', locking)
  }
  const cards = store.prepare<[], { face_value: number; cards: number }>(
    'SELECT face_value, count(*) AS cards FROM charge_record GROUP BY face_value',
  )
  for (const { face_value: faceValue, cards: count } of cards.all()) {
    add(`cards_${faceValue}`, count)
    add(`yen_${faceValue}`, count * faceValue)
    add('total_yen', count * faceValue)
  }
  const locked = store.prepare<[], number>('SELECT count(locked_at) FROM handset_lock').pluck()
  add('now_locked', locked.get() ?? 0)
  store.close()
  return Object.fromEntries(counts)
}

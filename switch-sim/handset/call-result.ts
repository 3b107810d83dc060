import type { HeardClip } from './hears.js'

/** What a charge call came to, as its caller heard it. */
export type CallResult =
  | 'charged'
  | 'card_refused'
  | 'already_yours'
  | 'over_cap'
  | 'at_cap'
  | 'locked'
  | 'unknown_outcome'
  | 'try_later'
  | 'gave_up'
  | 'announcement'
  | 'nothing'

/** Texts of the guidance that tell a result, by the beginning of their ids; see guidance-audio. */
// biome-ignore format: table
const TELLS: readonly (readonly [text: string, result: CallResult])[] = [
  ['charge-succeeded',    'charged'],
  ['card-refused',        'card_refused'],
  ['card-already-yours',  'already_yours'],
  ['over-month-cap',      'over_cap'],
  ['month-cap-reached',   'at_cap'],
  ['locked',              'locked'],
  ['outcome-unknown',     'unknown_outcome'],
  ['try-again-later',     'try_later'],
  ['tries-over',          'gave_up'],
  ['announcement/',       'announcement'],
  ['announcement-',       'announcement'],
]

/** The results that a caller heard, in order; a text of several clips counts once. */
export function resultsIn(clips: readonly HeardClip[]): CallResult[] {
  return clips.flatMap(({ clip }) => {
    const text = clip.replace(/^(?:ja|en)\//, '')
    // The first clip of a text stands for it: `charge-succeeded-1` of `-1`, `-2`.
    if (/-[2-9]$/.test(text)) return []
    const told = TELLS.find(([beginning]) => text.startsWith(beginning))
    return told ? [told[1]] : []
  })
}

/** What the call came to in the end: a card that was charged is told over what came after it. */
export function resultOf(clips: readonly HeardClip[]): CallResult {
  const results = resultsIn(clips)
  return results.includes('charged') ? 'charged' : (results.at(-1) ?? 'nothing')
}

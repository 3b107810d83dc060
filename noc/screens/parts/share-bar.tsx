import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'
import { countText } from './amounts.js'
import './share-bar.css'

/** One part of a whole. */
export interface Share {
  /** Names its colour; see share-bar.css. */
  readonly tone: string
  readonly words: Text
  readonly count: number
}

/** The width that all parts share, in units of the picture. */
const WIDTH = 1_000

/** A whole as a bar of its parts, in their order; each is named under it, so that no colour has to be told apart. */
export function ShareBar({ shares }: { shares: readonly Share[] }) {
  const there = shares.filter(({ count }) => count > 0)
  const whole = there.reduce((sum, { count }) => sum + count, 0)
  let before = 0
  return (
    <div class="share-bar">
      <svg viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
        {there.map(({ tone, count }) => {
          const x = (before / whole) * WIDTH
          before += count
          return <rect key={tone} class={tone} x={x} width={(count / whole) * WIDTH} height="10" />
        })}
      </svg>
      <ul>
        {there.map(({ tone, words, count }) => (
          <li key={tone}>
            <i class={tone} /> {say(words)} <b>{countText(count)}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

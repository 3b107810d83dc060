import type { ComponentChildren } from 'preact'
import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'
import { type Refusal, UNREACHABLE } from './ask.js'
import './notices.css'

const AGAIN: Text = { ja: 'もう一度', en: 'Try again' }
const WAITING: Text = { ja: '読み込んでいます', en: 'Loading' }

/** What a request was refused for, in words, and a way to ask again. */
export function Failure({ refusal, again }: { refusal: Refusal; again?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{refusal.message || say(UNREACHABLE)}</p>
      {again && (
        <button type="button" onClick={again}>
          {say(AGAIN)}
        </button>
      )}
    </div>
  )
}

/** What is seen while the first answer is awaited. */
export const Waiting = () => (
  <p class="waiting" role="status">
    {say(WAITING)}
  </p>
)

/** What stands where a list has no lines: that it is empty, and why that may be. */
export const Empty = ({ title, children }: { title: Text; children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{say(title)}</h2>
    {children}
  </div>
)

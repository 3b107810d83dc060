import type { ComponentChildren } from 'preact'
import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'

/** One thing that is known, under its name. */
export const Fact = ({ words, children }: { words: Text; children: ComponentChildren }) => (
  <div>
    <dt>{say(words)}</dt>
    <dd>{children}</dd>
  </div>
)

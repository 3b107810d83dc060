import type { ComponentChildren } from 'preact'
import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'

interface SimpleTableProps {
  readonly title: Text
  /** What stands there when there are no rows. */
  readonly none: Text
  /** Words stand left, figures right. */
  readonly columns: readonly { readonly words: Text; readonly isWord?: boolean }[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly ComponentChildren[] }[]
  /** What stands beside the title. */
  readonly beside?: ComponentChildren
}

/** A table under its title, as one of the lists of a whole. */
export const SimpleTable = ({ title, none, columns, rows, beside }: SimpleTableProps) => (
  <div class="part">
    <header class="part-head">
      <h2>{say(title)}</h2>
      {beside}
    </header>
    {rows.length === 0 ? (
      <p class="notes">{say(none)}</p>
    ) : (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
      <section class="table" tabIndex={0} aria-label={say(title)}>
        <table>
          <thead>
            <tr>
              {columns.map(({ words, isWord }, at) => (
                <th key={at} class={isWord ? 'word' : undefined}>
                  {say(words)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name} data-name={name}>
                {cells.map((cell, at) => (
                  <td key={at} class={columns[at]?.isWord ? 'word' : undefined}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    )}
  </div>
)

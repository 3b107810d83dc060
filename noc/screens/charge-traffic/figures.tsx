import type { ColumnForm, Text } from '../../traffic/columns.js'
import type { LiveState, ViewValues } from '../../traffic/messages.js'
import { say } from '../shell/language.js'
import { formatted } from './table.js'
import { TEXTS } from './texts.js'

interface Figure {
  readonly id: string
  readonly name: Text
  readonly value: number | null | undefined
  readonly form: ColumnForm
  readonly unit?: Text
}

const YEN: Text = { ja: '円', en: 'yen' }
const PER_CENT: Text = { ja: '%', en: '%' }

/** What is looked at first: how things stand now, and the sums of the table. */
export function Figures({ total, state }: { total: ViewValues; state: LiveState }) {
  // biome-ignore format: table
  const figures: readonly Figure[] = [
    { id: 'in-progress', name: TEXTS.callsInProgress, value: state.callsInProgress, form: 'count' },
    { id: 'locked',      name: TEXTS.nowLocked,       value: state.nowLocked,       form: 'count' },
    { id: 'offered',     name: TEXTS.offered,         value: total.offered,         form: 'count' },
    { id: 'answered',    name: TEXTS.answered,        value: total.answered,        form: 'count' },
    { id: 'accepted',    name: TEXTS.accepted,        value: total.accepted,        form: 'count' },
    { id: 'completion',  name: TEXTS.completion,      value: total.completion,      form: 'share', unit: PER_CENT },
    { id: 'yen',         name: TEXTS.totalYen,        value: total.total_yen,       form: 'yen',   unit: YEN },
  ]
  return (
    <section class="figures" aria-label={say(TEXTS.figures)}>
      <dl>
        {figures.map(({ id, name, value, form, unit }) => (
          <div key={id} data-figure={id}>
            <dt>{say(name)}</dt>
            <dd>
              {formatted(value, form)}
              {unit && value !== null && value !== undefined && <small>{say(unit)}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

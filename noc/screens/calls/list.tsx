import { CHARGE_LADDER } from '../../../domain/charge-ladder.js'
import type { CallList, CallRow } from '../../calls/messages.js'
import { clockText } from '../parts/moment.js'
import { Empty } from '../parts/notices.js'
import { followLink } from '../shell/address.js'
import { language, say } from '../shell/language.js'
import { spanText, TEXTS } from './texts.js'
import '../parts/table.css'

interface ListProps {
  readonly list: CallList
  /** noc's time now, in ms. */
  readonly now: number
  readonly chosen: string | undefined
}

const TRY = 'node dist/mcscp/main.js call'

/** The calls in progress, the newest first, and those that ended last. */
export function Calls({ list, now, chosen }: ListProps) {
  const ended = list.rows.filter(({ endedAt }) => endedAt !== undefined)
  return (
    <>
      {list.inProgress === 0 && (
        <Empty title={TEXTS.emptyTitle}>
          <p>{say(TEXTS.emptyText)}</p>
          {ended.length === 0 && (
            <p>
              {say(TEXTS.emptyTry)} <code>{TRY}</code>
            </p>
          )}
        </Empty>
      )}
      {list.rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
        <section class="table" tabIndex={0} aria-label={say(TEXTS.list)}>
          <table class="calls">
            <thead>
              <tr>
                <th class="word">{say(TEXTS.caller)}</th>
                <th class="word">{say(TEXTS.kind)}</th>
                <th class="word">{say(TEXTS.began)}</th>
                <th>{say(TEXTS.lasted)}</th>
                <th class="word">{say(TEXTS.step)}</th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map(row => (
                <Row key={row.id} row={row} now={now} chosen={row.id === chosen} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  )
}

function Row({ row, now, chosen }: { row: CallRow; now: number; chosen: boolean }) {
  const { id, caller, kind, scenario, beganAt, endedAt, step } = row
  const known = step === undefined ? undefined : CHARGE_LADDER[step - 1]
  return (
    <tr
      data-call={id}
      data-step={step}
      data-ended={endedAt !== undefined}
      class={chosen ? 'chosen' : undefined}
    >
      <td class="word">
        <a
          href={`/now?call=${encodeURIComponent(id)}`}
          aria-current={chosen ? 'true' : undefined}
          onClick={followLink}
        >
          {caller ?? say(TEXTS.unknownCaller)}
        </a>
      </td>
      <td class="word">{scenario ?? kind ?? ''}</td>
      <td class="word">
        <time>{clockText(beganAt)}</time>
      </td>
      <td>{spanText((endedAt ?? now) - beganAt)}</td>
      <td class="word step">
        <b>{known?.mark}</b> {known?.[language()]}
        <progress max={CHARGE_LADDER.length} value={step ?? 0} aria-hidden="true" />
      </td>
    </tr>
  )
}

import { useEffect } from 'preact/hooks'
import { OUTCOME_TEXTS } from '../../entries/outcomes.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import type { CardHistory, HandsetHistory } from './answers.js'
import { REASON_TEXTS, releasedBy, TEXTS } from './texts.js'

interface LockHistoryProps {
  /** A number, or a serial number. */
  readonly of: string
  readonly me: Me
  /** Asked for anew when this is another. */
  readonly version: unknown
  readonly release: (
    released: { readonly msisdns: readonly string[] } | { readonly serials: readonly string[] },
  ) => void
}

/** What is counted against one handset or card, and each lock and release of it, newest first. */
export function LockHistory({ of, me, version, release }: LockHistoryProps) {
  const isNumber = /^\d/.test(of)
  const path = `/api/office/${isNumber ? 'locks' : 'card-locks'}/${encodeURIComponent(of)}`
  const { answer, refusal, again } = useAnswer<HandsetHistory | CardHistory>(path)
  // With the lists: what they say may be another.
  useEffect(() => again(), [version])
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const lines = 'probes' in answer ? cardLines(answer) : handsetLines(answer)
  return (
    <section class="locked" aria-label={of}>
      <header>
        <h2>
          {of} <small>{say(answer.locked ? TEXTS.isLocked : TEXTS.isNot)}</small>
        </h2>
        {may(me, isNumber ? 'act.unlock_handset' : 'act.unlock_card') && answer.locked && (
          <button
            type="button"
            class="primary"
            onClick={() => release(isNumber ? { msisdns: [of] } : { serials: [of] })}
          >
            {say(TEXTS.unlock)}
          </button>
        )}
      </header>
      <div class="table">
        <table>
          <tbody>
            {lines.map(({ at, counted, what }) => (
              <tr key={`${at} ${what}`}>
                <td class="word">{timeText(at)}</td>
                <td class="word long">{what}</td>
                <td class="word">{counted}</td>
              </tr>
            ))}
            {lines.length === 0 && (
              <tr>
                <td class="word">{say(TEXTS.noEvents)}</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface HistoryLine {
  readonly at: number
  readonly what: string
  readonly counted: string
}

const handsetLines = ({ events }: HandsetHistory): HistoryLine[] =>
  events
    .map(({ at, lockReason, consecutive, inWindow, person, reason }) => ({
      at,
      what: lockReason
        ? `${say(TEXTS.locked)}: ${say(REASON_TEXTS[lockReason] ?? { ja: lockReason, en: lockReason })}`
        : say(releasedBy(person ?? '', reason ?? '')),
      counted: `${say(TEXTS.inRow)} ${consecutive}, ${say(TEXTS.inWindow)} ${inWindow}`,
    }))
    .sort((a, b) => b.at - a.at)

const cardLines = ({ events, probes }: CardHistory): HistoryLine[] =>
  [
    ...events.map(({ at, handsets, person, reason }) => ({
      at,
      what: person === null ? say(TEXTS.locked) : say(releasedBy(person, reason ?? '')),
      counted: `${say(TEXTS.probed)} ${handsets}`,
    })),
    ...probes.map(({ at, msisdn, outcome }) => ({
      at,
      what: `${msisdn}: ${say(OUTCOME_TEXTS[outcome] ?? { ja: outcome, en: outcome })}`,
      counted: '',
    })),
  ].sort((a, b) => b.at - a.at)

import { epochMs } from '../../../domain/clock.js'
import { jstDay } from '../../../domain/jst.js'
import { KIND_TEXTS, LIABILITY_TEXTS } from '../../office/card-words.js'
import { countText, yenText } from '../parts/amounts.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { ShareBar } from '../parts/share-bar.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { language, say } from '../shell/language.js'
import type { Liability, LiabilityCards } from './answers.js'
import { TEXTS, wordText } from './texts.js'

const COLUMNS = Object.keys(LIABILITY_TEXTS) as readonly (keyof LiabilityCards)[]

/** What activated cards became, and what is left of them. */
const PARTS = ['charged', 'refunded', 'voided', 'expired', 'outstanding'] as const

/** カード債務 (requirements §5.3): what is owed for cards at the end of a day, and the proof that it balances. */
export function LiabilityReport({ on, now }: { on: string | null; now: number }) {
  const day = on ?? jstDay(epochMs(now))
  const { answer, refusal, again } = useAnswer<Liability>(
    `/api/office/liability?on=${encodeURIComponent(day)}`,
  )
  return (
    <>
      <form class="choice" onSubmit={event => event.preventDefault()}>
        <label class="field">
          <span class="name">{say(TEXTS.on)}</span>
          <input
            name="on"
            type="date"
            value={day}
            onChange={({ currentTarget }) => choose({ on: currentTarget.value || undefined })}
          />
        </label>
        <a
          id="csv"
          class="button"
          href={`/liability.csv?${new URLSearchParams({ on: day, language: language() })}`}
          download
        >
          {say(TEXTS.csv)}
        </a>
      </form>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer?.lines.length === 0 && <Empty title={TEXTS.nothingOwed} />}
      {answer && answer.lines.length > 0 && <Report report={answer} />}
    </>
  )
}

function Report({ report: { lines, chargedYen, acknowledgedYen } }: { report: Liability }) {
  const yenOf = (column: keyof LiabilityCards) =>
    lines.reduce((sum, { faceValue, cards }) => sum + faceValue * cards[column], 0)
  const cardsOf = (column: keyof LiabilityCards) =>
    lines.reduce((sum, { cards }) => sum + cards[column], 0)
  const left = yenOf('activated') - yenOf('charged') - yenOf('refunded') - yenOf('voided')
  const balances = left === yenOf('expired') + yenOf('outstanding')
  const ordered = lines.every(
    ({ cards }) =>
      cards.charged <= cards.activated &&
      cards.activated <= cards.delivered &&
      cards.delivered <= cards.issued - cards.spoiled,
  )
  return (
    <>
      <ShareBar
        shares={PARTS.map(tone => ({ tone, words: LIABILITY_TEXTS[tone], count: yenOf(tone) }))}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1) */}
      <section class="table" tabIndex={0} aria-label={say(TEXTS.liability)}>
        <table class="liability">
          <thead>
            <tr>
              <th class="word">{say(TEXTS.kind)}</th>
              <th>{say(TEXTS.faceValue)}</th>
              {COLUMNS.map(column => (
                <th key={column}>{say(LIABILITY_TEXTS[column])}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ kind, faceValue, cards }) => (
              <tr key={`${kind} ${faceValue}`}>
                <td class="word">{say(wordText(KIND_TEXTS, kind))}</td>
                <td>{yenText(faceValue)}</td>
                {COLUMNS.map(column => (
                  <td key={column}>{countText(cards[column])}</td>
                ))}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <SumRow words={say(TEXTS.pieces)} of={cardsOf} />
            <SumRow words={say(TEXTS.yen)} of={yenOf} />
          </tfoot>
        </table>
      </section>
      <ul class="proofs">
        <Proof holds={balances} words={say(TEXTS.balances)} value={yenText(left)} />
        <Proof holds={ordered} words={say(TEXTS.ordered)} />
      </ul>
      <p class="notes">
        {say(TEXTS.chargedByKind)}:{' '}
        {Object.entries(chargedYen)
          .map(([kind, sum]) => `${kind} ${yenText(sum)}`)
          .join(', ') || '–'}
        . {say(TEXTS.acknowledged)}: {yenText(acknowledgedYen)}
      </p>
    </>
  )
}

function SumRow({ words, of }: { words: string; of: (column: keyof LiabilityCards) => number }) {
  return (
    <tr>
      <th class="word" colSpan={2}>
        {say(TEXTS.sum)} ({words})
      </th>
      {COLUMNS.map(column => (
        <td key={column}>{countText(of(column))}</td>
      ))}
    </tr>
  )
}

const Proof = ({ holds, words, value }: { holds: boolean; words: string; value?: string }) => (
  <li data-holds={holds}>
    <b>{say(holds ? TEXTS.holds : TEXTS.fails)}</b> {words} {value && <span>= {value}</span>}
  </li>
)

import { useState } from 'preact/hooks'
import { epochMs } from '../../../domain/clock.js'
import { addMonths, jstMonth } from '../../../domain/jst.js'
import { countText, yenText } from '../parts/amounts.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import type { Progress, Rehearsal } from './answers.js'
import type { DeskPartProps } from './page.js'
import { TEXTS } from './texts.js'

/** How often the progress is asked for, in ms. */
const EVERY_MS = 1_000

interface MonthRunProps extends DeskPartProps {
  /** The month of use that is looked at. */
  readonly month: string | null
  /** The network's time, in ms. */
  readonly now: number
}

/** 定期調定 (B-11 … B-14): a month of use is rehearsed, calculated and fixed, with how far it is. */
export function MonthRun({ month, now, me, version, want }: MonthRunProps) {
  const of = month ?? addMonths(jstMonth(epochMs(now)), -1)
  const { answer, refusal, again } = useAnswer<Progress>(
    `/api/billing/months/${of}/progress?at=${version}`,
    EVERY_MS,
  )
  const [rehearsed, setRehearsed] = useState<{ readonly of: string; readonly version: number }>()
  const early = { beforeWindowEnds: false }
  const named = <p class="names">{of}</p>
  return (
    <div class="whole" data-month={of}>
      <div class="choice">
        <label class="field">
          <span class="name">{say(TEXTS.month)}</span>
          <input
            name="month"
            type="month"
            value={of}
            onChange={({ currentTarget }) => choose({ month: currentTarget.value || undefined })}
          />
        </label>
        <button type="button" onClick={() => setRehearsed({ of, version: performance.now() })}>
          {say(TEXTS.rehearse)}
        </button>
        {may(me, 'billing.calculate') && (
          <button
            type="button"
            onClick={() =>
              want({
                title: TEXTS.calculate,
                effect: (
                  <>
                    {named}
                    <p>{say(TEXTS.calculateEffect)}</p>
                  </>
                ),
                path: `/months/${of}/calculation`,
                body: {},
                reasoned: false,
              })
            }
          >
            {say(TEXTS.calculate)} …
          </button>
        )}
        {may(me, 'billing.close') && (
          <button
            type="button"
            onClick={() =>
              want({
                title: TEXTS.close,
                effect: (
                  <>
                    {named}
                    <p>{say(TEXTS.closeEffect)}</p>
                    <label class="check">
                      <input
                        type="checkbox"
                        name="beforeWindowEnds"
                        onChange={({ currentTarget }) => {
                          early.beforeWindowEnds = currentTarget.checked
                        }}
                      />
                      <span>{say(TEXTS.beforeWindow)}</span>
                    </label>
                  </>
                ),
                path: `/months/${of}/close`,
                body: early,
                reasoned: false,
              })
            }
          >
            {say(TEXTS.close)} …
          </button>
        )}
      </div>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer?.done !== undefined && answer.last !== undefined && (
        <label class="progress">
          {say(TEXTS.progress)}: {countText(answer.done)} / {countText(answer.last)}{' '}
          {say(TEXTS.contracts)}
          <progress max={Math.max(1, answer.last)} value={answer.last === 0 ? 1 : answer.done} />
        </label>
      )}
      {rehearsed && <Rehearsed key={rehearsed.version} of={rehearsed.of} />}
    </div>
  )
}

function Rehearsed({ of }: { of: string }) {
  const { answer, refusal } = useAnswer<Rehearsal>(`/api/billing/months/${of}/rehearsal`)
  if (!answer) return refusal ? <Failure refusal={refusal} /> : <Waiting />
  const { before, comparedWith, differing, named } = answer
  const amount = (yen: number | undefined) =>
    yen === undefined ? say(TEXTS.noInvoice) : yenText(yen)
  return (
    <>
      <SimpleTable
        title={TEXTS.rehearsalOf}
        none={TEXTS.noInvoice}
        columns={[
          { words: { ja: of, en: of }, isWord: true },
          { words: TEXTS.invoices },
          { words: TEXTS.gross },
        ]}
        rows={[
          {
            name: 'now',
            cells: [say(TEXTS.now), countText(answer.invoices), yenText(answer.grossYen)],
          },
          {
            name: 'before',
            cells: [
              say(comparedWith === 'last_run' ? TEXTS.lastRun : TEXTS.previousMonth),
              countText(before.invoices),
              yenText(before.grossYen),
            ],
          },
        ]}
      />
      <SimpleTable
        title={TEXTS.differing}
        none={TEXTS.nothingDiffers}
        beside={<span class="by">{countText(differing)}</span>}
        columns={[
          { words: TEXTS.contract, isWord: true },
          { words: TEXTS.before },
          { words: TEXTS.after },
        ]}
        rows={named.map(one => ({
          name: one.contract,
          cells: [one.contract, amount(one.before), amount(one.after)],
        }))}
      />
    </>
  )
}

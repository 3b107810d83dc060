import { countText, yenText } from '../parts/amounts.js'
import { timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import type { HeldCharges } from './answers.js'
import type { DeskPartProps } from './page.js'
import { HELD_TEXTS, ofWord, TEXTS } from './texts.js'

/** How often the bin is asked for, in ms. */
const EVERY_MS = 5_000

/** エラー管理 (B-07, B-08): charges that nobody is credited with, why, and what can be done. */
export function ErrorBin({ me, version, want }: DeskPartProps) {
  const { answer, refusal, again } = useAnswer<HeldCharges>(
    `/api/billing/held-charges?after=0&at=${version}`,
    EVERY_MS,
  )
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  if (answer.held.length === 0) {
    return (
      <Empty title={TEXTS.noHeld}>
        <p>{say(TEXTS.noHeldText)}</p>
      </Empty>
    )
  }
  const retry = {
    title: TEXTS.retry,
    effect: <p>{say(TEXTS.retryEffect)}</p>,
    path: '/held-charges/retry',
    body: {},
    reasoned: false,
  }
  return (
    <div class="whole">
      {refusal && <Failure refusal={refusal} again={again} />}
      <SimpleTable
        title={TEXTS.held}
        none={TEXTS.noHeld}
        beside={
          may(me, 'billing.retry') && (
            <button type="button" onClick={() => want(retry)}>
              {say(TEXTS.retry)} …
            </button>
          )
        }
        columns={[
          { words: TEXTS.at, isWord: true },
          { words: TEXTS.number, isWord: true },
          { words: TEXTS.serial, isWord: true },
          { words: TEXTS.faceValue },
          { words: TEXTS.why, isWord: true },
          { words: TEXTS.since, isWord: true },
          { words: TEXTS.retries },
          { words: { ja: '', en: '' }, isWord: true },
        ]}
        rows={answer.held.map(one => ({
          name: one.chargeId,
          cells: [
            timeText(one.chargedAt),
            one.msisdn,
            one.serial,
            yenText(one.faceValue),
            say(ofWord(HELD_TEXTS, one.reason)),
            timeText(one.firstSeenAt),
            countText(one.retries),
            may(me, 'billing.release') && one.reason === 'unmapped' && (
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  want({
                    title: TEXTS.release,
                    effect: (
                      <>
                        <p class="names">
                          {one.msisdn} {one.serial} {yenText(one.faceValue)}
                        </p>
                        <p>{say(TEXTS.releaseEffect)}</p>
                      </>
                    ),
                    path: `/held-charges/${one.chargeId}/release`,
                    body: {},
                    reasoned: true,
                  })
                }
              >
                {say(TEXTS.release)} …
              </button>
            ),
          ],
        }))}
      />
    </div>
  )
}

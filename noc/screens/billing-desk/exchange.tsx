import { useEffect, useState } from 'preact/hooks'
import { countText, yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import type { Days, Exchange } from './answers.js'
import type { DeskPartProps } from './page.js'
import { EXCHANGE_TEXTS, ofWord, TEXTS, TIMER_TEXTS } from './texts.js'

/** How often the exchange is asked for, and how often the timers are written anew in between, in ms. */
const EVERY_MS = 2_000
const TICK_MS = 250

/** CRS 連携 (F-03 … F-12): where the exchange stands, with its timers counting, and which days are complete. */
export function ExchangeView({ me, version, want }: DeskPartProps) {
  const { answer, refusal, again } = useAnswer<Exchange>(
    `/api/billing/exchange?at=${version}`,
    EVERY_MS,
  )
  const now = useNetworkTime(answer)
  return (
    <div class="whole">
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer && (
        <>
          <header class="heading" data-exchange={answer.state}>
            <h2>
              <span
                class="state"
                data-state={
                  answer.state === 'stopped' ? 'lost' : answer.state === 'closed' ? '' : 'live'
                }
              >
                {say(ofWord(EXCHANGE_TEXTS, answer.state))}
              </span>
            </h2>
            {may(me, 'billing.rearm') && answer.state === 'stopped' && (
              <button
                type="button"
                class="primary"
                onClick={() =>
                  want({
                    title: TEXTS.rearm,
                    effect: <p>{say(TEXTS.rearmEffect)}</p>,
                    path: '/exchange/rearm',
                    body: {},
                    reasoned: false,
                  })
                }
              >
                {say(TEXTS.rearm)} …
              </button>
            )}
          </header>
          <dl class="facts">
            <Fact words={TEXTS.trigger}>{countText(answer.trigger)}</Fact>
            <Fact words={TEXTS.reflected}>{countText(answer.reflectedThrough)}</Fact>
            <Fact words={TEXTS.networkTime}>{timeText(now)}</Fact>
          </dl>
          <SimpleTable
            title={TEXTS.timers}
            none={TEXTS.elapsed}
            columns={[
              { words: TEXTS.timer, isWord: true },
              { words: TEXTS.due_, isWord: true },
              { words: TEXTS.inTime },
              { words: TEXTS.about, isWord: true },
            ]}
            rows={answer.timers.map(({ name, dueAt, about }) => ({
              name,
              cells: [
                say(ofWord(TIMER_TEXTS, name)),
                timeText(dueAt),
                <b key="left">{leftText(dueAt - now)}</b>,
                about,
              ],
            }))}
          />
        </>
      )}
      <DayList me={me} version={version} want={want} />
    </div>
  )
}

/** The network's time between two answers, as if it ran at the pace of ours. */
function useNetworkTime(answer: Exchange | undefined): number {
  const [, tick] = useState(0)
  const [heard, setHeard] = useState({ at: 0, now: 0 })
  useEffect(() => {
    if (answer) setHeard({ at: performance.now(), now: answer.now })
  }, [answer])
  useEffect(() => {
    const timer = setInterval(() => tick(count => count + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  if (heard.now === 0) return answer?.now ?? 0
  return Math.round(heard.now + performance.now() - heard.at)
}

/** `1:02:03`, or that it is over. */
function leftText(ms: number): string {
  if (ms <= 0) return say(TEXTS.elapsed)
  const seconds = Math.ceil(ms / 1_000)
  const two = (part: number) => `${part}`.padStart(2, '0')
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

function DayList({ me, version, want }: DeskPartProps) {
  const { answer, refusal } = useAnswer<Days>(
    `/api/billing/days?max=31&at=${version}`,
    10 * EVERY_MS,
  )
  if (!answer) return refusal ? <Failure refusal={refusal} /> : <Waiting />
  const confirm = (through: string) =>
    want({
      title: TEXTS.confirmDays,
      effect: (
        <>
          <p class="names">{through}</p>
          <p>{say(TEXTS.confirmDaysEffect)}</p>
        </>
      ),
      path: '/days/confirmation',
      body: { through },
      reasoned: true,
    })
  return (
    <SimpleTable
      title={TEXTS.days}
      none={TEXTS.noDays}
      beside={
        <span class="by">
          {say(TEXTS.confirmedThrough)}: {answer.confirmedThrough ?? '–'}
        </span>
      }
      columns={[
        { words: TEXTS.day, isWord: true },
        { words: TEXTS.credited },
        { words: TEXTS.amount },
        { words: TEXTS.held },
        { words: TEXTS.amount },
        { words: TEXTS.confirmed, isWord: true },
      ]}
      rows={answer.days.map(one => ({
        name: one.day,
        cells: [
          one.day,
          countText(one.credited),
          yenText(one.creditedYen),
          countText(one.held),
          yenText(one.heldYen),
          one.confirmedAt === undefined ? (
            <span class="acts">
              {one.difference && <span class="held">{one.difference}</span>}
              {may(me, 'billing.confirm') && (
                <button type="button" class="quiet" onClick={() => confirm(one.day)}>
                  {say(TEXTS.confirmDays)} …
                </button>
              )}
            </span>
          ) : (
            `${timeText(one.confirmedAt)} ${one.reason ?? ''}`
          ),
        ],
      }))}
    />
  )
}

import { STATE_TEXTS } from '../../office/card-words.js'
import { yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import type { Me } from '../shell/me.js'
import type { CardView } from './answers.js'
import { History } from './history.js'
import { RangeActs } from './range-acts.js'
import type { WantedOfRange } from './range-dialog.js'
import { TEXTS, wordText } from './texts.js'

interface CardProps {
  readonly serial: string
  readonly me: Me
  /** Asked for anew when this is another. */
  readonly version: number
  readonly want: (wanted: WantedOfRange) => void
}

/** One card by its serial number: where it stands, who used it, and all that was done to it. */
export function Card({ serial, me, version, want }: CardProps) {
  const path = `/api/office/cards/${encodeURIComponent(serial)}?at=${version}`
  const { answer, refusal, again } = useAnswer<CardView>(path)
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const { batch, state, usableThrough, extended, use, events } = answer
  return (
    <div class="whole" data-serial={serial} data-state={state}>
      <header class="heading">
        <h2>
          {serial} <span class={`mark ${state}`}>{say(wordText(STATE_TEXTS, state))}</span>
        </h2>
        <RangeActs
          me={me}
          states={[state]}
          want={act => want({ act, firstSerial: serial, lastSerial: serial })}
        />
      </header>
      <dl class="facts">
        <Fact words={TEXTS.faceValue}>{yenText(batch.faceValue)}</Fact>
        <Fact words={TEXTS.ofBatch}>
          <button
            type="button"
            class="link"
            onClick={() => choose({ serial: undefined, batch: `${batch.batch}` })}
          >
            {batch.batch}
          </button>{' '}
          {batch.state !== state && (
            <span class="by">{say(wordText(STATE_TEXTS, batch.state))}</span>
          )}
        </Fact>
        <Fact words={TEXTS.usableThrough}>
          {usableThrough ?? say(TEXTS.withoutEnd)}
          {extended && <span class="by"> {say(TEXTS.extended)}</span>}
        </Fact>
        <Fact words={TEXTS.distributor}>{batch.distributor || '–'}</Fact>
        <Fact words={TEXTS.used}>{use ? `${timeText(use.at)} ${use.by} (${use.kind})` : '–'}</Fact>
      </dl>
      <History events={events} />
    </div>
  )
}

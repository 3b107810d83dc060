import { STATE_TEXTS } from '../../office/card-words.js'
import { cardsText } from '../parts/amounts.js'
import { timeText } from '../parts/moment.js'
import { say } from '../shell/language.js'
import type { CardEvent } from './answers.js'
import { ACT_TEXTS, TEXTS, wordText } from './texts.js'

/** What was done to a batch, or to a card, newest first. */
export const History = ({ events }: { events: readonly CardEvent[] }) => (
  <div class="part">
    <h2>{say(TEXTS.history)}</h2>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1) */}
    <section class="table" tabIndex={0} aria-label={say(TEXTS.history)}>
      <table>
        <thead>
          <tr>
            <th class="word">{say(TEXTS.at)}</th>
            <th class="word">{say(TEXTS.act)}</th>
            <th class="word">{say(TEXTS.cards)}</th>
            <th class="word">{say(TEXTS.change)}</th>
            <th class="word">{say(TEXTS.who)}</th>
            <th class="word">{say(TEXTS.reason)}</th>
          </tr>
        </thead>
        <tbody>
          {events.toReversed().map((event, place) => (
            <tr key={events.length - place}>
              <td class="word">{timeText(event.at)}</td>
              <td class="word">{say(wordText(ACT_TEXTS, event.act))}</td>
              <td class="word">{subject(event)}</td>
              <td class="word">{change(event)}</td>
              <td class="word">
                {event.person}
                {event.approver && (
                  <span class="by">
                    {' '}
                    {say(TEXTS.approvedBy)} {event.approver}
                  </span>
                )}
              </td>
              <td class="word long">{event.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  </div>
)

function subject({ wholeBatch, cards, firstSerial, lastSerial }: CardEvent): string {
  if (wholeBatch) return say(TEXTS.wholeBatch)
  if (firstSerial === lastSerial) return firstSerial
  return `${firstSerial} – ${lastSerial} (${cardsText(cards)})`
}

function change({ before, after }: CardEvent): string {
  const reached = say(wordText(STATE_TEXTS, after))
  return before === undefined || before === after
    ? reached
    : `${say(wordText(STATE_TEXTS, before))} → ${reached}`
}

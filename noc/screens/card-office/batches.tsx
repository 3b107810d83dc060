import { KIND_TEXTS, STATE_TEXTS } from '../../office/card-words.js'
import { countText, yenText } from '../parts/amounts.js'
import { Empty } from '../parts/notices.js'
import { type Share, ShareBar } from '../parts/share-bar.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import type { CountedBatch, Counts } from './answers.js'
import { TEXTS, wordText } from './texts.js'

/** Cards by where they stand, in the order of their lives. */
export const sharesOf = (counts: Counts): readonly Share[] =>
  Object.entries(STATE_TEXTS).map(([tone, words]) => ({ tone, words, count: counts[tone] ?? 0 }))

/** Every batch, the newest first. */
export function BatchList({ batches }: { batches: readonly CountedBatch[] }) {
  if (batches.length === 0) {
    return (
      <Empty title={TEXTS.noneTitle}>
        <p>{say(TEXTS.noneText)}</p>
      </Empty>
    )
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <section class="table" tabIndex={0} aria-label={say(TEXTS.list)}>
      <table class="batches">
        <thead>
          <tr>
            <th>{say(TEXTS.number)}</th>
            <th class="word">{say(TEXTS.state)}</th>
            <th class="word">{say(TEXTS.kind)}</th>
            <th>{say(TEXTS.count)}</th>
            <th>{say(TEXTS.faceValue)}</th>
            <th>{say(TEXTS.total)}</th>
            <th class="word">{say(TEXTS.stand)}</th>
            <th class="word">{say(TEXTS.serials)}</th>
            <th class="word">{say(TEXTS.distributor)}</th>
          </tr>
        </thead>
        <tbody>
          {batches.toReversed().map(of => (
            <tr key={of.batch} data-name={of.batch} data-state={of.state}>
              <td>
                <button
                  type="button"
                  class="link"
                  aria-label={`${say(TEXTS.ofBatch)} ${of.batch}`}
                  onClick={() => choose({ batch: `${of.batch}` })}
                >
                  {of.batch}
                </button>
              </td>
              <td class="word">
                <span class={`mark ${of.state}`}>{say(wordText(STATE_TEXTS, of.state))}</span>
              </td>
              <td class="word">{say(wordText(KIND_TEXTS, of.kind))}</td>
              <td>{countText(of.count)}</td>
              <td>{yenText(of.faceValue)}</td>
              <td>{yenText(of.count * of.faceValue)}</td>
              <td class="word standing">
                <ShareBar shares={sharesOf(of.counts)} />
              </td>
              <td class="word">
                {of.firstSerial} – {of.lastSerial}
              </td>
              <td class="word">{of.distributor || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

import { BATCH_ACTS, type BatchActName, type OfferedAct } from '../../office/card-office-acts.js'
import { cardsText, countText, yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { ShareBar } from '../parts/share-bar.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import type { BatchView, CountedBatch } from './answers.js'
import type { WantedOfBatch } from './batch-dialogs.js'
import { sharesOf } from './batches.js'
import { History } from './history.js'
import { RangeActs } from './range-acts.js'
import type { WantedOfRange } from './range-dialog.js'
import { BATCH_ACT_TEXTS, KIND_TEXTS, STATE_TEXTS, TEXTS, wordText } from './texts.js'

/** How often a batch is asked for, in ms: it may be in the making. */
const EVERY_MS = 2_000

interface BatchProps {
  readonly batch: string
  readonly me: Me
  /** Asked for anew when this is another. */
  readonly version: number
  readonly wantOfRange: (wanted: WantedOfRange) => void
  readonly wantOfBatch: (wanted: WantedOfBatch) => void
}

/** All of one batch: what it is, where its cards stand, its print files, and what was done to it. */
export function Batch({ batch, me, version, wantOfRange, wantOfBatch }: BatchProps) {
  const path = `/api/office/batches/${encodeURIComponent(batch)}?at=${version}`
  const { answer, refusal, again } = useAnswer<BatchView>(path, EVERY_MS)
  return (
    <div class="whole" data-batch={batch} data-state={answer?.state}>
      <header class="heading">
        <button type="button" onClick={() => choose({ batch: undefined })}>
          ‹ {say(TEXTS.back)}
        </button>
        {answer && (
          <h2>
            {say(TEXTS.ofBatch)} {answer.batch}{' '}
            <span class={`mark ${answer.state}`}>{say(wordText(STATE_TEXTS, answer.state))}</span>
          </h2>
        )}
        {answer && (
          <span class="acts">
            <BatchActs me={me} of={answer} want={act => wantOfBatch({ act, of: answer })} />
            <RangeActs
              me={me}
              states={Object.keys(answer.counts)}
              want={act => {
                const { firstSerial, lastSerial } = answer
                wantOfRange({ act, firstSerial, lastSerial })
              }}
            />
          </span>
        )}
      </header>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer && <Told of={answer} />}
    </div>
  )
}

const beingMade = ({ state, recipient }: CountedBatch): boolean =>
  state === 'planned' && recipient !== null

/** What may be done to the batch as a whole. */
function BatchActs({ me, of, want }: { me: Me; of: BatchView; want: (act: BatchActName) => void }) {
  const offered = Object.entries<OfferedAct>(BATCH_ACTS).filter(
    ([act, { from }]) =>
      may(me, `act.${act as BatchActName}_batch`) &&
      from.includes(of.state) &&
      !beingMade(of) &&
      (of.kind === 'commercial' || (act !== 'generate' && act !== 'export')),
  )
  return (
    <>
      {offered.map(([act]) => (
        <button
          key={act}
          type="button"
          class="quiet"
          data-batch-act={act}
          onClick={() => want(act as BatchActName)}
        >
          {say(BATCH_ACT_TEXTS[act as BatchActName])} …
        </button>
      ))}
    </>
  )
}

function Told({ of }: { of: BatchView }) {
  const { count, faceValue, kind, firstSerial, lastSerial, usableThrough, recipient } = of
  return (
    <>
      {beingMade(of) && (
        <label class="progress">
          {say(TEXTS.making)}: {countText(of.made)} / {countText(count)}
          <progress max={count} value={of.made} />
        </label>
      )}
      <ShareBar shares={sharesOf(of.counts)} />
      <dl class="facts">
        <Fact words={TEXTS.total}>
          {cardsText(count)} × {yenText(faceValue)} = {yenText(count * faceValue)}
        </Fact>
        <Fact words={TEXTS.serials}>
          {firstSerial} – {lastSerial}
        </Fact>
        <Fact words={TEXTS.kind}>{say(wordText(KIND_TEXTS, kind))}</Fact>
        <Fact words={TEXTS.usableThrough}>{usableThrough ?? say(TEXTS.withoutEnd)}</Fact>
        <Fact words={TEXTS.distributor}>{of.distributor || '–'}</Fact>
        <Fact words={TEXTS.design}>{of.design || '–'}</Fact>
        <Fact words={TEXTS.pinLength}>{of.pinLength}</Fact>
        {of.printed > 0 && (
          <Fact words={TEXTS.printed}>
            {countText(of.printed)} = {countText(of.printed - of.spoiled)} + {countText(of.spoiled)}
          </Fact>
        )}
        {recipient && (
          <Fact words={TEXTS.maker}>
            <code class="key">{recipient}</code>
          </Fact>
        )}
        <Fact words={TEXTS.plannedAt}>{timeText(of.madeAt)}</Fact>
      </dl>
      {of.files.length > 0 && <Files files={of.files} />}
      <History events={of.events} />
    </>
  )
}

const Files = ({ files }: Pick<BatchView, 'files'>) => (
  <section class="part" aria-label={say(TEXTS.files)}>
    <h2>{say(TEXTS.files)}</h2>
    <div class="table">
      <table>
        <thead>
          <tr>
            <th class="word">{say(TEXTS.file)}</th>
            <th>{say(TEXTS.count)}</th>
            <th>{say(TEXTS.bytes)}</th>
            <th class="word">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ name, cards, bytes, sha256 }) => (
            <tr key={name}>
              <td class="word">{name}</td>
              <td>{countText(cards)}</td>
              <td>{countText(bytes)}</td>
              <td class="word">
                <code class="key">{sha256}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)

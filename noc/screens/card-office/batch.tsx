import { BATCH_ACTS, type BatchActName, type OfferedAct } from '../../office/card-office-acts.js'
import { KIND_TEXTS, STATE_TEXTS } from '../../office/card-words.js'
import { cardsText, countText, yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { timeText } from '../parts/moment.js'
import { Failure, Waiting } from '../parts/notices.js'
import { ShareBar } from '../parts/share-bar.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import type { BatchView, CountedBatch } from './answers.js'
import type { WantedOfBatch } from './batch-dialogs.js'
import { sharesOf } from './batches.js'
import { History } from './history.js'
import { Imports } from './imports.js'
import { RangeActs } from './range-acts.js'
import type { WantedOfRange } from './range-dialog.js'
import type { WantedFile } from './take-dialog.js'
import { BATCH_ACT_TEXTS, TEXTS, wordText } from './texts.js'

/** How often a batch is asked for, in ms: it may be in the making. */
const EVERY_MS = 2_000

interface BatchProps {
  readonly batch: string
  readonly me: Me
  /** Asked for anew when this is another. */
  readonly version: number
  readonly wantOfRange: (wanted: WantedOfRange) => void
  readonly wantOfBatch: (wanted: WantedOfBatch) => void
  readonly wantImport: (batch: number) => void
  readonly wantFile: (file: WantedFile) => void
}

/** All of one batch: what it is, where its cards stand, its print files, and what was done to it. */
export function Batch({ batch, me, version, ...want }: BatchProps) {
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
            <BatchActs me={me} of={answer} want={act => want.wantOfBatch({ act, of: answer })} />
            {mayImport(me, answer) && (
              <button
                type="button"
                class="quiet"
                data-batch-act="import"
                onClick={() => want.wantImport(answer.batch)}
              >
                {say(TEXTS.importCards)} …
              </button>
            )}
            <RangeActs
              me={me}
              states={Object.keys(answer.counts)}
              want={act => {
                const { firstSerial, lastSerial } = answer
                want.wantOfRange({ act, firstSerial, lastSerial })
              }}
            />
          </span>
        )}
      </header>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer && <Told of={answer} me={me} wantFile={want.wantFile} />}
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

/** Whether another maker's list can be sent for it: planned for that, and none is under way. */
const mayImport = (me: Me, { kind, state, imports }: BatchView): boolean =>
  may(me, 'act.import_cards') &&
  kind === 'imported' &&
  state === 'planned' &&
  imports.every(({ endedAt }) => endedAt !== null)

type ToldProps = { readonly of: BatchView; readonly me: Me } & Pick<BatchProps, 'wantFile'>

function Told({ of, me, wantFile }: ToldProps) {
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
            {countText(of.generated)} = {countText(of.printed - of.spoiled)} +{' '}
            {countText(of.spoiled)}
          </Fact>
        )}
        {recipient && (
          <Fact words={TEXTS.maker}>
            <code class="key">{recipient}</code>
          </Fact>
        )}
        <Fact words={TEXTS.plannedAt}>{timeText(of.madeAt)}</Fact>
      </dl>
      {of.imports.length > 0 && <Imports imports={of.imports} />}
      {of.files.length > 0 && <Files of={of} me={me} wantFile={wantFile} />}
      <History events={of.events} />
    </>
  )
}

/** Before their hand-over was approved, and while the batch is frozen, nobody takes them. */
const KEPT_IN: readonly string[] = ['planned', 'generated', 'frozen']

function Files({ of: { batch, state, files }, me, wantFile }: ToldProps) {
  const mayTake = may(me, 'act.take_print_file') && !KEPT_IN.includes(state)
  return (
    <SimpleTable
      title={TEXTS.files}
      none={TEXTS.noneTitle}
      columns={[
        { words: TEXTS.file, isWord: true },
        { words: TEXTS.count },
        { words: TEXTS.bytes },
        { words: { ja: 'SHA-256', en: 'SHA-256' }, isWord: true },
        { words: TEXTS.act, isWord: true },
      ]}
      rows={files.map(({ name, cards, bytes, sha256 }) => ({
        name,
        cells: [
          name,
          countText(cards),
          countText(bytes),
          <code key="sha256" class="key">
            {sha256}
          </code>,
          mayTake && (
            <button
              type="button"
              class="quiet"
              aria-label={`${say(TEXTS.take)}: ${name}`}
              onClick={() => wantFile({ batch, file: name })}
            >
              {say(TEXTS.take)} …
            </button>
          ),
        ],
      }))}
    />
  )
}

import { useState } from 'preact/hooks'
import { type Approval, mayDecide } from '../approvals/answers.js'
import { countText } from '../parts/amounts.js'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, followLink, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { language, say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import type { Batches } from './answers.js'
import { Batch } from './batch.js'
import { BatchDialog, PlanDialog, type WantedOfBatch } from './batch-dialogs.js'
import { BatchList } from './batches.js'
import { Card } from './card.js'
import { ImportDialog } from './import-dialog.js'
import { LiabilityReport } from './liability.js'
import { RangeDialog, type WantedOfRange } from './range-dialog.js'
import { TakeDialog, type WantedFile } from './take-dialog.js'
import { TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'
import './card-office.css'

/** How often the list of batches is asked for, and what waits for approval, in ms. */
const EVERY_MS = 3_000

/** What somebody wants done. */
type Wanted =
  | { readonly plan: true }
  | { readonly range: WantedOfRange }
  | { readonly batch: WantedOfBatch }
  | { readonly importAs: number }
  | { readonly take: WantedFile }

/** カード業務 (requirements §5.3): batches, one card by its serial number, and what is owed for cards. */
export function CardOfficePage({ me }: PageProps) {
  const { query } = useAddress()
  const [wanted, setWanted] = useState<Wanted>()
  const [version, setVersion] = useState(0)
  const { answer, refusal, again } = useAnswer<Batches>('/api/office/batches', EVERY_MS)
  const liability = query.get('show') === 'liability' && may(me, 'liability.see')
  const serial = query.get('serial')
  const batch = query.get('batch')
  const done = () => {
    setWanted(undefined)
    setVersion(version + 1)
    again()
  }
  const wantOfRange = (range: WantedOfRange) => setWanted({ range })
  return (
    <>
      <Choice
        me={me}
        liability={liability}
        serial={serial ?? ''}
        plan={() => setWanted({ plan: true })}
      />
      <Waits me={me} version={version} />
      {liability && <LiabilityReport on={query.get('on')} now={me.now} />}
      {!liability && serial && (
        <Card serial={serial} me={me} version={version} want={wantOfRange} />
      )}
      {!liability && !serial && batch && (
        <Batch
          batch={batch}
          me={me}
          version={version}
          wantOfRange={wantOfRange}
          wantOfBatch={of => setWanted({ batch: of })}
          wantImport={of => setWanted({ importAs: of })}
          wantFile={file => setWanted({ take: file })}
        />
      )}
      {!liability && !serial && !batch && (
        <>
          {refusal && <Failure refusal={refusal} again={again} />}
          {!answer && !refusal && <Waiting />}
          {answer && <BatchList batches={answer.batches} />}
        </>
      )}
      {wanted && 'plan' in wanted && <PlanDialog done={done} />}
      {wanted && 'range' in wanted && <RangeDialog {...wanted.range} done={done} />}
      {wanted && 'importAs' in wanted && <ImportDialog batch={wanted.importAs} done={done} />}
      {wanted && 'take' in wanted && <TakeDialog {...wanted.take} done={done} />}
      {wanted && 'batch' in wanted && (
        <BatchDialog {...wanted.batch} cardMakerKey={answer?.cardMakerKey ?? null} done={done} />
      )}
    </>
  )
}

interface ChoiceProps {
  readonly me: Me
  readonly liability: boolean
  readonly serial: string
  readonly plan: () => void
}

/** What of the card office is looked at. */
function Choice({ me, liability, serial, plan }: ChoiceProps) {
  const look = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const said = `${new FormData(event.currentTarget).get('serial') ?? ''}`.trim().toUpperCase()
    choose({ serial: said === '' ? undefined : said, batch: undefined, show: undefined })
  }
  return (
    <form class="choice" onSubmit={look}>
      {may(me, 'liability.see') && (
        <fieldset class="tabs" aria-label={say(TEXTS.which)}>
          {[false, true].map(of => (
            <button
              key={`${of}`}
              type="button"
              aria-pressed={liability === of}
              onClick={() =>
                choose({ show: of ? 'liability' : undefined, batch: undefined, serial: undefined })
              }
            >
              {say(of ? TEXTS.liability : TEXTS.batches)}
            </button>
          ))}
        </fieldset>
      )}
      <label class="field">
        <span class="name">{say(TEXTS.find)}</span>
        <input
          name="serial"
          type="search"
          size={14}
          maxLength={12}
          key={serial}
          defaultValue={serial}
          placeholder="MCA000000001"
        />
      </label>
      <button type="submit">{say(TEXTS.show)}</button>
      {!liability && (
        <a id="csv" class="button" href={`/batches.csv?language=${language()}`} download>
          {say(TEXTS.csv)}
        </a>
      )}
      {may(me, 'act.plan_batch') && (
        <button type="button" class="primary last" onClick={plan}>
          {say(TEXTS.newBatch)} …
        </button>
      )}
    </form>
  )
}

/** How many acts wait for who looks, where there are any. */
function Waits({ me, version }: { me: Me; version: number }) {
  const { answer } = useAnswer<{ approvals: readonly Approval[] }>(
    `/api/office/approvals?all=false&at=${version}`,
    EVERY_MS,
  )
  const mine = answer?.approvals.filter(on => mayDecide(on, me)) ?? []
  if (mine.length === 0) return undefined
  return (
    <p class="waits" role="status">
      {say(TEXTS.waitsForYou)}: <b>{countText(mine.length)}</b>
      <a href="/approvals" onClick={followLink}>
        {say(TEXTS.toApprovals)}
      </a>
    </p>
  )
}

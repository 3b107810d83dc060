import { useState } from 'preact/hooks'
import { timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { performAct, ReasonDialog } from '../parts/reason-dialog.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import type { Locks } from './answers.js'
import { LockHistory } from './history.js'
import { LockedCards, LockedHandsets } from './lists.js'
import { brakeText, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import './locks.css'

/** How often what is locked is asked for, in ms. */
const EVERY_MS = 3_000

/** What somebody wants released: numbers, or serial numbers. */
type Released = { readonly msisdns: readonly string[] } | { readonly serials: readonly string[] }

/** 操作規制: what may not charge, why, and its release (S-11). */
export function LocksPage({ me }: PageProps) {
  const { query } = useAddress()
  const { answer, refusal, again } = useAnswer<Locks>('/api/office/locks', EVERY_MS)
  const [released, setReleased] = useState<Released>()
  const of = query.get('of')
  return (
    <>
      <Find of={of ?? ''} />
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer?.brake && <BrakeLine {...answer.brake} />}
      {of && <LockHistory of={of} me={me} version={answer} release={one => setReleased(one)} />}
      {answer && <Lists locks={answer} me={me} release={setReleased} />}
      {released && (
        <Release
          released={released}
          done={() => {
            setReleased(undefined)
            again()
          }}
        />
      )}
    </>
  )
}

function Find({ of }: { of: string }) {
  return (
    <form
      class="choice"
      onSubmit={event => {
        event.preventDefault()
        if (!(event.currentTarget instanceof HTMLFormElement)) return
        const said = `${new FormData(event.currentTarget).get('of') ?? ''}`.trim().toUpperCase()
        choose({ of: said === '' ? undefined : said })
      }}
    >
      <label class="field">
        <span class="name">{say(TEXTS.find)}</span>
        <input name="of" type="search" size={16} maxLength={16} key={of} defaultValue={of} />
      </label>
      <button type="submit" class="primary">
        {say(TEXTS.show)}
      </button>
    </form>
  )
}

const BrakeLine = ({ beganAt, until, wrong, limit }: NonNullable<Locks['brake']>) => (
  <p class="failure" role="status">
    {say(brakeText(timeText(beganAt), timeText(until), wrong, limit - 1))}
  </p>
)

interface ListsProps {
  readonly locks: Locks
  readonly me: Me
  readonly release: (released: Released) => void
}

function Lists({ locks: { handsets, cards }, me, release }: ListsProps) {
  if (handsets.length === 0 && cards.length === 0) return <Empty title={TEXTS.noneTitle} />
  return (
    <>
      {handsets.length > 0 && (
        <LockedHandsets
          handsets={handsets}
          mayOne={may(me, 'act.unlock_handset')}
          maySeveral={may(me, 'act.unlock_handsets')}
          release={msisdns => release({ msisdns })}
        />
      )}
      {cards.length > 0 && (
        <LockedCards
          cards={cards}
          mayOne={may(me, 'act.unlock_card')}
          maySeveral={may(me, 'act.unlock_cards')}
          release={serials => release({ serials })}
        />
      )}
    </>
  )
}

/** The act that releases these (docs/office.md). */
function actOf(released: Released): ReturnType<typeof performAct> {
  if ('msisdns' in released) {
    const [msisdn, ...others] = released.msisdns
    return others.length > 0
      ? performAct('unlock_handsets', released)
      : performAct('unlock_handset', { msisdn })
  }
  const [serial, ...others] = released.serials
  return others.length > 0
    ? performAct('unlock_cards', released)
    : performAct('unlock_card', { serial })
}

function Release({ released, done }: { released: Released; done: () => void }) {
  const ofHandsets = 'msisdns' in released
  const names = ofHandsets ? released.msisdns : released.serials
  return (
    <ReasonDialog title={TEXTS.unlock} confirm={TEXTS.unlock} perform={actOf(released)} done={done}>
      <p class="names">{names.join('  ')}</p>
      <p>{say(ofHandsets ? TEXTS.effectHandset : TEXTS.effectCard)}</p>
    </ReasonDialog>
  )
}

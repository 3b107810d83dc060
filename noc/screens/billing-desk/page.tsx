import { useState } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import type { Me } from '../shell/me.js'
import { Customer } from './customer.js'
import { type Deed, DeedDialog } from './deed-dialog.js'
import { ErrorBin } from './errors.js'
import { ExchangeView } from './exchange.js'
import { Journals } from './journal.js'
import { MonthRun } from './months.js'
import { TABS, type Tab, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'
import './billing-desk.css'

/** What the parts of the desk are given in which something is done. */
export interface DeskPartProps {
  readonly me: Me
  /** Asked for anew when this is another. */
  readonly version: number
  readonly want: (deed: Deed) => void
}

const NAMES = Object.keys(TABS) as readonly Tab[]

/** 料金業務: MB's terminal. A customer, the error bin, the exchange with CRS, the month run, the journal. */
export function BillingDeskPage({ me }: PageProps) {
  const { query } = useAddress()
  const [deed, setDeed] = useState<Deed>()
  const [told, setTold] = useState<Text>()
  const [version, setVersion] = useState(0)
  const tab = NAMES.find(name => name === query.get('show')) ?? 'customer'
  const props: DeskPartProps = {
    me,
    version,
    want(wanted) {
      setTold(undefined)
      setDeed(wanted)
    },
  }
  const done = () => {
    setDeed(undefined)
    setVersion(version + 1)
  }
  return (
    <>
      <Choice tab={tab} of={query.get('of') ?? ''} turned={() => setTold(undefined)} />
      {told && (
        <p class="told" role="status">
          {say(told)}
        </p>
      )}
      {tab === 'customer' && <Customer of={query.get('of')} month={query.get('month')} />}
      {tab === 'errors' && <ErrorBin {...props} />}
      {tab === 'exchange' && <ExchangeView {...props} />}
      {tab === 'months' && <MonthRun {...props} month={query.get('month')} now={me.now} />}
      {tab === 'journal' && <Journals number={query.get('number')} />}
      {deed && <DeedDialog deed={deed} told={setTold} done={done} />}
    </>
  )
}

function Choice({ tab, of, turned }: { tab: Tab; of: string; turned: () => void }) {
  const look = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const said = `${new FormData(event.currentTarget).get('of') ?? ''}`.trim()
    choose({ of: said === '' ? undefined : said, month: undefined })
  }
  return (
    <form class="choice" onSubmit={look}>
      <fieldset class="tabs" aria-label={say(TEXTS.which)}>
        {NAMES.map(name => (
          <button
            key={name}
            type="button"
            aria-pressed={tab === name}
            data-tab={name}
            onClick={() => {
              turned()
              choose({ show: name === 'customer' ? undefined : name, number: undefined })
            }}
          >
            {say(TABS[name])}
          </button>
        ))}
      </fieldset>
      {tab === 'customer' && (
        <>
          <label class="field">
            <span class="name">{say(TEXTS.find)}</span>
            <input name="of" type="search" size={16} maxLength={32} key={of} defaultValue={of} />
          </label>
          <button type="submit" class="primary">
            {say(TEXTS.show)}
          </button>
        </>
      )}
    </form>
  )
}

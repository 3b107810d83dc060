import { useState } from 'preact/hooks'
import { Failure, Waiting } from '../parts/notices.js'
import { performAct, ReasonDialog } from '../parts/reason-dialog.js'
import { useAnswer } from '../parts/use-answer.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import { TEXTS } from './texts.js'
import '../parts/table.css'

/** How often the services are asked for, in ms. */
const EVERY_MS = 3_000

/** A service of the MCSCP (`GET /api/office/services`). */
interface Service {
  readonly service: string
  readonly stopped: boolean
  readonly stoppedBySettings: boolean
  /** Where its new calls go, `host:port`. */
  readonly media: string
}

/** What somebody wants done to a service. */
interface Wanted {
  readonly act: 'stop' | 'start' | 'switchOver'
  readonly of: Service
}

/** What is offered, to whom, and when: of a service that is stopped, that is not, or either way. */
const OFFERED = [
  { act: 'start', by: 'act.start_service', when: true },
  { act: 'stop', by: 'act.stop_service', when: false },
  { act: 'switchOver', by: 'act.switch_service', when: undefined },
] as const

/** サービス停止・切替・開始 (M-06): whether each takes new calls, and where those go. */
export function ServicesPage({ me }: PageProps) {
  const { answer, refusal, again } = useAnswer<{ services: readonly Service[] }>(
    '/api/office/services',
    EVERY_MS,
  )
  const [wanted, setWanted] = useState<Wanted>()
  const done = () => {
    setWanted(undefined)
    again()
  }
  return (
    <>
      {refusal && <Failure refusal={refusal} again={again} />}
      {!answer && !refusal && <Waiting />}
      {answer && <List services={answer.services} me={me} want={setWanted} />}
      {wanted && wanted.act !== 'switchOver' && <StopOrStart {...wanted} done={done} />}
      {wanted?.act === 'switchOver' && <SwitchOver of={wanted.of} done={done} />}
    </>
  )
}

interface ListProps {
  readonly services: readonly Service[]
  readonly me: Me
  readonly want: (wanted: Wanted) => void
}

const List = ({ services, me, want }: ListProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
  <section class="table" tabIndex={0} aria-label={say(TEXTS.list)}>
    <table>
      <thead>
        <tr>
          <th class="word">{say(TEXTS.service)}</th>
          <th class="word">{say(TEXTS.state)}</th>
          <th class="word">{say(TEXTS.media)}</th>
          <th class="word" />
        </tr>
      </thead>
      <tbody>
        {services.map(of => (
          <tr key={of.service} data-name={of.service} data-stopped={of.stopped}>
            <td class="word">{of.service}</td>
            <td class="word">
              <span class="state" data-state={of.stopped ? 'lost' : 'live'}>
                {say(of.stopped ? TEXTS.stopped : TEXTS.running)}
              </span>
              {of.stoppedBySettings && <span class="by"> {say(TEXTS.bySettings)}</span>}
            </td>
            <td class="word">{of.media}</td>
            <td class="word">
              <span class="acts">
                {OFFERED.filter(
                  ({ by, when }) => may(me, by) && (when === undefined || when === of.stopped),
                ).map(({ act }) => (
                  <button key={act} type="button" class="quiet" onClick={() => want({ act, of })}>
                    {say(TEXTS[act])}
                  </button>
                ))}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

function StopOrStart({ act, of: { service }, done }: Wanted & { readonly done: () => void }) {
  const stops = act === 'stop'
  const words = stops ? TEXTS.stop : TEXTS.start
  const perform = performAct(stops ? 'stop_service' : 'start_service', { service })
  return (
    <ReasonDialog title={words} confirm={words} perform={perform} done={done}>
      <p class="names">{service}</p>
      <p>{say(stops ? TEXTS.stopEffect : TEXTS.startEffect)}</p>
    </ReasonDialog>
  )
}

function SwitchOver({ of: { service, media }, done }: { of: Service; done: () => void }) {
  const [to, setTo] = useState('')
  const perform = performAct('switch_service', { service, ...(to === '' ? {} : { media: to }) })
  return (
    <ReasonDialog title={TEXTS.switchOver} confirm={TEXTS.switchOver} perform={perform} done={done}>
      <p class="names">{service}</p>
      <p>{say(TEXTS.switchEffect)}</p>
      <label>
        <span>{say(TEXTS.switchTo)}</span>
        <input
          name="media"
          value={to}
          placeholder={media}
          maxLength={128}
          onInput={({ currentTarget }) => setTo(currentTarget.value.trim())}
        />
      </label>
    </ReasonDialog>
  )
}

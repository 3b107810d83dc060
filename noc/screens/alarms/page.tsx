import { useState } from 'preact/hooks'
import { ask, Refusal } from '../parts/ask.js'
import { timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, useAddress } from '../shell/address.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import type { Alarm, AlarmHistory, AlarmLine, StandingAlarms } from './answers.js'
import { NoteForm } from './note-form.js'
import { SoundChoice } from './sound.js'
import { SEVERITY_TEXTS, storm, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import './alarms.css'

/** How often the list is asked for, in ms. */
const EVERY_MS = 2_000

/** 警報: those that stand, or those that are over. */
export function AlarmsPage({ me }: PageProps) {
  const { query } = useAddress()
  const over = query.get('show') === 'over'
  return (
    <>
      <form class="choice" onSubmit={event => event.preventDefault()}>
        <fieldset class="tabs" aria-label={say(TEXTS.which)}>
          {[false, true].map(history => (
            <button
              key={`${history}`}
              type="button"
              aria-pressed={over === history}
              onClick={() => choose({ show: history ? 'over' : undefined, before: undefined })}
            >
              {say(history ? TEXTS.over : TEXTS.standing)}
            </button>
          ))}
        </fieldset>
        <SoundChoice />
      </form>
      {over ? (
        <Over before={query.get('before')} />
      ) : (
        <Standing mayAct={may(me, 'alarms.acknowledge')} />
      )}
    </>
  )
}

function Standing({ mayAct }: { mayAct: boolean }) {
  const { answer, refusal, again } = useAnswer<StandingAlarms>('/api/alarms', EVERY_MS)
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  return (
    <>
      {refusal && <Failure refusal={refusal} again={again} />}
      {answer.lines.length === 0 ? (
        <Empty title={TEXTS.noneTitle}>
          <p>{say(TEXTS.noneText)}</p>
        </Empty>
      ) : (
        <AlarmTable>
          {answer.lines.map(line => (
            <Line
              key={`${line.alarms.at(-1)?.alarm}`}
              line={line}
              mayAct={mayAct}
              changed={again}
            />
          ))}
        </AlarmTable>
      )}
    </>
  )
}

function Over({ before }: { before: string | null }) {
  const from = before === null ? '' : `?before=${encodeURIComponent(before)}`
  const { answer, refusal, again } = useAnswer<AlarmHistory>(`/api/alarms/history${from}`)
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  if (answer.alarms.length === 0) return <Empty title={TEXTS.noneOverTitle} />
  const { next } = answer
  return (
    <>
      <AlarmTable>
        {answer.alarms.map(alarm => (
          <Line
            key={`${alarm.alarm}`}
            line={{ ...alarm, alarms: [alarm] }}
            mayAct={false}
            changed={again}
          />
        ))}
      </AlarmTable>
      {next !== undefined && (
        <p>
          <button type="button" onClick={() => choose({ before: `${next}` })}>
            {say(TEXTS.more)}
          </button>
        </p>
      )}
    </>
  )
}

function AlarmTable({ children }: { children: preact.ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <section class="table" tabIndex={0} aria-label={say(TEXTS.standing)}>
      <table class="alarms">
        <thead>
          <tr>
            <th class="word">{say(TEXTS.severity)}</th>
            <th class="word">{say(TEXTS.raised)}</th>
            <th class="word">{say(TEXTS.program)}</th>
            <th class="word">{say(TEXTS.about)}</th>
            <th>{say(TEXTS.count)}</th>
            <th class="word">{say(TEXTS.seen)}</th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}

interface LineProps {
  readonly line: AlarmLine
  readonly mayAct: boolean
  /** Called when the line is another now. */
  readonly changed: () => void
}

function Line({ line: { severity, code, alarms, count }, mayAct, changed }: LineProps) {
  const [newest] = alarms
  const oldest = alarms.at(-1) ?? newest
  return (
    <tr data-alarm={newest.alarm}>
      <td class="word">
        <span class="severity" data-severity={severity}>
          {say(SEVERITY_TEXTS[severity])}
        </span>
      </td>
      <td class="word">
        <time>{timeText(oldest.raisedAt)}</time>
        {newest.clearedAt !== undefined && (
          <div class="by">
            {say(TEXTS.cleared)} {timeText(newest.clearedAt)}
          </div>
        )}
      </td>
      <td class="word">{newest.program}</td>
      <td class="word long">
        <b>{code}</b> {alarms.length > 1 ? say(storm(alarms.length)) : aboutText(newest)}
        {alarms.length > 1 && (
          <details>
            <summary>{say(TEXTS.each)}</summary>
            <ul>
              {alarms.map(alarm => (
                <li key={alarm.alarm}>
                  <time>{timeText(alarm.raisedAt)}</time> {aboutText(alarm)}
                </li>
              ))}
            </ul>
          </details>
        )}
        {alarms
          .flatMap(one => one.notes)
          .map(({ at, account, text }) => (
            <div class="by" key={`${at} ${account}`}>
              {timeText(at)} {account}: {text}
            </div>
          ))}
      </td>
      <td>{count.toLocaleString('en')}</td>
      <td class="word">
        <Seen alarms={alarms} mayAct={mayAct} changed={changed} />
      </td>
    </tr>
  )
}

/** What tells one alarm of a code from another, and what its program says of the cause. */
const aboutText = ({ subject, facts }: Alarm): string =>
  [subject, typeof facts.why === 'string' ? facts.why : ''].filter(part => part !== '').join(' – ')

type SeenProps = Pick<LineProps, 'mayAct' | 'changed'> & { readonly alarms: readonly Alarm[] }

/** Who saw it; or what there is to do. */
function Seen({ alarms, mayAct, changed }: SeenProps) {
  const [writing, setWriting] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const unseen = alarms.filter(({ acknowledged }) => !acknowledged)
  const seen = alarms.find(({ acknowledged }) => acknowledged)?.acknowledged
  const act = async (what: () => Promise<unknown>) => {
    setRefusal(undefined)
    try {
      await what()
      setWriting(false)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setRefusal(error)
    }
    changed()
  }
  const acknowledge = () =>
    act(async () => {
      for (const { alarm } of unseen) await ask(`/api/alarms/${alarm}/acknowledge`, {})
    })
  const note = (text: string) => act(() => ask(`/api/alarms/${alarms[0]?.alarm}/notes`, { text }))
  return (
    <>
      {unseen.length === 0 && seen && (
        <span>
          {seen.by} <span class="by">{timeText(seen.at)}</span>
        </span>
      )}
      {mayAct && !writing && (
        <span class="acts">
          {unseen.length > 0 && (
            <button type="button" class="quiet" onClick={acknowledge}>
              {say(unseen.length > 1 ? TEXTS.acknowledgeAll : TEXTS.acknowledge)}
            </button>
          )}
          <button type="button" class="quiet" onClick={() => setWriting(true)}>
            {say(TEXTS.addNote)}
          </button>
        </span>
      )}
      {writing && <NoteForm save={note} cancel={() => setWriting(false)} />}
      {refusal && <Failure refusal={refusal} />}
    </>
  )
}

import { useEffect, useRef, useState } from 'preact/hooks'
import { CALL_PARTIES } from '../../../domain/call-note.js'
import { CHARGE_LADDER } from '../../../domain/charge-ladder.js'
import type { CallLadder, LadderLine } from '../../calls/messages.js'
import { momentText } from '../parts/moment.js'
import { Empty, Waiting } from '../parts/notices.js'
import { choose, followLink } from '../shell/address.js'
import { language, say } from '../shell/language.js'
import { PARTY_NAMES, TEXTS } from './texts.js'

/** How near to its end a list must stand to follow what is added, in px. */
const NEAR_PX = 40

/** All that passed in one call, with its heading. */
export function Ladder({ ladder }: { ladder: CallLadder | null | undefined }) {
  if (ladder === undefined) return <Waiting />
  if (ladder === null) {
    return (
      <Empty title={TEXTS.gone}>
        <p>{say(TEXTS.goneText)}</p>
        <p>
          <button type="button" onClick={() => choose({ call: undefined })}>
            {say(TEXTS.close)}
          </button>
        </p>
      </Empty>
    )
  }
  const { row, callId, lines } = ladder
  return (
    <>
      <header>
        <h2>
          {say(TEXTS.ladder)} <span>{row.caller ?? say(TEXTS.unknownCaller)}</span>
        </h2>
        <p class="whether">{say(row.endedAt === undefined ? TEXTS.goesOn : TEXTS.over)}</p>
        {callId !== undefined && (
          <a
            class="button"
            href={`/entries?call=${encodeURIComponent(callId)}`}
            onClick={followLink}
          >
            {say(TEXTS.entries)}
          </a>
        )}
        <button type="button" onClick={() => choose({ call: undefined })}>
          {say(TEXTS.close)}
        </button>
      </header>
      <LadderLines lines={lines} />
    </>
  )
}

/** All that passed in one call, in its order; it follows what comes while its end is in sight. */
export function LadderLines({ lines }: { lines: readonly LadderLine[] }) {
  const place = useRef<HTMLElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    if (follows.current) place.current?.scrollTo({ top: place.current.scrollHeight })
  }, [lines.length])
  return (
    <section
      ref={place}
      class="ladder"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
      tabIndex={0}
      aria-label={say(TEXTS.ladder)}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX
      }}
    >
      <div class="lanes" aria-hidden="true">
        <span />
        {CALL_PARTIES.map(party => (
          <span key={party}>{say(PARTY_NAMES[party])}</span>
        ))}
      </div>
      <ol>
        {named(lines).map(([name, line]) => (
          <Line key={name} line={line} />
        ))}
      </ol>
    </section>
  )
}

/** Each line with a name that it keeps when another one comes before it. */
function named(lines: readonly LadderLine[]): (readonly [name: string, line: LadderLine])[] {
  const seen = new Map<string, number>()
  return lines.map(line => {
    const { at, way, from, to, what, step } = line
    const name = [at, way, from, to, what, step].join(' ')
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return [`${name} ${before}`, line] as const
  })
}

function Line({ line }: { line: LadderLine }) {
  const [open, setOpen] = useState(false)
  const { at, way, from, to, what, step, text, says } = line
  const time = <time>{momentText(at)}</time>
  if (step !== undefined) {
    const known = CHARGE_LADDER[step - 1]
    return (
      <li class="taken" data-step={step}>
        {time}
        <p>
          <b>{known?.mark}</b> {known?.[language()]} <span class="between">{known?.between}</span>
        </p>
      </li>
    )
  }
  const ends = `${say(PARTY_NAMES[from])} → ${say(PARTY_NAMES[to])}`
  const places = placesOf(line)
  return (
    <li data-way={way} title={says === undefined ? ends : `${ends}\n${says}`}>
      {time}
      <p class="what" data-side={places.side} style={{ gridColumn: places.what }}>
        {text === undefined ? (
          what
        ) : (
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {what}
          </button>
        )}
        <span class="ends">
          {ends} {says}
        </span>
      </p>
      <div
        class="arrow"
        data-to={places.to}
        style={{ gridColumn: places.arrow }}
        aria-hidden="true"
      />
      {open && <pre>{text}</pre>}
    </li>
  )
}

/** About so many characters fit above an arrow from one lane to the next. */
const LANE_CHARACTERS = 13

/**
 * Columns of a line's arrow, from the middle of one lane to that of another, each lane being two columns
 * wide; and of what is said: above the arrow where it fits, else from one of its ends on.
 */
function placesOf({ from, to, what }: LadderLine) {
  const [start, end] = [CALL_PARTIES.indexOf(from), CALL_PARTIES.indexOf(to)]
  const [left, right] = start < end ? [start, end] : [end, start]
  const arrow = `${2 * left + 3} / ${2 * right + 3}`
  const direction = start < end ? 'right' : 'left'
  if (what.length <= LANE_CHARACTERS * (right - left)) {
    return { arrow, to: direction, what: arrow, side: 'middle' }
  }
  return left < CALL_PARTIES.length / 2
    ? { arrow, to: direction, what: `${2 * left + 3} / -1`, side: 'start' }
    : { arrow, to: direction, what: `2 / ${2 * right + 3}`, side: 'end' }
}

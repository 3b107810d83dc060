import {
  CALL_OUTCOMES,
  type CallOutcome,
  type GeneratorState,
  LEFT_OUT_REASONS,
} from '../../../domain/generated-traffic.js'
import { PAGES, type Page, type PageName } from '../../pages.js'
import { spanText } from '../calls/texts.js'
import { cardsText, countText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { Empty } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { followLink } from '../shell/address.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import { LEFT_OUT, OUTCOMES, TEXTS } from './texts.js'

/** What a network answers that let nobody charge. */
const REFUSALS: readonly CallOutcome[] = ['card_refused', 'locked', 'over_cap', 'try_later']

/** Where what is generated is seen. */
const EFFECTS: readonly PageName[] = ['now', 'traffic', 'entries', 'locks', 'alarms']

/** How a run goes: its figures, what its calls came to, and where to look at them. */
export function RunShown({ state, me }: { state: GeneratorState; me: Me }) {
  if (state.phase === 'idle') {
    return (
      <Empty title={TEXTS.neverTitle}>
        <p>{say(TEXTS.neverText)}</p>
      </Empty>
    )
  }
  return (
    <>
      <Figures state={state} />
      {state.trouble !== undefined && (
        <p class="failure" role="alert">
          {state.trouble}
        </p>
      )}
      <Outcomes state={state} />
      <nav class="effects" aria-label={say(TEXTS.effects)}>
        <span class="name">{say(TEXTS.effects)}</span>
        {EFFECTS.map((name): Page => PAGES[name])
          .filter(({ by }) => may(me, ...by))
          .map(({ path, title }) => (
            <a key={path} class="button" href={path} onClick={followLink}>
              {say(title)}
            </a>
          ))}
      </nav>
    </>
  )
}

function Figures({ state }: { state: GeneratorState }) {
  const { order, by, elapsedMs, offered, answered, inProgress, outcomes, cardsReady } = state
  const refused = REFUSALS.reduce((sum, name) => sum + outcomes[name], 0)
  const leftMs = state.phase === 'running' && order ? order.seconds * 1_000 - elapsedMs : 0
  return (
    <dl class="facts run-figures">
      <Figure name="offered" count={offered} />
      <Figure name="answered" count={answered} />
      <Figure name="inProgress" count={inProgress} />
      <Figure name="charged" count={outcomes.charged} />
      <Figure name="refused" count={refused} />
      <Fact words={TEXTS.elapsed}>{spanText(elapsedMs)}</Fact>
      <Fact words={TEXTS.left}>{spanText(leftMs)}</Fact>
      <Fact words={TEXTS.cardsReady}>{cardsText(cardsReady)}</Fact>
      <Fact words={TEXTS.by}>{by}</Fact>
    </dl>
  )
}

interface FigureProps {
  readonly name: 'offered' | 'answered' | 'inProgress' | 'charged' | 'refused'
  readonly count: number
}

const Figure = ({ name, count }: FigureProps) => (
  <div data-figure={name}>
    <dt>{say(TEXTS[name])}</dt>
    <dd class="large">{countText(count)}</dd>
  </div>
)

/** Results that came, the commonest first, and calls that were not made. */
function Outcomes({ state: { outcomes, leftOut } }: { state: GeneratorState }) {
  const whole = CALL_OUTCOMES.reduce((sum, name) => sum + outcomes[name], 0)
  const ended = CALL_OUTCOMES.filter(name => outcomes[name] > 0)
    .sort((one, other) => outcomes[other] - outcomes[one])
    .map(name => ({
      name,
      cells: [say(OUTCOMES[name]), countText(outcomes[name]), shareText(outcomes[name] / whole)],
    }))
  const notMade = LEFT_OUT_REASONS.filter(name => leftOut[name] > 0).map(name => ({
    name,
    cells: [say(LEFT_OUT[name]), countText(leftOut[name]), ''],
  }))
  return (
    <SimpleTable
      title={TEXTS.outcomes}
      none={TEXTS.none}
      columns={[
        { words: TEXTS.outcome, isWord: true },
        { words: TEXTS.calls },
        { words: TEXTS.share },
      ]}
      rows={[...ended, ...notMade]}
    />
  )
}

const shareText = (share: number): string => `${(share * 100).toFixed(1)} %`

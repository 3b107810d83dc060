import { countText, yenText } from '../parts/amounts.js'
import { say } from '../shell/language.js'
import type { Contract } from './answers.js'
import { type MonthFigures, type MonthsOfContract, monthsOf } from './month-figures.js'
import { TEXTS } from './texts.js'

/** Measures of the picture, in its own units: a month that was, one to come, a bar, and heights. */
const STEP = 72
const AHEAD_STEP = 18
const BAR = 15
const TOP = 14
const HEIGHT = 140
const LABELS = 34

const SERIES = ['registered', 'applied', 'lost'] as const

/** 残高と適用有効期間: what each month brought and took, what was left, and until when that is applied. */
export function MonthPicture({ contract }: { contract: Contract }) {
  const of = monthsOf(contract)
  if (of.months.length === 0) return undefined
  const names = [...SERIES, 'left', 'valid'] as const
  return (
    <figure class="months">
      <figcaption>
        <b>{say(TEXTS.picture)}</b>
        {names.map(name => (
          <span key={name} class={`key-of ${name}`}>
            {say(TEXTS[name])}
          </span>
        ))}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1) */}
      <section class="scroll" tabIndex={0} aria-label={say(TEXTS.picture)}>
        <Drawn {...of} />
      </section>
    </figure>
  )
}

function Drawn({ months, ahead, validTo }: MonthsOfContract) {
  const most = Math.max(
    1,
    ...months.flatMap(({ registered, applied, lost, left }) => [registered, applied, lost, left]),
  )
  const y = (amount: number) => TOP + (1 - amount / most) * (HEIGHT - TOP)
  const past = months.length * STEP
  const width = past + ahead * AHEAD_STEP + (ahead > 0 ? STEP / 2 : 0)
  const at = (place: number) => place * STEP + STEP / 2
  const line = months.map(({ left }, place) => `${place === 0 ? 'M' : 'L'}${at(place)} ${y(left)}`)
  const now = y(months.at(-1)?.left ?? 0)
  const told = months.map(({ month, left }) => `${month}: ${say(TEXTS.left)} ${countText(left)}`)
  return (
    <svg
      width={width}
      height={HEIGHT + LABELS}
      viewBox={`0 0 ${width} ${HEIGHT + LABELS}`}
      role="img"
      aria-label={told.join(', ')}
    >
      {ahead > 0 && (
        <g class="ahead">
          <rect class="valid" x={past} y="0" width={ahead * AHEAD_STEP} height={HEIGHT} />
          <path class="left" d={`M${at(months.length - 1)} ${now}H${past + ahead * AHEAD_STEP}`} />
          <text x={past + ahead * AHEAD_STEP - STEP / 2} y={HEIGHT + 14}>
            {say(TEXTS.until)} {validTo}
          </text>
        </g>
      )}
      {months.map((one, place) => (
        <Month key={one.month} of={one} x={place * STEP} y={y} />
      ))}
      <line class="ground" x1="0" x2={width} y1={HEIGHT} y2={HEIGHT} />
      <path class="left" d={line.join('')} />
      {months.map(({ month, left }, place) => (
        <circle key={month} class="left" cx={at(place)} cy={y(left)} r="3" />
      ))}
    </svg>
  )
}

/** The bars of a month, its name, and what was left at its end. */
const Month = ({ of, x, y }: { of: MonthFigures; x: number; y: (amount: number) => number }) => (
  <g transform={`translate(${x} 0)`}>
    {of.valid && <rect class="valid" x="0" y="0" width={STEP} height={HEIGHT} />}
    {SERIES.map((name, place) => (
      <rect
        key={name}
        class={name}
        x={(STEP - SERIES.length * BAR) / 2 + place * BAR}
        y={y(of[name])}
        width={BAR - 1}
        height={HEIGHT - y(of[name])}
      >
        <title>{`${of.month} ${say(TEXTS[name])} ${yenText(of[name])}`}</title>
      </rect>
    ))}
    <text x={STEP / 2} y={HEIGHT + 14}>
      {of.month}
    </text>
    <text class="left" x={STEP / 2} y={HEIGHT + 29}>
      {countText(of.left)}
    </text>
  </g>
)

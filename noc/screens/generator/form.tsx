import { useState } from 'preact/hooks'
import {
  CALLER_KINDS,
  GENERATOR_LIMITS,
  type GeneratorFaults,
  type GeneratorOrder,
  HANG_UP_POINTS,
} from '../../../domain/generated-traffic.js'
import type { Text } from '../../traffic/columns.js'
import { say } from '../shell/language.js'
import { EXAMPLES, ORDINARY } from './examples.js'
import { CALLERS, POINTS, TEXTS } from './texts.js'

interface FormProps {
  /** The order to begin with: that of the run that goes on. */
  readonly order: GeneratorOrder | undefined
  /** Whether calls may begin now. */
  readonly ready: boolean
  readonly start: (order: GeneratorOrder) => void
}

const FAULTS: readonly (keyof GeneratorFaults)[] = [
  'rtpLossPercent',
  'earlyHangUpPercent',
  'guessingPercent',
]

const PER_HOUR = { hour: 1, second: 3_600 } as const
type Unit = keyof typeof PER_HOUR

/** What is to call: rate, time, mix and faults. */
export function OrderForm({ order: going, ready, start }: FormProps) {
  const [order, setOrder] = useState(going ?? ORDINARY)
  const [unit, setUnit] = useState<Unit>('hour')
  const { mix, faults } = order
  const change = (part: Partial<GeneratorOrder>) => setOrder(before => ({ ...before, ...part }))
  const { callsPerHour, seconds, weight, percent, rtpLossPercent } = GENERATOR_LIMITS
  return (
    <form
      class="generator-order"
      onSubmit={event => {
        event.preventDefault()
        start(order)
      }}
    >
      <fieldset class="examples" aria-label={say(TEXTS.examples)}>
        <span class="name">{say(TEXTS.examples)}</span>
        {EXAMPLES.map(one => (
          <button
            type="button"
            key={one.name}
            data-example={one.name}
            onClick={() => setOrder(one.order)}
          >
            {say(one.words)}
          </button>
        ))}
      </fieldset>
      <div class="pair">
        <NumberField
          name="rate"
          words={TEXTS.rate}
          min={unit === 'hour' ? callsPerHour.min : 0.01}
          max={callsPerHour.max / PER_HOUR[unit]}
          step={unit === 'hour' ? 1 : 0.01}
          value={Math.round((order.callsPerHour / PER_HOUR[unit]) * 100) / 100}
          changed={rate => change({ callsPerHour: Math.round(rate * PER_HOUR[unit]) })}
        />
        <select
          name="unit"
          aria-label={say(TEXTS.every)}
          value={unit}
          onChange={({ currentTarget: { value } }) =>
            setUnit(value === 'second' ? 'second' : 'hour')
          }
        >
          <option value="hour">{say(TEXTS.hour)}</option>
          <option value="second">{say(TEXTS.second)}</option>
        </select>
        <NumberField
          name="minutes"
          words={TEXTS.minutes}
          min={1}
          max={seconds.max / 60}
          value={order.seconds / 60}
          changed={minutes => change({ seconds: minutes * 60 })}
        />
      </div>
      <div class="pair">
        {(['inProgressMax', 'handsets', 'cardYen'] as const).map(name => (
          <NumberField
            key={name}
            name={name}
            words={TEXTS[name]}
            {...GENERATOR_LIMITS[name]}
            value={order[name]}
            changed={value => change({ [name]: value })}
          />
        ))}
      </div>
      <fieldset>
        <legend>{say(TEXTS.mix)}</legend>
        {CALLER_KINDS.map(kind => (
          <NumberField
            key={kind}
            name={kind}
            words={CALLERS[kind]}
            {...weight}
            value={mix[kind]}
            changed={value => change({ mix: { ...mix, [kind]: value } })}
          />
        ))}
        <label>
          <span>{say(TEXTS.hangUpAt)}</span>
          <select
            name="hangUpAt"
            value={order.hangUpAt}
            onChange={({ currentTarget: { value } }) =>
              change({ hangUpAt: HANG_UP_POINTS.find(point => point === value) ?? 'any' })
            }
          >
            {HANG_UP_POINTS.map(point => (
              <option key={point} value={point}>
                {say(POINTS[point])}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      <fieldset>
        <legend>{say(TEXTS.faults)}</legend>
        {FAULTS.map(name => (
          <NumberField
            key={name}
            name={name}
            words={TEXTS[name]}
            {...(name === 'rtpLossPercent' ? rtpLossPercent : percent)}
            value={faults[name]}
            changed={value => change({ faults: { ...faults, [name]: value } })}
          />
        ))}
      </fieldset>
      <button type="submit" class="primary" id="start" disabled={!ready}>
        {say(TEXTS.start)}
      </button>
      <p class="hint">{say(TEXTS.hint)}</p>
    </form>
  )
}

interface NumberFieldProps {
  readonly name: string
  readonly words: Text
  readonly min: number
  readonly max: number
  readonly step?: number
  readonly value: number
  readonly changed: (value: number) => void
}

/** A number between two bounds; the browser keeps a form with another one from being sent. */
const NumberField = ({ name, words, min, max, step = 1, value, changed }: NumberFieldProps) => (
  <label>
    <span>{say(words)}</span>
    <input
      type="number"
      required
      {...{ name, min, max, step }}
      value={Number.isNaN(value) ? '' : value}
      onInput={({ currentTarget }) => changed(currentTarget.valueAsNumber)}
    />
  </label>
)

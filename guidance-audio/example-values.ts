import { epochMs } from '../domain/clock.js'
import type { JstDay } from '../domain/jst.js'
import { yen } from '../domain/yen.js'
import type { Value, ValueKind } from './values.js'

/** The values with which a text is said when the clips of its words are made. */
// biome-ignore format: table
const EXAMPLES: { [Kind in ValueKind]: Extract<Value, { kind: Kind }> } = {
  yen:    { kind: 'yen', value: yen(3000) },
  units:  { kind: 'units', value: 300 },
  digits: { kind: 'digits', value: 14 },
  tries:  { kind: 'tries', value: 2 },
  cards:  { kind: 'cards', value: 10 },
  day:    { kind: 'day', value: '2000-12-13' as JstDay },
  date:   { kind: 'date', value: '2002-12-31' as JstDay },
  moment: { kind: 'moment', value: epochMs(Date.parse('2000-12-13T10:14:00+09:00')) },
}

export const exampleOf = (kind: ValueKind): Value => EXAMPLES[kind]

import { type Yen, yen } from '../../domain/yen.js'
import { readTableText, type TableReading } from './table-text.js'

/** カード登録金額単位: a face value on sale, with the designs it is printed in (requirement S-19). */
export interface Denomination {
  readonly faceValue: Yen
  /** Absent: any design. */
  readonly designs: readonly string[] | undefined
}

/** The face values on sale, smallest first; never none. */
export type Denominations = readonly Denomination[]

const COLUMNS = ['face_value_yen', 'design'] as const

/** A whole ten of 1 to 6 digits, so that any card is whole units (requirement S-05). */
const FACE_VALUE = /^[1-9]\d{0,4}0$/

/** As a print file and a list can hold it. */
const DESIGN = /^[^",\p{Cc}]{0,60}$/u

/** Reads the table of denominations: a line a face value and design, without a design where any will do. */
export const readDenominations = (text: string): TableReading<Denominations> =>
  readTableText(text, COLUMNS, (rows, complain) => {
    const designsBy = new Map<number, string[]>()
    for (const { line, fields } of rows) {
      const { face_value_yen: value, design } = fields
      const designs = designsBy.get(Number(value)) ?? []
      const why = mistakeIn(value, design, designs)
      if (why) complain(line, why)
      else designsBy.set(Number(value), [...designs, design])
    }
    return [...designsBy]
      .map(([value, designs]) => ({
        faceValue: yen(value),
        designs: designs.includes('') ? undefined : designs,
      }))
      .sort((one, other) => one.faceValue - other.faceValue)
  })

function mistakeIn(value: string, design: string, designs: readonly string[]): string | undefined {
  if (!FACE_VALUE.test(value)) {
    return `${value} is no face value: it must be whole tens of yen, from 10 to 999990`
  }
  if (!DESIGN.test(design)) return 'its design must be at most 60 characters without " and comma'
  if (designs.includes(design)) {
    return `${value} with ${design === '' ? 'any design' : `the design ${design}`} stands above already: leave one line out`
  }
  if (designs.includes('') || (design === '' && designs.length > 0)) {
    return `${value} stands above ${design === '' ? 'with a design' : 'for any design'}: name designs in all of its lines or in none`
  }
  return undefined
}

/** A table of these face values in any design. */
export const denominationsText = (faceValues: readonly number[]): string =>
  [COLUMNS.join(','), ...faceValues.map(value => `${value},`), ''].join('\n')

/** Face values on sale, in yen, smallest first. */
export const faceValuesOf = (denominations: Denominations): readonly Yen[] =>
  denominations.map(({ faceValue }) => faceValue)

/** With less than this left under the cap, no card on sale could be registered (requirement N-05). */
export const smallestOf = (denominations: Denominations): Yen =>
  yen(Math.min(...faceValuesOf(denominations)))

/** Why cards cannot be made of this face value and design; `undefined` when they can. */
export function saleMistake(
  denominations: Denominations,
  faceValue: number,
  design: string,
): string | undefined {
  const denomination = denominations.find(one => one.faceValue === faceValue)
  if (!denomination) {
    return `Cards are sold at ${faceValuesOf(denominations).join(', ')} yen, not at ${faceValue}.`
  }
  const { designs } = denomination
  if (designs === undefined || designs.includes(design)) return undefined
  const named = design === '' ? 'none was named' : `not ${design}`
  return `Cards of ${faceValue} yen are printed in the design ${designs.join(', ')}; ${named}.`
}

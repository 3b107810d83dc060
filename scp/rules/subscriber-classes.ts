import { CHARGE_KINDS, type ChargeKind, isChargeKind } from '../../domain/charge-kind.js'
import {
  CONTRACT_CLASSES,
  type ContractClass,
  isContractClass,
} from '../../domain/contract-class.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type NumberRanges, rangeOf } from './number-ranges.js'
import { readTableText, type TableReading } from './table-text.js'

/** 利用可能契約者 (seed 004 Table 1): how each class of contract charges; `undefined`: it may not. */
export type SubscriberClasses = ReadonlyMap<ContractClass, ChargeKind | undefined>

const COLUMNS = ['class', 'charge_kind'] as const

/** Reads the table of subscriber classes: each class of contract once, without a charge kind where it may not. */
export const readSubscriberClasses = (text: string): TableReading<SubscriberClasses> =>
  readTableText(text, COLUMNS, (rows, complain) => {
    const table = new Map<ContractClass, ChargeKind | undefined>()
    for (const { line, fields } of rows) {
      const { class: name, charge_kind: kind } = fields
      if (!isContractClass(name)) {
        complain(line, `${name} is no class of contract: it must be ${CONTRACT_CLASSES.join(', ')}`)
      } else if (table.has(name)) {
        complain(line, `${name} stands above already: leave one line out`)
      } else if (kind !== '' && !isChargeKind(kind)) {
        complain(line, `its charge kind must be ${CHARGE_KINDS.join(' or ')}, or empty`)
        table.set(name, undefined)
      } else table.set(name, kind === '' ? undefined : kind)
    }
    const lacking = CONTRACT_CLASSES.filter(name => !table.has(name))
    if (rows.length > 0 && lacking.length > 0)
      complain(rows.at(-1)?.line ?? 1, `add a line for ${lacking.join(', ')}`)
    return table
  })

/**
 * Whether the MCSCP serves a number by a charge kind: some class that its range may have charges so. The
 * switch asks for permission by contract before (step ⑤); this is the MCSCP's own word on it.
 */
export function isServed(
  { number, kind }: { readonly number: Msisdn; readonly kind: ChargeKind },
  ranges: NumberRanges,
  classes: SubscriberClasses,
): boolean {
  const range = rangeOf(ranges, number)
  if (!range) return false
  const possible = range.classes === 'any' ? CONTRACT_CLASSES : range.classes
  return possible.some(name => classes.get(name) === kind)
}

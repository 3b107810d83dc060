import { type EpochMs, epochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import { readTable, TABLE_NAMES, type TableName, type Tables } from '../rules/tables.js'
import type { StandingTable, StandingTables } from '../store/table-versions.js'

/** A table that was read, from a moment on. */
interface ReadTable extends StandingTable {
  readonly table: unknown
}

/**
 * The tables that new calls and orders go by, read beforehand so that none waits (requirement M-05). What was
 * decided for a later moment comes into force by the clock alone.
 */
export class TablesInForce {
  #asOf: EpochMs = epochMs(0)
  #tables: readonly ReadTable[] = []

  constructor(standing: StandingTables) {
    this.decide(standing)
  }

  /** Operators decided something else. What was read before is not read again. */
  decide({ asOf, tables }: StandingTables): void {
    this.#tables = tables.map(one => {
      const known = this.#tables.find(({ name, text }) => name === one.name && text === one.text)
      return { ...one, table: known?.table ?? tableOf(one) }
    })
    this.#asOf = asOf
  }

  /** A table as it is in force at a moment. */
  at<N extends TableName>(name: N, at: EpochMs): Tables[N] {
    // A calendar clock that went back takes no table back.
    const moment = Math.max(at, this.#asOf)
    const found = this.#tables.findLast(one => one.name === name && one.from <= moment)
    if (!found) throw new RangeError(`no table ${name} of ${TABLE_NAMES.join(', ')} is in force`)
    return found.table as Tables[N]
  }
}

function tableOf({ name, text }: StandingTable): unknown {
  const reading = readTable(name, text)
  if (reading.outcome === 'whole') return reading.table
  const [first] = reading.mistakes
  const why = `The table ${name} that the store keeps cannot be read: line ${first?.line}, ${first?.why}.`
  throw new Fault('STORE_DAMAGED', why)
}

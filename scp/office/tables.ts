import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import { TABLE_BYTES_MAX } from '../../platform/office-acts.js'
import { type Static, Type } from '../../platform/schema.js'
import { replacedBy, waitingAt } from '../rules/table-schedule.js'
import { differenceOf, type TableMistake } from '../rules/table-text.js'
import { readTable, TABLE_NAMES, type TableName } from '../rules/tables.js'
import type { TableVersions } from '../store/table-versions.js'
import type { ClipFiles } from '../tables/clip-files.js'
import { type ActContext, act, type Performed } from './act.js'

const table = Type.Unsafe<TableName>(Type.Enum([...TABLE_NAMES]))

const version = Type.Integer({ minimum: 0, maximum: 1_000_000 })

/** A table as it is given: the name of its file, and all that is in it. */
export const givenTable = Type.Object(
  {
    file: Type.String({ pattern: '^[^\\u0000-\\u001f/]{1,100}$' }),
    text: Type.String({ maxLength: TABLE_BYTES_MAX }),
  },
  { additionalProperties: false },
)

/** `over`: the version that was in force when the difference was looked at; `from`: absent, at once. */
const replacement = Type.Object(
  {
    ...givenTable.properties,
    table,
    over: version,
    from: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
)

const rollBack = Type.Object({ table, to: Type.Optional(version) }, { additionalProperties: false })

const one = Type.Object({ table }, { additionalProperties: false })

/** Who is on duty decides alone, as about services: what does harm is rolled back at once. */
const byOneAlone = {
  by: ['operator', 'supervisor'],
  approvedBy: [],
  needsApproval: () => false,
  subject: ({ table }: Static<typeof one>) => `table ${table}`,
} as const

/** ファイル更新: a new version of a table, checked whole, in force at once or from a moment on (M-05). */
export const replaceTable = act({
  ...byOneAlone,
  name: 'replace_table',
  schema: replacement,
  describe: ({ table, file }: Static<typeof replacement>) =>
    `replace the table ${table} by ${file}`,
  perform({ tables, clips }, { table, file, text, over, from: asked }, context) {
    const { at } = context
    mustRead(clips, table, file, text)
    const waiting = waitingAt(tables.switches(table), at)
    if (waiting) {
      const until = jstText(waiting.from)
      throw refused(`Version ${waiting.version} waits for ${until}: call it off first.`)
    }
    const before = tables.inForce(table, at)
    if (before !== over) {
      throw refused(`Version ${before} is in force, not ${over}: look at the difference again.`)
    }
    const from = asked === undefined ? at : epochMs(asked)
    if (from < at) throw refused(`${jstText(from)} is over.`)
    const old = tables.text(table, before) ?? ''
    if (old === text) throw refused(`${file} is what stands in version ${before} already.`)
    const version = tables.add(table, file, text, deciding(context))
    tables.switchTo(table, version, from, deciding(context))
    const { added, removed } = differenceOf(old, text)
    const rows = { added: added.length, removed: removed.length }
    return switched(tables, table, { before, version, from, at, ...rows })
  },
})

/** Puts an earlier version in force at once, byte for byte: the one before, or any that was once in force. */
export const rollBackTable = act({
  ...byOneAlone,
  name: 'roll_back_table',
  schema: rollBack,
  describe: ({ table, to }: Static<typeof rollBack>) =>
    `roll the table ${table} back${to === undefined ? '' : ` to version ${to}`}`,
  perform({ tables, clips }, { table, to }, context) {
    const { at } = context
    const past = tables.switches(table).filter(({ from }) => from <= at)
    const before = tables.inForce(table, at)
    const version = to ?? replacedBy(past, before)
    if (version === undefined) {
      throw refused(`Version 0 of ${table} is in force: there is none before it.`)
    }
    if (version === before) throw refused(`Version ${version} of ${table} is in force already.`)
    if (version !== 0 && !past.some(one => one.version === version)) {
      throw refused(`Version ${version} of ${table} was never in force.`)
    }
    mustRead(clips, table, `version ${version}`, tables.text(table, version) ?? '')
    tables.switchTo(table, version, at, deciding(context))
    return switched(tables, table, { before, version, from: at, at })
  },
})

/** Takes a version back that waits for its moment. */
export const callOffTable = act({
  ...byOneAlone,
  name: 'call_off_table',
  schema: one,
  describe: ({ table }: Static<typeof one>) =>
    `call off the version of the table ${table} that waits for its moment`,
  perform({ tables }, { table }, context) {
    const waiting = waitingAt(tables.switches(table), context.at)
    if (!waiting) throw refused(`No version of ${table} waits for its moment.`)
    tables.callOff(waiting, deciding(context))
    const { version, from } = waiting
    return {
      result: { table, version },
      before: { version, from: jstText(from) },
      after: null,
    }
  },
})

/** Refuses a table with every mistake that is in it, by file and line. */
function mustRead(clips: ClipFiles, table: TableName, file: string, text: string): void {
  const mistakes = mistakesOf(clips, table, text)
  if (mistakes.length > 0) throw refused(mistakesText(file, mistakes))
}

/** Every mistake of a table, and every clip that it names and that is not there. */
export function mistakesOf(
  clips: ClipFiles,
  table: TableName,
  text: string,
): readonly TableMistake[] {
  if (table === 'guidance') {
    const reading = readTable(table, text)
    return reading.outcome === 'wrong' ? reading.mistakes : clips.mistakesIn(reading.table)
  }
  const reading = readTable(table, text)
  return reading.outcome === 'wrong' ? reading.mistakes : []
}

/** Every mistake of a file, for people. */
export function mistakesText(file: string, mistakes: readonly TableMistake[]): string {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
  const lines = mistakes.map(({ line, why }) => `  ${file}:${line}: ${why}`)
  return [`${file} has ${count}, so nothing of it was taken over:`, ...lines].join('\n')
}

interface Switched {
  readonly before: number
  readonly version: number
  readonly from: number
  readonly at: number
  readonly added?: number
  readonly removed?: number
}

/** For who asked and for the audit log, which has the digests of both files. */
function switched(
  tables: TableVersions,
  table: TableName,
  { before, version, from: moment, at, ...rows }: Switched,
): Performed {
  const digests = new Map(tables.versions(table).map(one => [one.version, one.sha256]))
  const sha256 = digests.get(version) ?? ''
  const from = jstText(epochMs(moment))
  return {
    result: { table, version, sha256, from, waits: moment > at },
    before: { version: before, sha256: digests.get(before) ?? '' },
    after: { version, sha256, from, ...rows },
  }
}

const deciding = ({ person, reason, at }: ActContext) => ({ person: person.name, reason, at })

const refused = (why: string): Fault => new Fault('ACT_REFUSED', why)

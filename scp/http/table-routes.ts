import type { Clock, EpochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { givenTable, mistakesOf, mistakesText } from '../office/tables.js'
import { inForceAt } from '../rules/table-schedule.js'
import { differenceOf } from '../rules/table-text.js'
import { TABLE_NAMES, type TableName } from '../rules/tables.js'
import type { KeptTable } from '../store/table-versions.js'
import type { ClipFiles } from '../tables/clip-files.js'

const params = Type.Object({ table: Type.Unsafe<TableName>(Type.Enum([...TABLE_NAMES])) })

const ofVersion = Type.Object({
  version: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
})

const given = Type.Object({ ...givenTable.properties })

export interface TableRoutesOptions {
  /** Every version of a table, and what was decided about it. */
  readonly kept: (table: TableName) => Promise<KeptTable>
  /** A version as it was given; `undefined`: there is none of that number. */
  readonly text: (asked: { table: TableName; version: number }) => Promise<string | undefined>
  readonly clips: ClipFiles
  readonly clock: Clock
}

/**
 * ファイル更新 (requirement M-05), for noc. The tables are changed by acts of the office.
 *
 * - `GET /v1/office/tables`: `{tables: [{table, inForce, versions, switches}]}`
 * - `GET /v1/office/tables/:table?version`: `{table, version, text}`, byte for byte
 * - `POST /v1/office/tables/:table/check` with `{file, text}`: `{inForce, added, removed}`, or every mistake as
 *   `FILE_MALFORMED`; nothing is changed
 */
export function tableRoutes(
  edge: ReturnType<typeof httpEdge>,
  { kept, text, clips, clock }: TableRoutesOptions,
): void {
  edge.get('/v1/office/tables', async () => ({
    tables: await Promise.all(
      TABLE_NAMES.map(async table => shown(table, await kept(table), clock.now())),
    ),
  }))
  const textOf = async (table: TableName, asked: number | undefined) => {
    const version = asked ?? shown(table, await kept(table), clock.now()).inForce
    const found = await text({ table, version })
    if (found !== undefined) return { table, version, text: found }
    throw new Fault('ACT_REFUSED', `There is no version ${version} of ${table}.`)
  }
  edge.get(
    '/v1/office/tables/:table',
    { schema: { params, querystring: ofVersion } },
    ({ params: { table }, query: { version } }) => textOf(table, version),
  )
  edge.post(
    '/v1/office/tables/:table/check',
    { schema: { params, body: given } },
    async ({ params: { table }, body: { file, text: fresh } }) => {
      const mistakes = mistakesOf(clips, table, fresh)
      if (mistakes.length > 0) throw new Fault('FILE_MALFORMED', mistakesText(file, mistakes))
      const { version: inForce, text: old } = await textOf(table, undefined)
      return { inForce, ...differenceOf(old, fresh) }
    },
  )
}

const shown = (table: TableName, { versions, switches, asOf }: KeptTable, now: EpochMs) => ({
  table,
  inForce: inForceAt(switches, now > asOf ? now : asOf)?.version ?? 0,
  versions,
  switches,
})

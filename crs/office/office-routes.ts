import { clearAlarm, raiseAlarm } from '../../platform/alarm.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { CodeTables } from '../rules/code-tables.js'
import type { NodeState } from '../store/node-declarations.js'
import type { Declared } from '../store/node-office.js'
import type { CrsStore } from '../store/questions.js'

const reason = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 200 }) })

/** What became of what an operator asked; `version`: of the code tables that are in force now. */
export const officeAnswer = Type.Object({
  outcome: Type.String(),
  version: Type.Optional(Type.Integer()),
})

const declaration = Type.Object({
  params: Type.Object({ node: Type.String({ pattern: '^[a-z0-9-]{1,16}$' }) }),
}).properties.params

export interface OfficeRoutesOptions {
  readonly store: CrsStore
  readonly log: Logger
  /** The code tables as they lie in the folder; throws `CODE_TABLE_INVALID` with every mistake. */
  readonly readTables: () => CodeTables
  /** A node is served from now on, or no more. */
  readonly onServed: (node: string, served: boolean) => void
  /** An hour may be complete now. */
  readonly onDeclared: () => void
}

/**
 * What an operator changes while CRS runs (requirements C-02, C-03, C-08), on its socket:
 * - `POST /v1/nodes/:node/{in,out,removed}`: how a node stands
 * - `POST /v1/code-tables/{replacement,roll-back}`: the tables that hours are closed with from now on
 */
export function officeRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, log, readTables, onServed, onDeclared }: OfficeRoutesOptions,
): void {
  for (const state of ['in', 'out', 'removed'] as const) {
    edge.post(
      `/v1/nodes/:node/${state}`,
      { schema: { params: declaration, body: reason, response: { 200: officeAnswer } } },
      async ({ params: { node }, body }) => {
        const asked = { node, state, reason: body.reason }
        const outcome: Declared = await store.ask('declareNode', asked)
        if (outcome === 'declared') {
          log.info(asked, 'node declared')
          onServed(node, state !== 'removed')
          tellStanding(log, node, state)
          onDeclared()
        }
        return { outcome }
      },
    )
  }
  const answer = { schema: { body: reason, response: { 200: officeAnswer } } }
  edge.post('/v1/code-tables/replacement', answer, async ({ body }) => {
    const asked = { tables: readTables(), reason: body.reason }
    const replaced = await store.ask('replaceCodeTables', asked)
    log.info({ ...replaced, reason: body.reason }, 'code tables replaced')
    return replaced
  })
  edge.post('/v1/code-tables/roll-back', answer, async ({ body }) => {
    const replaced = await store.ask('rollBackCodeTables', body)
    log.info({ ...replaced, reason: body.reason }, 'code tables rolled back')
    return replaced
  })
}

/** A node that is out is an alarm as long as it is: hours are closed without it. */
export function tellStanding(log: Logger, node: string, state: NodeState): void {
  if (state === 'out') raiseAlarm(log, 'NODE_OUT', 'major', { node })
  else clearAlarm(log, 'NODE_OUT', { node })
}

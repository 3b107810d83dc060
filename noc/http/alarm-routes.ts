import { NO_CARD_NUMBER } from '../../domain/card.js'
import type { Clock } from '../../domain/clock.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { folded } from '../alarms/folded.js'
import { type AlarmBook, HISTORY_PAGE, NOTE_MAX } from '../store/alarm-book.js'
import type { Audience } from './guard.js'

const SEES: Audience = ['alarms.see']
const ACKNOWLEDGES: Audience = ['alarms.acknowledge']

const number = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const text = Type.String({ minLength: 1, maxLength: NOTE_MAX, pattern: NO_CARD_NUMBER })

const noSuchAlarm = (alarm: number) => ({
  code: 'NO_SUCH_ALARM',
  message: `There is no alarm ${alarm}.`,
})

export interface AlarmRoutesOptions {
  readonly alarms: AlarmBook
  /** The network's: alarms go by it. */
  readonly clock: Clock
}

/**
 * - `GET /api/alarms`: the lines of the alarms that stand, newest first; a storm of one code is one line
 * - `GET /api/alarms/history?before=`: alarms that are over, newest first, `next` where there are more
 * - `POST /api/alarms/:alarm/acknowledge` with `{note?}`, `POST /api/alarms/:alarm/notes` with `{text}`:
 *   the alarm as it is then
 */
export function alarmRoutes(
  app: ReturnType<typeof httpEdge>,
  { alarms, clock }: AlarmRoutesOptions,
): void {
  const seen = { audience: SEES }
  const changed = { audience: ACKNOWLEDGES }
  app.get('/api/alarms', { config: seen }, async () => ({ lines: folded(await alarms.standing()) }))
  app.get(
    '/api/alarms/history',
    { config: seen, schema: { querystring: Type.Object({ before: Type.Optional(number) }) } },
    async ({ query }) => {
      const page = await alarms.history(query.before)
      const last = page.at(-1)
      return { alarms: page, ...(last && page.length === HISTORY_PAGE && { next: last.alarm }) }
    },
  )
  const params = Type.Object({ alarm: number })
  app.post(
    '/api/alarms/:alarm/acknowledge',
    { config: changed, schema: { params, body: Type.Object({ note: Type.Optional(text) }) } },
    async ({ params: { alarm }, body: { note }, session }, reply) => {
      const account = session?.account ?? ''
      const at = clock.now()
      const outcome = await alarms.acknowledge(alarm, account, at)
      if (outcome === 'no_such_alarm') return reply.code(404).send(noSuchAlarm(alarm))
      if (note !== undefined) await alarms.note(alarm, { at, account, text: note })
      return { outcome, alarm: await alarms.find(alarm) }
    },
  )
  app.post(
    '/api/alarms/:alarm/notes',
    { config: changed, schema: { params, body: Type.Object({ text }) } },
    async ({ params: { alarm }, body, session }, reply) => {
      const note = { at: clock.now(), account: session?.account ?? '', text: body.text }
      if (!(await alarms.note(alarm, note))) return reply.code(404).send(noSuchAlarm(alarm))
      return { alarm: await alarms.find(alarm) }
    },
  )
}

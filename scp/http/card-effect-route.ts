import type { SerialNumber } from '../../domain/card.js'
import { nextJstDay, parseJstDay, startOfJstDay } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { OfficePolicy } from '../office/act.js'
import { actNamed } from '../office/acts.js'
import type { RangeAct } from '../store/card-acts.js'
import type { OfficeRoutesOptions } from './office-routes.js'

const RANGE_ACTS = [
  'spoil',
  'deliver',
  'activate',
  'freeze',
  'unfreeze',
  'extend',
  'void',
  'refund',
] as const satisfies readonly RangeAct[]

const serial = Type.Unsafe<SerialNumber>(Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' }))

const counts = Type.Record(Type.String(), Type.Integer())

const query = Type.Object({
  act: Type.Enum([...RANGE_ACTS]),
  firstSerial: serial,
  lastSerial: serial,
  usableThrough: Type.Optional(Type.String({ maxLength: 10 })),
  /** Who is about to do it. */
  person: Type.String({ maxLength: 64 }),
})

const effect = Type.Object({
  batch: Type.Integer(),
  faceValue: Type.Integer(),
  changed: Type.Integer(),
  was: counts,
  left: counts,
  /** Whether somebody else has to approve it. */
  needsApproval: Type.Boolean(),
})

export interface CardEffectOptions extends Pick<OfficeRoutesOptions, 'read' | 'clock'> {
  readonly policy: OfficePolicy
}

/**
 * `GET /v1/office/card-effects?act&firstSerial&lastSerial&usableThrough&person`: what an act on a range of cards would come
 * to now, for who is about to confirm it; nothing is done. Refused as the act itself would be.
 */
export function cardEffectRoute(
  edge: ReturnType<typeof httpEdge>,
  { read, clock, policy }: CardEffectOptions,
): void {
  edge.get(
    '/v1/office/card-effects',
    { schema: { querystring: query, response: { 200: effect } } },
    async ({ query: { act, usableThrough, person, ...range } }) => {
      const asked = {
        act,
        first: range.firstSerial,
        last: range.lastSerial,
        ...until(usableThrough),
      }
      const at = clock.now()
      const { doneAlone, ...effect } = await read('effectOnCards', { asked, person, at })
      const done = actNamed(`${act}_cards`)
      const needsApproval = done?.needsApproval(range, policy, doneAlone) ?? true
      return { ...effect, was: { ...effect.was }, left: { ...effect.left }, needsApproval }
    },
  )
}

/** The first moment after a day, where one is named. */
function until(text: string | undefined) {
  if (text === undefined) return {}
  const day = parseJstDay(text)
  if (!day) throw new Fault('ACT_REFUSED', `${text} is not a day of the calendar.`)
  return { until: startOfJstDay(nextJstDay(day)) }
}

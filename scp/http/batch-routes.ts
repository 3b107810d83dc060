import type { SerialNumber } from '../../domain/card.js'
import { type Clock, epochMs } from '../../domain/clock.js'
import { jstDay, nextJstDay, parseJstDay, startOfJstDay } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { Batch } from '../store/batches.js'
import type { CardEvent } from '../store/card-events.js'
import type { BatchCount } from '../store/card-reader.js'
import { serialOf } from '../store/keys.js'
import type { OfficeRoutesOptions } from './office-routes.js'

export interface BatchRoutesOptions extends Pick<OfficeRoutesOptions, 'read' | 'clock'> {
  /** Cards of a batch that are drawn so far; `undefined` when it is not being made. */
  readonly made: (batch: number) => number | undefined
  /** The card maker's public key, from the settings. */
  readonly cardMakerKey: string | undefined
}

const batchNumber = Type.Object({
  batch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
})

const serialNumber = Type.Object({
  serial: Type.Unsafe<SerialNumber>(Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' })),
})

/**
 * The cards, for noc, which says who may look (docs/card-office.md). Times are ms, a PIN is in none.
 *
 * - `GET /v1/office/batches`, `GET /v1/office/batches/:batch`
 * - `GET /v1/office/cards/:serial`
 * - `GET /v1/office/liability?on=YYYY-MM-DD`: at the end of that day of Japan, which must not be to come
 */
export function batchRoutes(
  edge: ReturnType<typeof httpEdge>,
  { read, clock, made, cardMakerKey }: BatchRoutesOptions,
): void {
  const shown = ({ batch, counts, printed }: BatchCount) => ({
    ...withDay(batch),
    counts,
    printed,
    made: made(batch.batch) ?? printed,
  })
  edge.get('/v1/office/batches', async () => ({
    batches: (await read('batches', clock.now())).map(shown),
    cardMakerKey: cardMakerKey ?? null,
  }))
  edge.get('/v1/office/batches/:batch', { schema: { params: batchNumber } }, async ({ params }) => {
    const view = await read('batch', { batch: params.batch, at: clock.now() })
    return {
      ...shown(view),
      generated: view.generated,
      spoiled: view.spoiled,
      imports: view.imports.map(({ sha256, failure, endedAt, ...rest }) => ({
        ...rest,
        sha256: Buffer.from(sha256).toString('hex'),
        failure: failure ?? null,
        endedAt: endedAt ?? null,
      })),
      files: view.files.map(({ name, cards, bytes, sha256, writtenAt }) => {
        return { name, cards, bytes, sha256: Buffer.from(sha256).toString('hex'), writtenAt }
      }),
      events: view.events.map(shownEvent),
    }
  })
  edge.get('/v1/office/cards/:serial', { schema: { params: serialNumber } }, async ({ params }) => {
    const { serial } = params
    const card = await read('card', { serial, at: clock.now() })
    if (!card) throw new Fault('ACT_REFUSED', `No card has the serial number ${serial}.`)
    const { batch, expiresAt, events, use, ...rest } = card
    return {
      ...rest,
      batch: withDay(batch),
      usableThrough: throughOf(expiresAt),
      use: use ?? null,
      events: events.map(shownEvent),
    }
  })
  liabilityRoute(edge, read, clock)
}

function liabilityRoute(
  edge: ReturnType<typeof httpEdge>,
  read: BatchRoutesOptions['read'],
  clock: Clock,
): void {
  const query = Type.Object({ on: Type.String() })
  edge.get(
    '/v1/office/liability',
    { schema: { querystring: query } },
    async ({ query: { on } }) => {
      const day = parseJstDay(on)
      if (!day || day > jstDay(clock.now())) {
        throw new Fault('ACT_REFUSED', `${on} is no day that was, as YYYY-MM-DD.`)
      }
      return { on: day, ...(await read('liability', startOfJstDay(nextJstDay(day)))) }
    },
  )
}

/** The last day on which a card can be used; `null`: it never expires. */
const throughOf = (expiresAt: Batch['expiresAt']): string | null =>
  expiresAt === undefined ? null : jstDay(epochMs(expiresAt - 1))

const withDay = ({ expiresAt, frozenFrom, recipient, ...batch }: Batch) => ({
  ...batch,
  usableThrough: throughOf(expiresAt),
  recipient: recipient ?? null,
})

const shownEvent = ({ first, last, ...event }: CardEvent) => ({
  ...event,
  firstSerial: serialOf(first),
  lastSerial: serialOf(last),
})

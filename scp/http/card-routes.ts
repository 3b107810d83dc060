import { epochMs } from '../../domain/clock.js'
import { parseJstDay, startOfJstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { CardMaker } from '../cards/card-maker.js'
import { DEMONSTRATION_CARDS_MAX } from '../cards/issue.js'
import { type Denominations, faceValuesOf, saleMistake } from '../rules/denominations.js'

const DAY_MS = 24 * 60 * 60 * 1000

/** What `POST /v1/card-batches` is asked. */
export const cardOrder = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: DEMONSTRATION_CARDS_MAX }),
  faceValue: Type.Integer({ minimum: 1, maximum: 9_999_999 }),
  /** Last day of Japan on which the cards can be used, `YYYY-MM-DD`; absent: they never expire. */
  usableThrough: Type.Optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })),
  /** `false`: cards that were never activated at a sale. */
  activated: Type.Optional(Type.Boolean()),
})

/** What `POST /v1/card-batches` answers. No PIN is in it: those are in the file. */
export const issuedBatch = Type.Object({
  batch: Type.Integer(),
  firstSerial: Type.String(),
  lastSerial: Type.String(),
  count: Type.Integer(),
  faceValue: Type.Integer(),
  file: Type.String(),
})

const refused = Type.Object({ code: Type.Literal('REQUEST_INVALID'), message: Type.String() })

export interface CardRoutesOptions {
  readonly maker: CardMaker
  /** What is on sale now. */
  readonly denominations: () => Denominations
}

/** `POST /v1/card-batches`: makes a demonstration batch, for the command line. */
export function cardRoutes(
  edge: ReturnType<typeof httpEdge>,
  { maker, denominations }: CardRoutesOptions,
): void {
  edge.post(
    '/v1/card-batches',
    { schema: { body: cardOrder, response: { 201: issuedBatch, 400: refused } } },
    async ({ body }, reply) => {
      const day = body.usableThrough === undefined ? undefined : parseJstDay(body.usableThrough)
      const why = mistakeIn(body, day !== undefined, denominations())
      if (why) return reply.code(400).send({ code: 'REQUEST_INVALID', message: why })

      const { batch, cards, file } = await maker.issue({
        count: body.count,
        faceValue: yen(body.faceValue),
        expiresAt: day && epochMs(startOfJstDay(day) + DAY_MS),
        activated: body.activated ?? true,
      })
      return reply.code(201).send({
        batch,
        firstSerial: cards[0]?.serial ?? '',
        lastSerial: cards.at(-1)?.serial ?? '',
        count: cards.length,
        faceValue: body.faceValue,
        file,
      })
    },
  )
}

function mistakeIn(
  { faceValue, usableThrough }: { faceValue: number; usableThrough?: string },
  isDay: boolean,
  denominations: Denominations,
): string | undefined {
  // A demonstration card is in no printed design.
  if (!faceValuesOf(denominations).some(value => value === faceValue)) {
    return saleMistake(denominations, faceValue, '')
  }
  if (usableThrough !== undefined && !isDay) return `${usableThrough} is not a day of the calendar.`
  return undefined
}

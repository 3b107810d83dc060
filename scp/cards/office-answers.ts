import { type Static, Type } from '../../platform/schema.js'

const orNull = Type.Union([Type.String(), Type.Null()])

const counts = Type.Record(Type.String(), Type.Integer())

const batchAnswer = Type.Object({
  batch: Type.Integer(),
  kind: Type.String(),
  firstSerial: Type.String(),
  lastSerial: Type.String(),
  count: Type.Integer(),
  faceValue: Type.Integer(),
  pinLength: Type.Integer(),
  design: Type.String(),
  distributor: Type.String(),
  usableThrough: orNull,
  state: Type.String(),
  recipient: orNull,
  madeAt: Type.Integer(),
})

const counted = Type.Object({
  ...batchAnswer.properties,
  counts,
  printed: Type.Integer(),
  made: Type.Integer(),
})

const event = Type.Object({
  at: Type.Integer(),
  act: Type.String(),
  wholeBatch: Type.Boolean(),
  firstSerial: Type.String(),
  lastSerial: Type.String(),
  cards: Type.Integer(),
  before: Type.Optional(Type.String()),
  after: Type.String(),
  reason: Type.String(),
  person: Type.String(),
  approver: Type.Optional(Type.String()),
})

/** What `GET /api/office/batches` answers, as far as the commands read it. */
export const batchesAnswer = Type.Object({ batches: Type.Array(counted), cardMakerKey: orNull })

/** One batch. */
export const batchView = Type.Object({
  ...counted.properties,
  generated: Type.Integer(),
  spoiled: Type.Integer(),
  imports: Type.Array(
    Type.Object({
      file: Type.String(),
      sha256: Type.String(),
      kept: Type.Integer(),
      refused: Type.Integer(),
      refusals: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
      failure: orNull,
      endedAt: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      cards: Type.Integer(),
      bytes: Type.Integer(),
      sha256: Type.String(),
    }),
  ),
  events: Type.Array(event),
})

/** One card. */
export const cardView = Type.Object({
  serial: Type.String(),
  batch: batchAnswer,
  state: Type.String(),
  usableThrough: orNull,
  extended: Type.Boolean(),
  use: Type.Union([
    Type.Object({ by: Type.String(), kind: Type.String(), at: Type.Integer() }),
    Type.Null(),
  ]),
  events: Type.Array(event),
})

const liabilityCards = Type.Object({
  issued: Type.Integer(),
  spoiled: Type.Integer(),
  delivered: Type.Integer(),
  activated: Type.Integer(),
  charged: Type.Integer(),
  refunded: Type.Integer(),
  voided: Type.Integer(),
  expired: Type.Integer(),
  outstanding: Type.Integer(),
})

/** What is owed for cards at the end of a day. */
export const liabilityAnswer = Type.Object({
  on: Type.String(),
  lines: Type.Array(
    Type.Object({ kind: Type.String(), faceValue: Type.Integer(), cards: liabilityCards }),
  ),
  chargedYen: Type.Record(Type.String(), Type.Integer()),
  acknowledgedYen: Type.Integer(),
})

/** What an act on cards came to. */
export const cardsResult = Type.Object({
  batch: Type.Integer(),
  changed: Type.Integer(),
  left: counts,
})

export type ImportAnswer = BatchAnswer['imports'][number]
export type CountedBatch = Static<typeof counted>
export type BatchAnswer = Static<typeof batchView>
export type CardAnswer = Static<typeof cardView>
export type EventAnswer = Static<typeof event>
export type LiabilityAnswer = Static<typeof liabilityAnswer>
export type CardsResult = Static<typeof cardsResult>

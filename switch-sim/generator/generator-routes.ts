import {
  CALL_OUTCOMES,
  CALLER_KINDS,
  GENERATOR_LIMITS,
  type GeneratorOrder,
  HANG_UP_POINTS,
  LEFT_OUT_REASONS,
} from '../../domain/generated-traffic.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { Generator } from './generator.js'

const { callsPerHour, seconds, inProgressMax, weight, percent, rtpLossPercent, handsets, cardYen } =
  GENERATOR_LIMITS

const between = ({ min, max }: { readonly min: number; readonly max: number }) =>
  Type.Integer({ minimum: min, maximum: max })

const numbers = (names: readonly string[], of = Type.Integer({ minimum: 0 })) =>
  Type.Object(Object.fromEntries(names.map(name => [name, of])), { additionalProperties: false })

const order = Type.Object(
  {
    callsPerHour: between(callsPerHour),
    seconds: between(seconds),
    inProgressMax: between(inProgressMax),
    handsets: between(handsets),
    cardYen: between(cardYen),
    mix: numbers(CALLER_KINDS, between(weight)),
    hangUpAt: Type.Enum([...HANG_UP_POINTS]),
    faults: Type.Object(
      {
        rtpLossPercent: between(rtpLossPercent),
        earlyHangUpPercent: between(percent),
        guessingPercent: between(percent),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

const started = Type.Object(
  { order: Type.Unsafe<GeneratorOrder>(order), by: Type.String({ minLength: 1, maxLength: 32 }) },
  { additionalProperties: false },
)

const state = Type.Object({
  phase: Type.Enum(['idle', 'running', 'ending', 'over']),
  order: Type.Optional(Type.Unsafe<GeneratorOrder>(order)),
  by: Type.Optional(Type.String()),
  elapsedMs: Type.Integer(),
  offered: Type.Integer(),
  answered: Type.Integer(),
  inProgress: Type.Integer(),
  outcomes: Type.Unsafe<Record<string, number>>(numbers(CALL_OUTCOMES)),
  leftOut: Type.Unsafe<Record<string, number>>(numbers(LEFT_OUT_REASONS)),
  cardsReady: Type.Integer(),
  trouble: Type.Optional(Type.String()),
})

/**
 * - `GET /v1/generator`: the run that goes on, or the last one
 * - `POST /v1/generator/start` with `{order, by}`; 409 while one goes on
 * - `POST /v1/generator/stop`: no more calls begin; again: those that go on are hung up
 */
export function generatorRoutes(
  edge: ReturnType<typeof httpEdge>,
  generator: Pick<Generator, 'state' | 'start' | 'stop'>,
): void {
  const response = { 200: state }
  edge.get('/v1/generator', { schema: { response } }, async () => generator.state)
  edge.post('/v1/generator/start', { schema: { body: started, response } }, async ({ body }) => {
    await generator.start(body.order, body.by)
    return generator.state
  })
  edge.post('/v1/generator/stop', { schema: { response } }, async () => {
    await generator.stop()
    return generator.state
  })
}

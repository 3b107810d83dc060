import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { ExchangeRunner } from '../exchange/runner.js'
import type { BillingStore } from '../store/open.js'
import type { TimerFacility } from '../timers/timer-facility.js'
import { done, moment } from './answers.js'

/** What `GET /v1/exchange` answers. */
export const exchangeAnswer = Type.Object({
  state: Type.String(),
  trigger: Type.Integer(),
  reflectedThrough: Type.Integer(),
  now: moment,
  timers: Type.Array(Type.Object({ name: Type.String(), dueAt: moment, about: Type.String() })),
})

export interface ExchangeRoutesOptions {
  readonly store: BillingStore
  readonly runner: ExchangeRunner
  readonly timers: TimerFacility
  readonly now: () => number
}

/** `GET /v1/exchange`: where the exchange with CRS stands. `POST /v1/exchange/rearm`: F-08. */
export function exchangeRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, runner, timers, now }: ExchangeRoutesOptions,
): void {
  edge.get('/v1/exchange', { schema: { response: { 200: exchangeAnswer } } }, async () => {
    const { reflectedThrough } = await store.exchange()
    const { state, trigger } = runner.standing
    const running = timers.all().map(({ name, dueAt, about }) => ({ name, dueAt, about }))
    return { state, trigger: trigger.number, reflectedThrough, now: now(), timers: running }
  })
  edge.post('/v1/exchange/rearm', { schema: { response: { 200: done } } }, async () => ({
    outcome: (await runner.rearm()) ? 'rearmed' : 'not_stopped',
  }))
}

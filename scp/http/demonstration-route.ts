import type { Clock } from '../../domain/clock.js'
import type { Home } from '../../platform/home.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { demonstrationCards } from '../cards/clear-file.js'
import type { OfficeRoutesOptions } from './office-routes.js'

/** Cards told at once: as many as lie on a table. */
const CARDS_TOLD = 6

/** Cards looked at, newest first, before what was found has to do. */
const CARDS_LOOKED_AT = 120

const answer = Type.Object({
  cards: Type.Array(
    Type.Object({ serial: Type.String(), pin: Type.String(), faceValue: Type.Integer() }),
  ),
})

export interface DemonstrationRouteOptions {
  readonly home: Home
  readonly read: OfficeRoutesOptions['read']
  readonly clock: Clock
}

/**
 * `GET /v1/demonstration-cards`: cards of a simulation that nobody has used yet, with what is under the scratch
 * layer: it stands in their clear file already (architecture, point 8). No other card's can be told.
 */
export function demonstrationRoute(
  edge: ReturnType<typeof httpEdge>,
  { home, read, clock }: DemonstrationRouteOptions,
): void {
  edge.get('/v1/demonstration-cards', { schema: { response: { 200: answer } } }, async () => {
    const cards = []
    for (const card of demonstrationCards(home).slice(-CARDS_LOOKED_AT).reverse()) {
      const found = await read('card', { serial: card.serial, at: clock.now() })
      if (found?.state === 'active' && !found.use) cards.push(card)
      if (cards.length === CARDS_TOLD) break
    }
    return { cards }
  })
}

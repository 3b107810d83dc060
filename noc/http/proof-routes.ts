import type { Clock } from '../../domain/clock.js'
import { jstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { ProofReader } from '../proof/ask-sums.js'

const query = Type.Object({
  day: Type.String({ pattern: '^(today|[0-9]{4}-[0-9]{2}-[0-9]{2})$', default: 'today' }),
})

const NO_SUCH_DAY = { code: 'REQUEST_INVALID', message: 'That is not a day of the calendar.' }

export interface ProofRoutesOptions {
  readonly proofs: Pick<ProofReader, 'of'>
  /** The network's. */
  readonly clock: Clock
}

/** `GET /api/proof?day=`: cards used, records, files and ledger of a day held against each other, `Proof`. */
export function proofRoutes(
  app: ReturnType<typeof httpEdge>,
  { proofs, clock }: ProofRoutesOptions,
): void {
  const options = { config: { audience: ['traffic.see'] as const }, schema: { querystring: query } }
  app.get('/api/proof', options, async ({ query }, reply) => {
    const day = query.day === 'today' ? jstDay(clock.now()) : parseJstDay(query.day)
    return day ? proofs.of(day) : reply.code(400).send(NO_SUCH_DAY)
  })
}

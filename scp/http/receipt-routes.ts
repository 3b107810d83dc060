import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { Receipt } from '../store/receipts.js'

/** Most receipts of one answer. */
const RECEIPTS_PAGE = 1_000

const query = Type.Object({
  after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
  max: Type.Integer({ minimum: 1, maximum: RECEIPTS_PAGE, default: RECEIPTS_PAGE }),
})

/** Which receipts are asked for. */
export interface ReceiptSearch {
  readonly after: number
  readonly max: number
}

/**
 * `GET /v1/receipts?after&max`: charges whose callers did not hear of them, `{receipts}`, in the order of
 * `sequence`, for a program that sends messages (docs/formats/receipts.md).
 */
export function receiptRoutes(
  edge: ReturnType<typeof httpEdge>,
  read: (search: ReceiptSearch) => Promise<readonly Receipt[]>,
): void {
  edge.get('/v1/receipts', { schema: { querystring: query } }, async ({ query }) => ({
    receipts: await read(query),
  }))
}

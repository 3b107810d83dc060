import { type EpochMs, epochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import type { RefusedContractsTold } from '../store/refused-contracts.js'

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const isAnswer = compileSchema(
  Type.Object({
    asOf: count,
    more: Type.Boolean(),
    refusedContracts: Type.Array(Type.Object({ beganAt: count, calls: count })),
  }),
)

/** What the switch told, and whether there is more of it. */
export interface SwitchTraffic extends RefusedContractsTold {
  readonly more: boolean
}

/** Longest wait for an answer, in ms. */
const DEADLINE_MS = 10_000

/**
 * Asks the switch for 非許容契約 of the quarter-hours that begin at `from` or later. Throws `PEER_UNREACHABLE` or
 * `PEER_ANSWER_INVALID`.
 */
export async function askSwitchTraffic(
  socket: Pick<SocketClient, 'ask'>,
  from: EpochMs,
): Promise<SwitchTraffic> {
  const path = `/v1/traffic?from=${from}`
  const { status, body } = await socket.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
  if (status !== 200)
    throw new Fault('PEER_UNREACHABLE', `The switch cannot answer now (${status}).`)
  if (!isAnswer.Check(body)) {
    throw new Fault('PEER_ANSWER_INVALID', 'The switch answered something its interface forbids.')
  }
  const refusedContracts = body.refusedContracts.map(one => ({
    ...one,
    beganAt: epochMs(one.beganAt),
  }))
  return { asOf: epochMs(body.asOf), more: body.more, refusedContracts }
}

import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import { compileSchema } from '../../platform/schema-check.js'
import { scpSocket } from '../config.js'
import { issuedBatch } from '../http/card-routes.js'

/** How long a batch may take to be made, in ms. */
const DEADLINE_MS = 120_000

const isIssuedBatch = compileSchema(issuedBatch)

/** What the command line was given. */
export interface OrderOptions {
  readonly count: number
  readonly faceValue: number
  readonly usableThrough?: string
  readonly notActivated?: true
}

/**
 * Has the scp that runs make a demonstration batch; a sentence that tells of it. Throws
 * `PEER_UNREACHABLE`, `SIMULATION_ONLY`, `COMMAND_REFUSED` or `PEER_ANSWER_INVALID`.
 */
export async function orderCards(
  home: Home,
  { notActivated, ...order }: OrderOptions,
): Promise<string> {
  const client = new SocketClient(scpSocket(home))
  try {
    const { status, body } = await client
      .ask({
        method: 'POST',
        path: '/v1/card-batches',
        body: { ...order, activated: notActivated !== true },
        deadlineMs: DEADLINE_MS,
      })
      .catch(cause => {
        throw notRunning(home, cause)
      })
    if (status === 201 && isIssuedBatch.Check(body)) {
      const { count, faceValue, firstSerial, lastSerial, file } = body
      return `${count} cards of ${faceValue} yen, ${firstSerial} to ${lastSerial}: ${file}`
    }
    throw refusal(status, body)
  } finally {
    client.close()
  }
}

const notRunning = (home: Home, cause: unknown): Fault =>
  new Fault('PEER_UNREACHABLE', `scp does not run: nobody answers at ${scpSocket(home)}.`, {
    cause,
  })

function refusal(status: number, body: unknown): Fault {
  const { code, message } = Object(body) as { code?: unknown; message?: unknown }
  if (code === 'SIMULATION_ONLY') return new Fault(code, String(message))
  if (status === 400) return new Fault('COMMAND_REFUSED', String(message))
  return new Fault('PEER_ANSWER_INVALID', `scp refused (${status}): ${String(message)}`)
}

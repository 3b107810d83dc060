import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { type JsonRequest, SocketClient } from '../../platform/http-client.js'
import type { Static, TSchema } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import { billingSocket } from '../config.js'

/** How long billing may take to answer a command, in ms; a month's close works through all contracts. */
const DEADLINE_MS = 600_000

/** Asks the billing that runs, for the length of one command. */
export type AskBilling = <S extends TSchema>(
  request: Omit<JsonRequest, 'deadlineMs'>,
  answer: S,
) => Promise<Static<S>>

/** Runs a command with a connection to billing. Throws what billing refuses, as a fault. */
export async function withBilling<T>(
  home: Home,
  work: (ask: AskBilling) => Promise<T>,
): Promise<T> {
  const client = new SocketClient(billingSocket(home))
  const ask: AskBilling = async (request, answer) => {
    const { status, body } = await client
      .ask({ ...request, deadlineMs: DEADLINE_MS })
      .catch(cause => {
        const where = billingSocket(home)
        throw new Fault('PEER_UNREACHABLE', `billing does not run: nobody answers at ${where}.`, {
          cause,
        })
      })
    if (status !== 200) throw refusal(status, body)
    if (!compileSchema(answer).Check(body)) {
      throw new Fault(
        'PEER_ANSWER_INVALID',
        'billing answered something that this command does not know.',
      )
    }
    return body as Static<typeof answer>
  }
  try {
    return await work(ask)
  } finally {
    client.close()
  }
}

function refusal(status: number, body: unknown): Fault {
  const { code, message } = Object(body) as { code?: unknown; message?: unknown }
  if (code === 'NO_SUCH_SUBSCRIBER') return new Fault(code, String(message))
  if (status === 400) return new Fault('COMMAND_REFUSED', String(message))
  return new Fault('PEER_ANSWER_INVALID', `billing refused (${status}): ${String(message)}`)
}

import { Fault } from '../../platform/fault.js'
import { type FaultCode, isFaultCode } from '../../platform/fault-codes.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import type { Static } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import { crsSocket } from '../config.js'
import { officeAnswer } from './office-routes.js'

/** How long CRS may take to answer a command, in ms. */
const DEADLINE_MS = 30_000

const isOfficeAnswer = compileSchema(officeAnswer)

/** Asks the crs that runs for one change. Throws what it refuses, as a fault. */
export async function askCrs(
  home: Home,
  path: string,
  reason: string,
): Promise<Static<typeof officeAnswer>> {
  const client = new SocketClient(crsSocket(home))
  try {
    const request = { method: 'POST', path, body: { reason }, deadlineMs: DEADLINE_MS } as const
    const { status, body } = await client.ask(request).catch(cause => {
      const where = crsSocket(home)
      throw new Fault('PEER_UNREACHABLE', `crs does not run: nobody answers at ${where}.`, {
        cause,
      })
    })
    if (status === 200 && isOfficeAnswer.Check(body)) return body
    throw refusal(status, body)
  } finally {
    client.close()
  }
}

function refusal(status: number, body: unknown): Fault {
  const { code, message } = Object(body) as { code?: unknown; message?: unknown }
  const known: FaultCode = isFaultCode(code) ? code : 'PEER_ANSWER_INVALID'
  return new Fault(status === 400 ? 'COMMAND_REFUSED' : known, String(message))
}

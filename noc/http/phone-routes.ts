import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { PhoneSwitch } from '../config.js'

/** Longest wait for the switch and for scp, in ms. */
const DEADLINE_MS = 10_000

export interface PhoneRoutesOptions {
  /** The switch's socket. */
  readonly mls: Pick<SocketClient, 'ask'>
  /** scp's socket. */
  readonly scp: Pick<SocketClient, 'ask'>
  /** Where the phone calls; absent where there is no phone. */
  readonly phone: PhoneSwitch | undefined
}

/**
 * The phone on the screens, in simulation only: outside it there are no routes.
 * - `GET /api/phone`: the switch, and demonstration numbers with the passwords by which they prove themselves to it
 *   as every phone does: `{server, domain, realm, handsets}`
 * - `GET /api/phone/cards`: demonstration cards that nobody has used yet, to be scratched: `{cards}`
 */
export function phoneRoutes(
  app: ReturnType<typeof httpEdge>,
  { mls, scp, phone }: PhoneRoutesOptions,
): void {
  if (!phone) return
  app.get('/api/phone', { config: { audience: ['phone.use'] } }, async () => ({
    ...phone,
    ...Object(await told(mls, '/v1/demonstration-handsets')),
  }))
  app.get('/api/phone/cards', { config: { audience: ['phone.use'] } }, () =>
    told(scp, '/v1/demonstration-cards'),
  )
}

async function told(program: Pick<SocketClient, 'ask'>, path: string): Promise<unknown> {
  const { status, body } = await program.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
  if (status !== 200) throw new Fault('PEER_UNREACHABLE', `${path} is not told now (${status}).`)
  return body
}

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { parsePin } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { SetClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { MscpClient } from '../../scp/units/mscp.js'
import { UnitDelivery } from '../../scp/units/unit-delivery.js'
import { openUnits } from '../../switch-sim/mls/mscp/open-units.js'
import { unitRoutes } from '../../switch-sim/mls/mscp/unit-routes.js'
import { jst } from './scp-desk.js'
import { freshToken, OFFICE, POLICY, phone } from './scp-values.js'

const log = pino({ level: 'silent' })
const clock = new SetClock(jst('2001-01-15T12:00:00'))

const fail = (error: Error) => {
  throw error
}

/** Told by lines on its output, written at once: `R` ready · `A <n> <finding>` card n answered. */
const tell = (line: string) => writeSync(1, `${line}\n`)

/** The MSCP as the switch serves it, until it is killed. */
async function mscp(folder: string, socket: string): Promise<void> {
  const units = await openUnits(join(folder, 'units.db'), fail)
  const edge = httpEdge(log)
  unitRoutes(edge, { store: units, clock })
  await listenOnSocket(edge, socket)
  tell('R')
}

/** scp's store and its delivery: charges cards of Pricall subscribers one after the other, until it is killed. */
async function scp(folder: string, socket: string, from: number, pins: string[]): Promise<void> {
  const ring = KeyRing.read(join(folder, 'pin-keys'))
  if (!ring) throw new Error('there is no key ring')
  const { store } = await openStoreThreads({
    path: join(folder, 'scp.db'),
    clock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder, node: 'scp1' },
    checkpointMs: 50,
    onDeath: fail,
  })
  const client = new MscpClient(new SocketClient(socket))
  const delivery = new UnitDelivery({ store, mscp: client, later: nodeLater, log })
  delivery.wake()
  tell('R')
  for (let n = from; n < pins.length; n++) {
    const token = freshToken()
    const msisdn = phone(n % 20)
    const call = { token, msisdn, kind: 'pricall', service: '1400' } as const
    await store.ask('openCallSession', { ...call, callId: token, cseq: 1 })
    const pin = parsePin(pins[n] ?? '')
    if (!pin) throw new Error('not a PIN')
    const id = chargeId(token, 1)
    const { finding } = await store.ask('charge', { id, digests: ring.digests(pin) })
    delivery.wake()
    tell(`A ${n} ${finding}`)
  }
}

const [role, folder = '', socket = '', from = '0', pins = ''] = process.argv.slice(2)
if (role === 'mscp') await mscp(folder, socket)
if (role === 'scp') await scp(folder, socket, Number(from), pins.split(','))
if (role === 'meter') {
  // Takes a unit as each period of a call begins, until it is killed: `D <left>`.
  const units = await openUnits(join(folder, 'units.db'), fail)
  tell('R')
  for (;;) tell(`D ${await units.ask('debit', phone(1))}`)
}

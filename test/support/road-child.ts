import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import { parsePin } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { type Home, homeAt } from '../../platform/home.js'
import { RunningClock } from '../../platform/running-clock.js'
import type { Given } from '../../platform/settings.js'
import { phone } from './scp-values.js'

/** One program of the road from a card to the ledger, and all that it must know. */
export interface RoadChild {
  readonly program: 'node' | 'crs' | 'billing' | 'mscp'
  readonly home: string
  readonly crsPort: number
  readonly ftpPort: number
  /** What the clock of all of them showed at a time of the machine's, in ns as text, and how fast it goes. */
  readonly moment: EpochMs
  readonly monotonicNs: string
  readonly rate: number
  /** Of the node: the PINs to key, and the first that nobody has keyed. */
  readonly pins: readonly string[]
  readonly from: number
  /** Of the node: the first of the handsets that key, in turn, and how many they are. */
  readonly firstHandset: number
  readonly handsets: number
}

/** Pause between two cards, in ms. */
const PAUSE_MS = 15

/** Pause between two looks for quarter-hours to be closed, in ms. */
const CLOSE_MS = 20

/**
 * Told by lines on its output, written at once: `R` ready · `A <n> <finding>` card n answered · `! <code>`
 * an alarm.
 */
const tell = (line: string) => writeSync(1, `${line}\n`)

const log = pino(
  { level: 'info' },
  {
    write(line: string) {
      const { msg, alarm } = JSON.parse(line)
      if (msg === 'alarm raised') tell(`! ${alarm}`)
    },
  },
)

const fail = (error: Error) => {
  throw error
}

/** scp's store, closer and sender, and the units it owes: charges until its input says `stop`. */
async function node(home: Home, clock: RunningClock, child: RoadChild): Promise<void> {
  const { openNode } = await import('./scp-node.js')
  const { mscpSocket } = await import('../../scp/config.js')
  const { SocketClient } = await import('../../platform/http-client.js')
  const { MscpClient } = await import('../../scp/units/mscp.js')
  const { UnitDelivery } = await import('../../scp/units/unit-delivery.js')
  const scp = await openNode(home, clock, child.crsPort, log)
  const mscp = new MscpClient(new SocketClient(mscpSocket(home)))
  const delivery = new UnitDelivery({ store: scp.store, mscp, later: nodeLater, log })
  delivery.wake()
  const close = async () => {
    await scp.close15()
    setTimeout(close, CLOSE_MS)
  }
  await close()
  tell('R')
  let charging = true
  input.once('line', () => {
    charging = false
  })
  for (let n = child.from; charging && n < child.pins.length; n++) {
    const pin = parsePin(child.pins[n] ?? '')
    if (!pin) throw new Error('not a PIN')
    const kind = n % 3 === 0 ? 'pricall' : 'mobilers'
    const finding = await scp.charge(phone(child.firstHandset + (n % child.handsets)), pin, kind)
    delivery.wake()
    tell(`A ${n} ${finding}`)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

async function crs(home: Home, clock: RunningClock, given: Given): Promise<void> {
  const { crs } = await import('../../crs/main.js')
  await crs.start({ home, clock, log, given })
  tell('R')
}

async function billing(home: Home, clock: RunningClock, given: Given): Promise<void> {
  const { billing } = await import('../../billing/main.js')
  await billing.start({ home, clock, log, given })
  tell('R')
}

/** The MSCP as the switch serves it. */
async function mscp(home: Home, clock: RunningClock): Promise<void> {
  const { httpEdge } = await import('../../platform/http-edge.js')
  const { listenOnSocket } = await import('../../platform/unix-socket.js')
  const { mlsSocket, unitsStore } = await import('../../switch-sim/mls/config.js')
  const { openUnits } = await import('../../switch-sim/mls/mscp/open-units.js')
  const { unitRoutes } = await import('../../switch-sim/mls/mscp/unit-routes.js')
  const edge = httpEdge(log)
  unitRoutes(edge, { store: await openUnits(unitsStore(home), fail), clock })
  await listenOnSocket(edge, mlsSocket(home))
  tell('R')
}

async function run(child: RoadChild): Promise<void> {
  const home = homeAt(child.home)
  const { moment, monotonicNs, rate, crsPort, ftpPort } = child
  const clock = new RunningClock({ moment, monotonicNs: BigInt(monotonicNs), rate })
  const given = {
    MCSCP_CRS_PORT: `${crsPort}`,
    MCSCP_CRS_FTP_PORT: `${ftpPort}`,
    MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
    MCSCP_CRS_FTP_PASSIVE_LAST: '0',
    MCSCP_BILLING_ONLINE: '00:00-24:00',
    // CRS is down for hours of this clock, and comes back: nobody is to re-arm.
    MCSCP_BILLING_RECEIVE_MIN: '10080',
  }
  const programs = {
    node: () => node(home, clock, child),
    crs: () => crs(home, clock, given),
    billing: () => billing(home, clock, given),
    mscp: () => mscp(home, clock),
  }
  await programs[child.program]()
}

// Its input keeps it alive, and ends it with the test.
const input = createInterface({ input: process.stdin })
input.once('close', () => process.exit())
input.once('line', order => void run(JSON.parse(order)))

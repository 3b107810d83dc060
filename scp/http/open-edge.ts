import type { CallSessionToken } from '../../domain/call-session.js'
import { yen } from '../../domain/yen.js'
import { systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { enquiryTicketKey, sealEnquiryTicket } from '../../platform/enquiry-ticket.js'
import { Fault } from '../../platform/fault.js'
import { httpEdge } from '../../platform/http-edge.js'
import type { Surroundings } from '../../platform/program.js'
import type { Rounds } from '../../platform/rounds.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import type { Services } from '../call-control/services.js'
import { BatchMaker } from '../cards/batch-maker.js'
import { CardImporter } from '../cards/card-importer.js'
import { CardMaker } from '../cards/card-maker.js'
import { systemDraw } from '../cards/drawing.js'
import { openKeyRing } from '../cards/key-ring.js'
import { KeyRotation } from '../cards/key-rotation.js'
import { officePolicyOf, pinKeysFile, type ScpValues, scpSocket } from '../config.js'
import { faceValuesOf } from '../rules/denominations.js'
import { balanceRoutes } from '../scenarios/balance/routes.js'
import type { StoreThreads } from '../store/open.js'
import { ClipFiles } from '../tables/clip-files.js'
import type { TablesInForce } from '../tables/tables-in-force.js'
import type { Mscp } from '../units/mscp.js'
import { batchRoutes } from './batch-routes.js'
import { cardEffectRoute } from './card-effect-route.js'
import { cardFileRoutes } from './card-file-routes.js'
import { cardRoutes } from './card-routes.js'
import { chargeRoutes } from './charge-routes.js'
import { daySumsRoutes } from './day-sums-routes.js'
import { demonstrationRoute } from './demonstration-route.js'
import { entryRoutes } from './entry-routes.js'
import { type OfficeRoutesOptions, officeRoutes } from './office-routes.js'
import { receiptRoutes } from './receipt-routes.js'
import { serviceRoutes } from './service-routes.js'
import { tableRoutes } from './table-routes.js'
import { trafficRoutes } from './traffic-routes.js'

export interface EdgeParts {
  readonly threads: StoreThreads
  /** Resolves when a call is in communication. */
  readonly inCommunication: (token: CallSessionToken) => Promise<void>
  readonly mscp: Mscp
  /** Told when there are units to hand over. */
  readonly unitsAdded: () => void
  /** Follows what operators decide about services. */
  readonly services: Services
  /** Follows what operators decide about tables. */
  readonly tables: TablesInForce
  /** Tells ivr of its guidance. */
  readonly guidance: Rounds
}

/** Longest that a caller of 157 waits for the MSCP's answer, in ms. */
const UNITS_WITHIN_MS = 1_500

/** Opens the key ring, and the socket on which ivr, noc and the command line ask. */
export async function openEdge(
  { home, clock, log }: Surroundings,
  values: ScpValues,
  { threads, inCommunication, mscp, unitsAdded, services, tables, guidance }: EdgeParts,
): Promise<{ close(): Promise<void> }> {
  const { store, background } = threads
  const ring = await openKeyRing(pinKeysFile(home), store)
  const ticketKey = enquiryTicketKey(home)
  const maker = new CardMaker({ store, ring, home, log, simulation: values.simulation })
  await maker.issueFirst()
  const batches = new BatchMaker({
    ...{ store, ring, log, draw: systemDraw },
    folder: home.cards,
    later: nodeLater,
    checkpoint: () => background.ask('checkpoint', undefined),
  })
  const read: OfficeRoutesOptions['read'] = (name, ask) => background.ask(name, ask)
  const imports = new CardImporter({
    ...{ store, ring, log, read },
    folder: home.cardImports,
    later: nodeLater,
  })
  const rotation = new KeyRotation({
    ...{ store, ring, log, read },
    idle: () => maker.idle(),
    later: nodeLater,
  })
  const wake = () => {
    batches.wake()
    imports.wake()
    rotation.wake()
  }
  const edge = httpEdge(log)
  chargeRoutes(edge, { store, ring, inCommunication, unitsAdded, log })
  balanceRoutes(edge, {
    store,
    inCommunication,
    seal: msisdn => sealEnquiryTicket(ticketKey, msisdn, systemClock.now()),
    unitsLeft: msisdn =>
      mscp.left(msisdn, UNITS_WITHIN_MS).catch(error => {
        if (!(error instanceof Fault)) throw error
        log.warn({ code: error.code, why: error.message }, 'units not told')
        return undefined
      }),
    log,
  })
  const denominations = () => tables.at('denominations', clock.now())
  cardRoutes(edge, { maker, denominations })
  officeRoutes(edge, {
    store,
    read,
    async performed() {
      wake()
      services.decide(await store.ask('serviceStates', undefined))
      tables.decide(await store.ask('standingTables', undefined))
      await guidance.run()
    },
    clock,
    log,
  })
  serviceRoutes(edge, services)
  tableRoutes(edge, {
    kept: table => store.ask('keptTable', table),
    text: asked => store.ask('tableText', asked),
    clips: new ClipFiles(home.guidance),
    clock,
  })
  batchRoutes(edge, {
    read,
    clock,
    made: batch => batches.made(batch),
    cardMakerKey: values.cardMakerKey,
  })
  cardFileRoutes(edge, {
    ...{ read, clock },
    ...{ cards: home.cards, imports: home.cardImports },
    nowMs: () => systemClock.now(),
  })
  cardEffectRoute(edge, { read, clock, policy: officePolicyOf(values, home) })
  trafficRoutes(edge, {
    node: values.node,
    denominations: () => faceValuesOf(denominations()),
    clock,
    read: period => background.ask('traffic', period),
  })
  daySumsRoutes(edge, day => background.ask('daySums', { day, unit: yen(values.unitYen) }))
  entryRoutes(edge, wanted => background.ask('entries', wanted))
  if (values.simulation) demonstrationRoute(edge, { home, read, clock })
  receiptRoutes(edge, wanted => background.ask('receipts', wanted))
  await listenOnSocket(edge, scpSocket(home))
  wake()
  return {
    async close() {
      await edge.close()
      await batches.close()
      await imports.close()
      await rotation.close()
    },
  }
}

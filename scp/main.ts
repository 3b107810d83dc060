import type { CallSessionToken } from '../domain/call-session.js'
import { nodeLater } from '../platform/deadline.js'
import { Fault } from '../platform/fault.js'
import type { Home } from '../platform/home.js'
import { SocketClient } from '../platform/http-client.js'
import type { Logger } from '../platform/log.js'
import type { Metrics } from '../platform/metrics/metrics.js'
import type { Program, Running, Surroundings } from '../platform/program.js'
import { readSettings } from '../platform/settings.js'
import { transferKey } from '../platform/transfer-signature.js'
import { LeftOverSessions } from './call-control/left-over-sessions.js'
import { Services } from './call-control/services.js'
import { type RunningCallControl, startCallControl } from './call-control/start.js'
import {
  mscpSocket,
  officePolicyOf,
  policyOf,
  type ScpValues,
  scpContradictions,
  scpSettings,
  scpSocket,
  scpStore,
} from './config.js'
import { openEdge } from './http/open-edge.js'
import { QuarterHourCloser } from './quarter-hour/closer.js'
import { runBehindFence } from './restoration/behind-fence.js'
import { openFence } from './restoration/fence.js'
import type { Scenario } from './scenarios/scenario.js'
import { loadScenarios } from './scenarios/scenarios.js'
import { openStoreThreads, type StoreThreads } from './store/open.js'
import type { ScpStore } from './store/questions.js'
import { StoreWatch } from './store/store-watch.js'
import { guidanceInForce } from './tables/guidance-in-force.js'
import { TablesInForce } from './tables/tables-in-force.js'
import { trafficMetrics } from './traffic-metrics.js'
import { CrsClient } from './transfer/crs-client.js'
import { CrsSender } from './transfer/sender.js'
import { MscpClient } from './units/mscp.js'
import { UnitDelivery } from './units/unit-delivery.js'
import { startWatch } from './watch/start.js'

/** Pause between two checkpoints of the store, in ms: what one moves then takes a few ms. */
const CHECKPOINT_MS = 1_000

/** The MCSCP's control and data part as a program of the network. */
export const scp: Program = {
  name: 'scp',
  start,
}

async function start(surroundings: Surroundings): Promise<Running> {
  const { home, given, clock, log } = surroundings
  const values = readSettings(scpSettings, given, scpContradictions)
  const scenarios = await loadScenarios(values.scenarios)
  const threads = await openStoreThreads({
    path: scpStore(home),
    clock,
    policy: policyOf(values),
    office: officePolicyOf(values, home),
    scenarios: values.scenarios,
    place: { folder: home.quarterHourFiles, node: values.node },
    checkpointMs: CHECKPOINT_MS,
    onDeath: endProgram(log),
  })
  // What a store counted is told whether its node takes calls yet or not.
  const registerMetrics = (metrics: Metrics) =>
    trafficMetrics(metrics, { totals: now => threads.background.ask('trafficTotals', now), clock })
  try {
    const restored = await threads.store.ask('openRestoration', undefined)
    if (restored) {
      return { ...behindFence(surroundings, values, scenarios, threads), registerMetrics }
    }
    const serving = await serve(surroundings, values, scenarios, threads)
    const close = () => serving.close().then(() => threads.close())
    return { ...serving, registerMetrics, close }
  } catch (error) {
    await threads.close()
    throw error
  }
}

/** Of a store that comes from a backup: no call before its used cards are those that CRS accepted. */
function behindFence(
  surroundings: Surroundings,
  values: ScpValues,
  scenarios: readonly Scenario[],
  threads: StoreThreads,
): Running {
  const { home, log } = surroundings
  const { store } = threads
  const client = crsClient(home, values)
  const waiting = runBehindFence({
    openFence: () => openFence({ store, client, log }),
    serve: () => serve(surroundings, values, scenarios, threads),
    listening: { questions: scpSocket(home) },
    later: nodeLater,
    log,
  })
  return {
    ...waiting,
    async close() {
      client.close()
      await waiting.close()
      await threads.close()
    },
  }
}

/** CRS, as this node asks it. */
const crsClient = (home: Home, { crs: place, node }: ScpValues): CrsClient =>
  new CrsClient({ place, node, key: transferKey(home, node) })

/** Where real money is charged no card may be there whose number lies in clear (requirements §5.2). */
async function refuseDemonstrationCards(store: ScpStore): Promise<void> {
  const batches = await store.ask('countDemonstrationBatches', undefined)
  if (batches === 0) return
  throw new Fault(
    'SIMULATION_ONLY',
    `The store has ${batches} batches of demonstration cards, whose numbers lie in clear: it was a ` +
      'simulation. Charge real money in another MCSCP_HOME, or void these cards in simulation first ' +
      '(mcscp cards list, mcscp cards void).',
  )
}

/** Opens what stands on the store and leaves that open; calls come last, when all is there that they need. */
async function serve(
  surroundings: Surroundings,
  values: ScpValues,
  scenarios: readonly Scenario[],
  threads: StoreThreads,
): Promise<Running> {
  const { home, log } = surroundings
  const { store } = threads
  if (!values.simulation) await refuseDemonstrationCards(store)
  let calls: RunningCallControl | undefined
  const inCommunication = async (token: CallSessionToken) => calls?.inCommunication(token)
  const mscpClient = new SocketClient(mscpSocket(home))
  const mscp = new MscpClient(mscpClient)
  const units = new UnitDelivery({ store, mscp, later: nodeLater, log })
  const unitsAdded = () => units.wake()
  const services = new Services(
    scenarios.map(({ name }) => name),
    values,
    await store.ask('serviceStates', undefined),
  )
  const tables = new TablesInForce(await store.ask('standingTables', undefined))
  const guidance = guidanceInForce({ home, store, log })
  await guidance.run()
  const parts = { threads, inCommunication, mscp, unitsAdded, services, tables, guidance }
  const edge = await openEdge(surroundings, values, parts)
  const leftOver = await LeftOverSessions.find(store, log, values.callSeconds * 1000)
  const control = await startCallControl(surroundings, values, {
    store,
    services,
    scenarios,
    tables,
  }).catch(async error => {
    await edge.close()
    throw error
  })
  calls = control
  const files = deliverFiles(surroundings, values, threads)
  units.wake()
  const storeWatch = new StoreWatch({ store, log, later: nodeLater })
  const watch = startWatch(surroundings, values, threads)
  return {
    listening: { questions: scpSocket(home) },
    status: () => control.status(),
    async close() {
      storeWatch.close()
      await watch.close()
      await control.close()
      await edge.close()
      await guidance.close()
      await files.close()
      await units.close()
      mscpClient.close()
      leftOver.forget()
    },
  }
}

/** Closes quarter-hours and days, and brings their files to CRS. */
function deliverFiles(
  { home, clock, log }: Surroundings,
  values: ScpValues,
  { store, background }: StoreThreads,
): Pick<Running, 'close'> {
  const sender = new CrsSender({
    store,
    read: deliveries => background.ask('readFiles', deliveries),
    client: crsClient(home, values),
    log,
  })
  const closer = new QuarterHourCloser({
    store,
    clock,
    log,
    write: closed => background.ask('writeFiles', closed),
    writeDayCloses: closed => background.ask('writeDayCloses', closed),
    onWritten: () => sender.written(),
  })
  void closer.run()
  return {
    async close() {
      await closer.close()
      await sender.close()
    },
  }
}

/** Without its store scp is of no use: it ends, and starts again from what is on disk. */
const endProgram = (log: Logger) => (error: Error) => {
  log.fatal({ err: error }, 'store lost')
  throw error
}

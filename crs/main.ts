import { isIPv6 } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { QUARTER_HOUR_FILE_MAX } from '../domain/quarter-hour-file.js'
import { monotonicMs } from '../platform/clock.js'
import { httpEdge } from '../platform/http-edge.js'
import { listenFault } from '../platform/listen.js'
import type { Logger } from '../platform/log.js'
import type { Program, Running, Surroundings } from '../platform/program.js'
import { secretFile } from '../platform/secret-file.js'
import { readSettings } from '../platform/settings.js'
import { NO_CALLS } from '../platform/status.js'
import { transferDeadlineMs } from '../platform/transfer-deadline.js'
import { transferKey } from '../platform/transfer-signature.js'
import { listenOnSocket } from '../platform/unix-socket.js'
import { loadCodeTables } from './code-tables-folder.js'
import {
  type CrsValues,
  crsContradictions,
  crsSettings,
  crsSocket,
  crsStore,
  ftpCertificateFile,
  ftpKeyFile,
  ftpPasswordFile,
} from './config.js'
import { crsMetrics } from './crs-metrics.js'
import { serverIdentity } from './ftp/certificate.js'
import { ExchangeFolders } from './ftp/exchange-folders.js'
import { FtpServer } from './ftp/server.js'
import { HourCloser } from './hourly/closer.js'
import { LateDeliveries } from './intake/late-deliveries.js'
import { intakeRoutes } from './intake/routes.js'
import { signatureGate } from './intake/signature-gate.js'
import { daySumsRoutes } from './office/day-sums-routes.js'
import { officeRoutes, tellStanding } from './office/office-routes.js'
import { openStoreThreads, type StoreThreads } from './store/open.js'
import type { CrsStore } from './store/questions.js'

/** Pause between two checkpoints of the store, in ms. */
const CHECKPOINT_MS = 1_000

/** The card rating system as a program of the network. */
export const crs: Program = {
  name: 'crs',
  start,
}

async function start(surroundings: Surroundings): Promise<Running> {
  const { home, given, clock, log } = surroundings
  const values = readSettings(crsSettings, given, crsContradictions)
  const tables = loadCodeTables(home)
  const threads = await openStoreThreads({
    path: crsStore(home),
    clock,
    policy: { nodes: values.nodes, tables },
    folder: home.hourlyFiles,
    checkpointMs: CHECKPOINT_MS,
    onDeath: endProgram(log),
  })
  return serve(surroundings, values, threads)
}

/** Opens what stands on the store. */
async function serve(
  surroundings: Surroundings,
  values: CrsValues,
  threads: StoreThreads,
): Promise<Running> {
  const { clock, log } = surroundings
  const { store, background } = threads
  const closer = new HourCloser({ store, background, log })
  const onTaken = () => void closer.run()
  const opened: { close(): PromiseLike<unknown> }[] = [threads, closer]
  const closeOpened = async () => {
    for (const one of opened.toReversed()) await one.close()
  }
  try {
    const keys = await servedKeys(surroundings, store)
    const edge = await openIntake(surroundings, values, threads, { keys, onTaken })
    opened.push(edge)
    opened.push(await openOffice(surroundings, threads, { keys, onTaken }))
    const ftp = await openFtp(surroundings, values, threads)
    opened.push(ftp)
    const late = new LateDeliveries({ store, clock, log, lateMs: values.deliveryLate * 60_000 })
    void closer.run()
    const ftpHost = isIPv6(values.ftpHost) ? `[${values.ftpHost}]` : values.ftpHost
    return {
      listening: { intake: edge.listeningOrigin, ftp: `ftp://${ftpHost}:${ftp.port}` },
      status: () => NO_CALLS,
      registerMetrics: metrics => crsMetrics(metrics, () => background.ask('counted', undefined)),
      async close() {
        late.close()
        await closeOpened()
      },
    }
  } catch (error) {
    await closeOpened()
    throw error
  }
}

/** What the ways in share. */
interface Intake {
  /** Transfer key of each node that CRS serves; it changes as nodes are taken in and removed. */
  readonly keys: Map<string, string>
  /** Told when an hour may be complete. */
  readonly onTaken: () => void
}

/** The keys of the nodes that CRS serves, told of as they stand. */
async function servedKeys(
  { home, log }: Surroundings,
  store: CrsStore,
): Promise<Map<string, string>> {
  const standings = await store.ask('nodes', undefined)
  for (const { name, state } of standings) tellStanding(log, name, state)
  const served = standings.filter(({ state }) => state !== 'removed')
  return new Map(served.map(({ name }) => [name, transferKey(home, name)]))
}

/** Opens the socket on which an operator takes nodes in and out, and replaces tables. */
async function openOffice(
  { home, log }: Surroundings,
  { store, background }: StoreThreads,
  { keys, onTaken }: Intake,
): Promise<FastifyInstance> {
  const edge = httpEdge(log)
  daySumsRoutes(edge, day => background.ask('hourlySums', day))
  officeRoutes(edge, {
    store,
    log,
    readTables: () => loadCodeTables(home),
    onServed: (node, served) => {
      if (served) keys.set(node, transferKey(home, node))
      else keys.delete(node)
    },
    onDeclared: onTaken,
  })
  await listenOnSocket(edge, crsSocket(home))
  return edge
}

/** Opens the way in for MCSCP nodes. */
async function openIntake(
  { log }: Surroundings,
  { host, port }: CrsValues,
  { store, background }: StoreThreads,
  { keys, onTaken }: Intake,
): Promise<FastifyInstance & { readonly listeningOrigin: string }> {
  const edge = httpEdge(log, { requestMaxMs: transferDeadlineMs(QUARTER_HOUR_FILE_MAX) })
  signatureGate(edge, { keys, log, nowMs: monotonicMs })
  intakeRoutes(edge, { store, background, log, onTaken })
  try {
    await edge.listen({ host, port })
  } catch (error) {
    throw listenFault(error, {
      host: crsSettings.host.name,
      ports: { [crsSettings.port.name]: port },
    })
  }
  return edge
}

/** Opens the way out for billing. */
async function openFtp(
  { home, log }: Surroundings,
  values: CrsValues,
  { store, background }: StoreThreads,
): Promise<FtpServer> {
  const files = { key: ftpKeyFile(home), certificate: ftpCertificateFile(home) }
  const { ftpHost, ftpPort } = crsSettings
  return FtpServer.listen({
    host: values.ftpHost,
    port: values.ftpPort,
    passivePorts: { first: values.passiveFirst, last: values.passiveLast },
    connectionsMax: values.ftpConnections,
    idleMs: values.ftpIdleSeconds * 1_000,
    identity: await serverIdentity(files, values.ftpHost, new Date()),
    password: secretFile(ftpPasswordFile(home)),
    folders: new ExchangeFolders({ store, background, log }),
    log,
    nowMs: monotonicMs,
  }).catch(error => {
    throw listenFault(error, { host: ftpHost.name, ports: { [ftpPort.name]: values.ftpPort } })
  })
}

/** Without its store CRS is of no use: it ends, and starts again from what is on disk. */
const endProgram = (log: Logger) => (error: Error) => {
  log.fatal({ err: error }, 'store lost')
  throw error
}

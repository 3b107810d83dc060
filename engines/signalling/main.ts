import { createHmac, randomUUID } from 'node:crypto'
import type { BlockList } from 'node:net'
import type { Clock } from '../../domain/clock.js'
import { keepsMessages } from '../../platform/call-trail.js'
import { monotonicMs, systemClock } from '../../platform/clock.js'
import { listenFault } from '../../platform/listen.js'
import type { Logger } from '../../platform/log.js'
import type { Metrics } from '../../platform/metrics/metrics.js'
import type { Program } from '../../platform/program.js'
import { secretFile } from '../../platform/secret-file.js'
import { invalidSettings, readSettings } from '../../platform/settings.js'
import type { ProgramStatus } from '../../platform/status.js'
import { Agent, type Handlers, type ListenPoint } from './agent.js'
import { CallGate, type CallGateLimits } from './call-gate.js'
import { CertificateWatch } from './certificate-watch.js'
import {
  type EngineName,
  gateLimits,
  listenPoints,
  PROTOCOLS,
  signallingContradictions,
  signallingSecretPath,
  signallingSettings,
  tlsReading,
} from './config.js'
import { EngineMetrics, registerCertificate } from './engine-metrics.js'
import { ApplicationPort } from './port/application-port.js'
import { CallEvents } from './port/call-events.js'
import type { Connection } from './port/connection.js'
import { Incoming } from './port/incoming.js'
import { handlerOf, type MethodHandler } from './port/method-handlers.js'
import { Outgoing } from './port/outgoing.js'
import { Owners } from './port/owners.js'
import { RequestHandler } from './port/request-handler.js'
import { Routes } from './port/routes.js'
import { nodeScheduler, type Scheduler } from './scheduler.js'
import type { TimerValues } from './transaction/timers.js'
import type { Endpoint } from './transport/address.js'
import { TlsCredentials } from './transport/tls-credentials.js'
import { callMessages, watchedBy } from './watch/call-messages.js'
import { MessageTrace } from './watch/message-trace.js'
import type { WireWatch } from './watch/wire-watch.js'

/** Everything an engine must be told. */
export interface SignallingConfig {
  readonly sip: readonly ListenPoint[]
  /** Port for applications, on loopback; 0 picks a free one. */
  readonly applicationPort: number
  /** What an application must say before anything else. */
  readonly secret: string
  /** Where HOMER takes HEP over UDP; keys are masked. */
  readonly collector?: Endpoint | undefined
  /** Who is asked for new requests; those that no handler is for go round the applications. */
  readonly handlers?: readonly MethodHandler[]
  /** Whose requests are not limited. Default: this machine's own. */
  readonly unlimited?: BlockList
  readonly clock: Clock
  readonly log: Logger
  /** Default: RFC 3261's; tests shorten them. */
  readonly timers?: TimerValues
  /** Default: Node's timers; tests move theirs by hand. */
  readonly scheduler?: Scheduler
  /** What new calls are let through by. Default: all are. */
  readonly gate?: CallGateLimits
  /** What TLS is spoken with, where `sip` has it. */
  readonly credentials?: TlsCredentials | undefined
  /** How long calls may take to end at close. Default: `ENDING_MS`. */
  readonly endingMs?: number
}

/** An engine that runs. */
export interface Signalling {
  readonly listening: {
    readonly sip: readonly ListenPoint[]
    readonly application: Endpoint
  }
  status(): ProgramStatus
  /** How many new calls were refused because they were too many. */
  refusedCalls(): number
  /** Tells what it holds, what it refused, and what it coped with. */
  registerMetrics(metrics: Metrics): void
  /** Refuses new calls, hangs up those there are, and closes all ports. */
  close(): Promise<void>
}

/** Time for calls to end at close; a peer that is gone answers no BYE. */
const ENDING_MS = 2_000

/** Starts an engine. Rejects with the system's error, everything closed again. */
export async function startSignalling(config: SignallingConfig): Promise<Signalling> {
  const { clock, log, scheduler = nodeScheduler } = config
  const routes = new Routes<Connection>()
  const noticedRefused = (refused: number) => log.warn({ refused }, 'new calls refused, too many')
  const gate = config.gate && new CallGate(config.gate, noticedRefused)
  const tables = {
    routes,
    owners: new Owners(),
    events: new CallEvents(routes, clock),
    clock,
    freshId: randomUUID,
    monotonicMs,
    ...(gate ? { gate } : {}),
  }
  const incoming = new Incoming(tables)
  const engineMetrics = new EngineMetrics()
  const trace = MessageTrace.wanted({ log, clock, collector: config.collector })
  const agent = await Agent.open({
    watch: watchOf(engineMetrics, trace),
    listen: config.sip,
    handlers: handlersOf(incoming, log, engineMetrics),
    scheduler,
    // The secret is kept in a file: calls that were proxied before a restart go on after it.
    passKey: createHmac('sha256', config.secret).update('route passes').digest(),
    credentials: config.credentials,
    ...(config.timers ? { timers: config.timers } : {}),
    ...(config.unlimited ? { unlimited: config.unlimited } : {}),
  })
  const port = await ApplicationPort.open({
    port: config.applicationPort,
    secret: config.secret,
    tables,
    incoming,
    outgoing: new Outgoing(agent, tables, scheduler),
    scheduler,
    monotonicMs,
    advertised: () => agent.listening.map(advertisement).join(','),
    noticed: event => log.warn(event),
  }).catch(async (error: unknown) => {
    await agent.close()
    trace?.close()
    throw error
  })
  const { handlers = [] } = config
  const needs = { incoming, proxied: port.proxied, applications: port }
  incoming.askFirst(new RequestHandler(handlers, needs))
  let closed: Promise<void> | undefined
  return {
    listening: { sip: agent.listening, application: port.listening },
    // Without an application, or somebody to find one, every call is refused.
    status: () => ({
      ready: routes.has('invite') || handlerOf(handlers, 'INVITE') !== undefined,
      calls: agent.load.dialogs,
    }),
    refusedCalls: () => gate?.refused ?? 0,
    registerMetrics: metrics =>
      engineMetrics.register(metrics, {
        load: () => agent.load,
        refused: () => gate?.refused ?? 0,
      }),
    close() {
      closed ??= closeInOrder(agent, incoming, port, config.endingMs ?? ENDING_MS).finally(() =>
        trace?.close(),
      )
      return closed
    },
  }
}

/** Who is shown every message. */
function watchOf({ messages }: EngineMetrics, trace: MessageTrace | undefined): WireWatch {
  const others = [...(trace ? [trace] : []), ...(keepsMessages() ? [callMessages] : [])]
  return others.length > 0 ? watchedBy([messages, ...others]) : messages
}

async function closeInOrder(
  agent: Agent,
  incoming: Incoming,
  port: ApplicationPort,
  endingMs: number,
): Promise<void> {
  incoming.drain()
  const deadline = new Promise<void>(resolve => nodeScheduler.after(endingMs, resolve))
  await Promise.race([port.endCalls(), deadline])
  await port.close()
  await agent.close()
}

const handlersOf = (incoming: Incoming, log: Logger, metrics: EngineMetrics): Handlers => ({
  request: transaction => incoming.request(transaction),
  refusesCall: () => incoming.refusesCall(),
  ack: ack => incoming.ack(ack),
  cancel: cancel => incoming.cancel(cancel),
  dialogEnded: end => incoming.ended(end),
  passedOn: request => incoming.passedOn(request),
  noticed: ({ event, ...facts }) => {
    metrics.count(event)
    log.warn({ event, ...facts }, 'signalling coped')
  },
})

const advertisement = ({ protocol, host, port }: ListenPoint): string =>
  `${protocol}/${host.includes(':') ? `[${host}]` : host}:${port}`

/** What TLS is spoken with, and who keeps it fresh; nothing where it is not spoken. */
function securityOf(
  engine: EngineName,
  values: Parameters<typeof tlsReading>[1],
  log: Logger,
): { credentials: TlsCredentials; watch: CertificateWatch } | undefined {
  if (values.tls === 'off' && values.wss === 'off') return undefined
  const read = () => tlsReading(engine, values)
  const reading = read()
  if (reading.outcome === 'wrong') throw invalidSettings(reading.mistakes)
  const credentials = new TlsCredentials(
    reading.texts,
    values.tlsVerify ? 'verified' : 'unverified',
  )
  const watch = new CertificateWatch({ whose: engine, credentials, read, clock: systemClock, log })
  return { credentials, watch }
}

/** The engine as a program of the network. */
export function signallingProgram(engine: EngineName): Program {
  const settings = signallingSettings(engine)
  return {
    name: `${engine}-signalling`,
    async start({ home, given, log }) {
      const values = readSettings(settings, given, read => signallingContradictions(engine, read))
      const secret = secretFile(signallingSecretPath(home, engine))
      const secured = securityOf(engine, values, log)
      const signalling = await startSignalling({
        credentials: secured?.credentials,
        sip: listenPoints(values),
        unlimited: values.unlimited,
        collector: values.collector,
        handlers: values.handlers,
        applicationPort: values.applicationPort,
        secret,
        gate: gateLimits(values),
        clock: systemClock,
        log,
      }).catch(error => {
        const ports = Object.fromEntries(
          [...PROTOCOLS, 'applicationPort' as const].map(key => [settings[key].name, values[key]]),
        )
        secured?.watch.close()
        throw listenFault(error, { host: settings.host.name, ports })
      })
      const { sip, application } = signalling.listening
      return {
        listening: {
          sip: sip.map(advertisement).join(', '),
          application: `tcp/${application.host}:${application.port}`,
        },
        status: signalling.status,
        registerMetrics(metrics) {
          signalling.registerMetrics(metrics)
          if (secured) registerCertificate(metrics, secured.credentials)
        },
        close() {
          secured?.watch.close()
          return signalling.close()
        },
      }
    },
  }
}

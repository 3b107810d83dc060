import { randomBytes, randomUUID } from 'node:crypto'
import { type BlockList, isIPv6 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { Clock } from '../../domain/clock.js'
import { systemClock } from '../../platform/clock.js'
import { listenFault } from '../../platform/listen.js'
import type { Logger } from '../../platform/log.js'
import type { Metrics } from '../../platform/metrics/metrics.js'
import { raisePriority } from '../../platform/priority.js'
import type { Program } from '../../platform/program.js'
import { secretFile } from '../../platform/secret-file.js'
import { readSettings } from '../../platform/settings.js'
import type { ProgramStatus } from '../../platform/status.js'
import type { ListenPoint } from '../signalling/agent.js'
import { LOOPBACK_NETWORKS, parseNetworks } from '../signalling/guard/networks.js'
import type { Scheduler } from '../signalling/scheduler.js'
import type { TimerValues } from '../signalling/transaction/timers.js'
import { applicationTable } from './applications/table.js'
import {
  eventSocketSecretPath,
  type MediaSettings,
  mediaContradictions,
  mediaSettings,
  productDialplan,
  sipListenPoints,
} from './config.js'
import { compileDialplan, type DialplanEntry } from './dialplan.js'
import type { SocketSurroundings } from './event-socket/conversation.js'
import { type InboundOptions, InboundSocket } from './event-socket/inbound.js'
import { outboundDialler } from './event-socket/outbound.js'
import { readEventSocketUsers } from './event-socket/users.js'
import { type EngineIdentity, EventBus } from './events/event-bus.js'
import { mediaMetrics } from './media-metrics.js'
import { type MonotonicTime, systemTime } from './monotonic-time.js'
import { ClipShelf } from './playback/clip-shelf.js'
import { PortRange } from './rtp/port-range.js'
import { SenderWheel } from './rtp/sender-wheel.js'
import { SipEdge } from './sip-edge.js'
import { Switchboard } from './switchboard.js'

/** Everything an engine must be told. */
export interface MediaConfig {
  readonly sip: readonly ListenPoint[]
  /** Address that callers send audio to, and the ports: `first` to `last`, even ones. */
  readonly rtp: { readonly address: string; readonly first: number; readonly last: number }
  readonly eventSocket: InboundOptions
  readonly dialplan: readonly DialplanEntry[]
  /** Folder of the clips. */
  readonly clips: string
  /** Folder that callers may be recorded into; none where nothing may be recorded. */
  readonly recordings?: string | undefined
  /** Whose audio may correct a session description, once; this machine's unless given. */
  readonly trusted?: BlockList
  readonly mostCalls: number
  readonly mediaTimeoutMs: number
  /** Whether keys are looked for in sound; not unless given. */
  readonly keyTones?: boolean
  readonly clock: Clock
  readonly log: Logger
  /** Default: the machine's. */
  readonly time?: MonotonicTime
  /** Default: RFC 3261's; tests shorten them. */
  readonly timers?: TimerValues
  /** Of SIP alone, which runs in real time where `time` does not. Default: Node's timers. */
  readonly scheduler?: Scheduler
}

/** An engine that runs. */
export interface Media {
  readonly listening: { readonly sip: readonly ListenPoint[]; readonly eventSocket: number }
  readonly switchboard: Switchboard
  status(): ProgramStatus
  registerMetrics(metrics: Metrics): void
  /** Refuses new calls, ends those there are, and closes all ports. */
  close(): Promise<void>
}

/** Event sockets are opened from this machine alone: the password travels in clear. */
const EVENT_SOCKET_HOST = '127.0.0.1'

/** Starts an engine. Rejects with the system's error, everything closed again. */
export async function startMedia(config: MediaConfig): Promise<Media> {
  const { log, clock, time = systemTime } = config
  const dialplan = compileDialplan(config.dialplan)
  const events = new EventBus(identity(), clock)
  const wheel = new SenderWheel(time)
  const shelf = new ClipShelf(config.clips)
  const applications = applicationTable(
    shelf,
    (channel, target) => outboundDialler(sockets)(channel, target),
    config.recordings,
  )
  const switchboard = new Switchboard({ events, applications, dialplan, clock, time, log })
  const sockets: SocketSurroundings = { switchboard, events, time, log }
  const inbound = await InboundSocket.open(config.eventSocket, sockets)
  const edge = await SipEdge.open({
    listen: config.sip,
    rtp: {
      address: config.rtp.address,
      ports: new PortRange(config.rtp.first, config.rtp.last),
      wheel,
      time,
      trusted: isTrusted(config.trusted),
      random32: () => randomBytes(4).readUInt32BE(),
      mediaTimeoutMs: config.mediaTimeoutMs,
      keyTones: config.keyTones ?? false,
    },
    dialplan,
    switchboard,
    mostCalls: config.mostCalls,
    log,
    ...(config.timers ? { timers: config.timers } : {}),
    ...(config.scheduler ? { scheduler: config.scheduler } : {}),
  }).catch(async (error: unknown) => {
    await inbound.close()
    throw error
  })
  return {
    listening: { sip: edge.listening, eventSocket: inbound.port },
    switchboard,
    // A channel may outlive its leg, and a leg wait for the end of its BYE.
    status: () => ({ ready: true, calls: Math.max(switchboard.counts.now, edge.legs) }),
    registerMetrics: metrics => mediaMetrics(metrics, { wheel, switchboard }),
    async close() {
      edge.refuseCalls()
      await switchboard.close()
      await inbound.close()
      wheel.close()
      await edge.close()
    },
  }
}

/** Unless others are named, peers on this machine: the switch and the phones of a simulated network. */
const isTrusted =
  (list = parseNetworks(LOOPBACK_NETWORKS)) =>
  (address: string): boolean =>
    list?.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') ?? false

function identity(): EngineIdentity {
  const addresses = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  const outside = (family: 'IPv4' | 'IPv6') =>
    addresses.find(one => one.family === family && !one.internal)?.address
  return {
    coreUuid: randomUUID(),
    hostname: hostname(),
    ipv4: outside('IPv4') ?? '127.0.0.1',
    ipv6: outside('IPv6') ?? '::1',
  }
}

/** Audio must not wait for others. A system that refuses is told of once; all works, less evenly. */
function beFirst(priority: number, log: Logger): void {
  try {
    raisePriority(priority)
  } catch (error) {
    log.warn({ priority, err: error }, 'the system refused a higher process priority')
  }
}

/** The media engine as a program of the network. */
export const mediaProgram: Program = {
  name: 'media',
  async start({ home, given, log }) {
    const values: MediaSettings = readSettings(mediaSettings, given, mediaContradictions)
    beFirst(values.priority, log)
    const { sipPort, eventSocketPort, eventSocketUsers } = values
    const media = await startMedia({
      sip: sipListenPoints(values),
      rtp: { address: values.rtpAddress, first: values.firstRtpPort, last: values.lastRtpPort },
      eventSocket: {
        host: EVENT_SOCKET_HOST,
        port: eventSocketPort,
        password: secretFile(eventSocketSecretPath(home)),
        users: eventSocketUsers === undefined ? undefined : readEventSocketUsers(eventSocketUsers),
      },
      dialplan: productDialplan(values),
      clips: values.clips,
      recordings: values.recordings,
      trusted: values.trustedPeers,
      mostCalls: values.mostCalls,
      mediaTimeoutMs: values.mediaTimeoutS * 1_000,
      keyTones: values.inbandKeys,
      clock: systemClock,
      log,
    }).catch(error => {
      const ports = {
        [mediaSettings.sipPort.name]: sipPort,
        [mediaSettings.eventSocketPort.name]: eventSocketPort,
      }
      throw listenFault(error, { host: mediaSettings.sipHost.name, ports })
    })
    const { sip, eventSocket } = media.listening
    return {
      listening: {
        sip: sip.map(({ protocol, host, port }) => `${protocol}/${host}:${port}`).join(', '),
        'event socket': `tcp/${EVENT_SOCKET_HOST}:${eventSocket}`,
      },
      status: media.status,
      registerMetrics: media.registerMetrics,
      close: media.close,
    }
  },
}

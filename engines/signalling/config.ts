import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../../platform/home.js'
import { nocPortSetting } from '../../platform/person-settings.js'
import {
  ipAddress,
  portNumber,
  setting,
  wholeNumberBetween,
  wholeNumberOr,
} from '../../platform/settings.js'
import type { ListenPoint } from './agent.js'
import type { CallGateLimits } from './call-gate.js'
import { LOOPBACK_NETWORKS, parseNetworks } from './guard/networks.js'
import { type MethodHandler, parseHandlers } from './port/method-handlers.js'
import { parseHostPort } from './sip/host.js'
import { readTls, type TlsFiles, type TlsReading, tlsSettings } from './tls-settings.js'
import type { Endpoint } from './transport/address.js'
import { isLiteral } from './transport/local-host.js'

/** The two engines of a network: the switch and scp would take each other's calls on one. */
export type EngineName = 'switch' | 'scp'

/** Addresses and networks in CIDR form. */
export const networks = z
  .string()
  .transform((text, context) => {
    const list = parseNetworks(text)
    if (list) return list
    context.addIssue('must be IP addresses or networks such as 10.0.0.0/8, commas between')
    return z.NEVER
  })
  .describe('IP addresses and networks')

/** Address and port of a HEP collector; `undefined` for none. */
const collector = z
  .string()
  .transform((text, context): Endpoint | undefined => {
    if (text === 'off') return undefined
    const { host, port } = parseHostPort(text) ?? {}
    if (host !== undefined && isLiteral(host) && port) return { host, port }
    context.addIssue('must be off, or an IP address and port such as 10.0.0.9:9060')
    return z.NEVER
  })
  .describe('off, or address:port')

/** Whom new requests are brought to; none for the applications that have connected. */
const handlers = z
  .string()
  .transform((text, context): readonly MethodHandler[] => {
    const parsed = text === 'off' ? [] : parseHandlers(text)
    if (parsed) return parsed
    context.addIssue(
      'must be off, or with blanks between tcp:host:port of this machine, or the URL of a routing service, with post: before it to show it the message; each with a method such as INVITE= before it, or one without for all others',
    )
    return z.NEVER
  })
  .describe(
    'off, or tcp:host:port, an http(s) URL or post: and one, each after a method and = or not, blanks between',
  )

/** Origins of web pages, or `noc` for those of the operators' screens. */
const origins = z
  .string()
  .transform((text, context): 'noc' | readonly string[] => {
    const list = text.split(',').map(one => one.trim())
    if (text === 'noc') return text
    if (list.every(one => URL.canParse(one) && new URL(one).origin === one)) return list
    context.addIssue('must be noc, or origins such as https://phone.example.jp, commas between')
    return z.NEVER
  })
  .describe('noc, or origins')

/** A port, or `off` for a protocol that is not wanted. */
const portOrOff = z
  .union([z.literal('off'), portNumber], 'must be a port from 0 to 65535, or off')
  .describe('0 to 65535, or off')

const DEFAULT_PORTS = {
  switch: { udp: '5060', tcp: '5060', ws: '5066', application: '9022' },
  scp: { udp: '5070', tcp: '5070', ws: 'off', application: '9032' },
} as const

/** Of scp, the rate is a setting that the program has too: both keep to the same. */
const GATES = {
  switch: {
    rate: wholeNumberOr('off', 1, 10_000),
    callsASecond: 'off',
    callsWaiting: '1000',
    others: 'get 503',
  },
  scp: {
    rate: wholeNumberBetween(1, 10_000),
    callsASecond: '100',
    callsWaiting: '200',
    others: 'hear the congestion announcement',
  },
} as const

/** The settings of one engine. */
export function signallingSettings(engine: EngineName) {
  const program = `MCSCP_${engine === 'switch' ? 'SWITCH' : 'SCP'}` as const
  const prefix = `${program}_SIP` as const
  const gate = GATES[engine]
  const ports = DEFAULT_PORTS[engine]
  const of = `of the signalling engine of ${engine === 'switch' ? 'the switch' : 'scp'}`
  return {
    host: setting(`${prefix}_HOST`, ipAddress, {
      default: '127.0.0.1',
      about: `address ${of} for SIP`,
    }),
    udp: setting(`${prefix}_UDP_PORT`, portOrOff, {
      default: ports.udp,
      about: `port ${of} for SIP over UDP, or off`,
      source: 'RFC 3261 §18.1.1',
    }),
    tcp: setting(`${prefix}_TCP_PORT`, portOrOff, {
      default: ports.tcp,
      about: `port ${of} for SIP over TCP, or off`,
      source: 'RFC 3261 §18.1.1',
    }),
    ws: setting(`${prefix}_WS_PORT`, portOrOff, {
      default: ports.ws,
      about: `port ${of} for SIP over WebSocket, or off`,
      source: 'RFC 7118',
    }),
    wsOrigins: setting(`${prefix}_WS_ORIGINS`, origins, {
      default: 'noc',
      about: `web pages that may open a WebSocket to the signalling engine of ${engine === 'switch' ? 'the switch' : 'scp'}, by their origins, commas between; noc: the operators’ screens. Phones that are no web page name none`,
      source: 'RFC 6455 §10.2',
    }),
    tls: setting(`${prefix}_TLS_PORT`, portOrOff, {
      default: 'off',
      about: `port ${of} for SIP over TLS, 5061 as a rule, or off`,
      source: 'RFC 3261 §26.3.2.1',
    }),
    wss: setting(`${prefix}_WSS_PORT`, portOrOff, {
      default: 'off',
      about: `port ${of} for SIP over WebSocket with TLS, or off`,
      source: 'RFC 7118',
    }),
    ...tlsSettings(prefix, of),
    nocPort: nocPortSetting,
    unlimited: setting(`${prefix}_UNLIMITED`, networks, {
      default: LOOPBACK_NETWORKS,
      about: `whose requests to the signalling engine of ${engine === 'switch' ? 'the switch' : 'scp'} are not limited to 16 in 2 s: networks and addresses, commas between`,
      source: 'XS6',
    }),
    collector: setting(`${prefix}_HEP`, collector, {
      default: 'off',
      about: `where HOMER takes the messages of the signalling engine of ${engine === 'switch' ? 'the switch' : 'scp'} (HEP version 3 over UDP), keys masked`,
    }),
    handlers: setting(`${prefix}_HANDLER`, handlers, {
      default: 'off',
      about: `who takes the new requests of the signalling engine of ${engine === 'switch' ? 'the switch' : 'scp'}, if not the applications in turn: one that it dials, or a routing service that it asks; of all methods or of one`,
      source: 'drachtio-server: request handlers',
    }),
    applicationPort: setting(`${prefix}_APPLICATION_PORT`, portNumber, {
      default: ports.application,
      about: `port ${of} for its application, on loopback only`,
      source: 'drachtio-server uses 9022',
    }),
    callsASecond: setting<number | undefined>(`${program}_CALLS_A_SECOND`, gate.rate, {
      default: gate.callsASecond,
      unit: 'calls/s',
      about: `call attempts taken, with as many at once after a silence; others ${gate.others}`,
      source: 'requirement M-05',
    }),
    callsWaiting: setting(`${program}_CALLS_WAITING`, wholeNumberBetween(1, 100_000), {
      default: gate.callsWaiting,
      unit: 'calls',
      about: `most calls that wait for a first answer of the program behind the engine; others ${gate.others}`,
      source: 'requirement M-05',
    }),
  }
}

/** What new calls are let through by. */
export const gateLimits = ({
  callsASecond,
  callsWaiting,
}: {
  readonly callsASecond: number | undefined
  readonly callsWaiting: number
}): CallGateLimits => ({
  waitingMax: callsWaiting,
  ...(callsASecond === undefined ? {} : { rate: { callsASecond, burst: callsASecond } }),
})

/** The values of `signallingSettings` that say where SIP is spoken. */
export interface SipAddresses {
  readonly host: string
  readonly udp: number | 'off'
  readonly tcp: number | 'off'
  readonly ws: number | 'off'
  readonly tls: number | 'off'
  readonly wss: number | 'off'
  readonly wsOrigins: 'noc' | readonly string[]
  readonly nocPort: number
}

/** The listen points that the settings ask for. */
export const listenPoints = (addresses: SipAddresses): ListenPoint[] =>
  PROTOCOLS.flatMap(protocol => {
    const port = addresses[protocol]
    if (port === 'off') return []
    const point = { protocol, host: addresses.host, port }
    const isWebSocket = protocol === 'ws' || protocol === 'wss'
    return [isWebSocket ? { ...point, origins: originsOf(addresses) } : point]
  })

/** Each of them has a port of its own, by the setting of its name. */
export const PROTOCOLS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const

/** Whether TLS is spoken at all. */
const speaksTls = ({ tls, wss }: SipAddresses): boolean => tls !== 'off' || wss !== 'off'

/** What TLS is to be spoken with, where it is. */
export const tlsReading = (engine: EngineName, values: SipAddresses & TlsFiles): TlsReading => {
  const { tlsCertificate, tlsKey, tlsAuthorities } = signallingSettings(engine)
  return readTls(values, {
    tlsCertificate: tlsCertificate.name,
    tlsKey: tlsKey.name,
    tlsAuthorities: tlsAuthorities.name,
  })
}

/** The screens are on loopback, which a browser knows by several names. */
const originsOf = ({ wsOrigins, nocPort }: SipAddresses): readonly string[] =>
  wsOrigins === 'noc'
    ? ['127.0.0.1', 'localhost', '[::1]'].map(host => new URL(`http://${host}:${nocPort}`).origin)
    : wsOrigins

/** What is wrong between settings that are right one by one. */
export function signallingContradictions(
  engine: EngineName,
  values: SipAddresses & TlsFiles,
): string[] {
  if (listenPoints(values).length === 0) {
    const settings = signallingSettings(engine)
    const names = PROTOCOLS.map(protocol => settings[protocol].name)
    return [`${names.slice(0, -1).join(', ')} and ${names.at(-1)} are all off: nobody could call`]
  }
  if (!speaksTls(values)) return []
  const reading = tlsReading(engine, values)
  return reading.outcome === 'wrong' ? [...reading.mistakes] : []
}

/** The file that holds what an application must know; made at the engine's first start. */
export const signallingSecretPath = (home: Home, engine: EngineName): string =>
  join(home.keys, `${engine}-signalling.secret`)

import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../../platform/home.js'
import { ipAddress, portNumber, setting } from '../../platform/settings.js'
import type { ListenPoint } from './agent.js'

/** The two engines of a network: the switch and scp would take each other's calls on one. */
export type EngineName = 'switch' | 'scp'

/** A port, or `off` for a protocol that is not wanted. */
const portOrOff = z
  .union([z.literal('off'), portNumber], 'must be a port from 0 to 65535, or off')
  .describe('0 to 65535, or off')

const DEFAULT_PORTS = {
  switch: { udp: '5060', tcp: '5060', ws: '5066', application: '9022' },
  scp: { udp: '5070', tcp: '5070', ws: 'off', application: '9032' },
} as const

/** The settings of one engine. */
export function signallingSettings(engine: EngineName) {
  const prefix = `MCSCP_${engine === 'switch' ? 'SWITCH' : 'SCP'}_SIP` as const
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
    applicationPort: setting(`${prefix}_APPLICATION_PORT`, portNumber, {
      default: ports.application,
      about: `port ${of} for its application, on loopback only`,
      source: 'drachtio-server uses 9022',
    }),
  }
}

/** The values of `signallingSettings` that say where SIP is spoken. */
export interface SipAddresses {
  readonly host: string
  readonly udp: number | 'off'
  readonly tcp: number | 'off'
  readonly ws: number | 'off'
}

/** The listen points that the settings ask for. */
export const listenPoints = (addresses: SipAddresses): ListenPoint[] =>
  (['udp', 'tcp', 'ws'] as const).flatMap(protocol => {
    const port = addresses[protocol]
    return port === 'off' ? [] : [{ protocol, host: addresses.host, port }]
  })

/** What is wrong between settings that are right one by one. */
export function signallingContradictions(engine: EngineName, addresses: SipAddresses): string[] {
  if (listenPoints(addresses).length > 0) return []
  const { udp, tcp, ws } = signallingSettings(engine)
  return [`${udp.name}, ${tcp.name} and ${ws.name} are all off: nobody could call`]
}

/** The file that holds what an application must know; made at the engine's first start. */
export const signallingSecretPath = (home: Home, engine: EngineName): string =>
  join(home.keys, `${engine}-signalling.secret`)

import type { Test } from 'tap'
import { TlsCredentials } from '../../engines/signalling/transport/tls-credentials.js'
import { makeAuthority } from './certificates.js'
import { openRig, type Rig, type RigOptions } from './signalling-rig.js'
import { openTlsTunnel } from './tls-tunnel.js'

/** Both protocols that SIPp speaks by itself. */
export const BOTH = ['udp', 'tcp'] as const

/** TLS too: the packaged SIPp is built without, so it speaks TCP to a tunnel. */
export const ALL = [...BOTH, 'tls'] as const

export type Spoken = (typeof ALL)[number]

/** How SIPp reaches an engine over one protocol. */
export interface Reach {
  readonly rig: Rig
  /** SIPp's arguments for all its calls over one socket; the last names the engine. */
  readonly way: readonly string[]
  /** A scenario as it must be sent this way. */
  says(scenario: string): string
  /** TLS versions agreed on, one a connection; none over UDP and TCP. */
  readonly agreed: readonly (string | null)[]
  /** Why the way itself failed, for a test that fails. */
  readonly failures: readonly string[]
}

/** Starts an engine that SIPp reaches over this protocol. Both end with the test. */
export async function openReach(t: Test, protocol: Spoken, options?: RigOptions): Promise<Reach> {
  if (protocol === 'tls') return overTls(t, options)
  const rig = await openRig(t, options)
  const way = ['-t', protocol === 'udp' ? 'u1' : 't1', `127.0.0.1:${portOf(rig, protocol)}`]
  return { rig, way, says: scenario => scenario, agreed: [], failures: [] }
}

/** The engine gets SIP over TLS that says so in each Via and Contact, to its own address. */
async function overTls(t: Test, options?: RigOptions): Promise<Reach> {
  const authority = await makeAuthority('the authority of SIPp')
  const certified = await authority.issue({ ip: ['127.0.0.1'] })
  const credentials = new TlsCredentials(certified)
  const rig = await openRig(t, { ...options, listen: ['udp', 'tcp', 'tls'], credentials })
  const port = portOf(rig, 'tls')
  const tunnel = await openTlsTunnel(t, { port, authority: authority.certificate })
  return {
    rig,
    way: ['-t', 't1', '-rsa', `127.0.0.1:${tunnel.port}`, `127.0.0.1:${port}`],
    says: scenario =>
      scenario
        .replaceAll('transport=[transport]', 'transport=tls')
        .replaceAll('[transport]', 'TLS'),
    agreed: tunnel.agreed,
    failures: tunnel.failures,
  }
}

const portOf = ({ engine }: Rig, protocol: Spoken): number =>
  engine.listening.sip.find(point => point.protocol === protocol)?.port ?? 0

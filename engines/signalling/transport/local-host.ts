import { isIPv4, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Endpoint, ListenPoint } from './address.js'

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** 4 or 6: which kind of address a host literal is; names count as 4. */
export const familyOf = (host: string): 4 | 6 => (isIPv6(host) ? 6 : 4)

/** Whether a host is an address, not a name. */
export const isLiteral = (host: string): boolean => isIPv4(host) || isIPv6(host)

/** Whether an address never leaves this machine (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1'

/** A listen point's address as the peer at that host reaches it. */
export const localTowards = (point: ListenPoint, remoteHost: string): Endpoint => ({
  host: hostTowards(point, remoteHost),
  port: point.port,
})

/**
 * The host that a peer should be told to reach a listen point at: what was configured, else the address
 * it is bound to; when it is bound to all, the loopback address for a peer on loopback and else the
 * first outward address of this machine.
 */
function hostTowards(point: ListenPoint, remoteHost: string): string {
  if (point.advertise !== undefined) return point.advertise
  if (!WILDCARDS.has(point.host)) return point.host
  const family = point.host === '::' && familyOf(remoteHost) === 6 ? 6 : 4
  const loopback = family === 6 ? '::1' : '127.0.0.1'
  if (isLoopback(remoteHost)) return loopback
  return outwardAddresses().find(address => familyOf(address) === family) ?? loopback
}

/** Whether a host literal is one that this listen point receives on. */
export function isHostOf(point: ListenPoint, host: string): boolean {
  if (host === point.host || host === point.advertise) return true
  if (!WILDCARDS.has(point.host)) return false
  return isLoopback(host) || outwardAddresses().includes(host)
}

/** Addresses of this machine that others can reach; read once, as a change of them needs a restart. */
function outwardAddresses(): readonly string[] {
  outward ??= Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
  return outward
}

let outward: readonly string[] | undefined

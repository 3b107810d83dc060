import { isIPv4, isIPv6 } from 'node:net'
import { trimmed } from './token.js'

/** Where a message goes or came from: an address or a name, and a port when one was given. */
export interface HostPort {
  /** Name, IPv4 or IPv6 address; IPv6 without its brackets. */
  readonly host: string
  readonly port?: number
}

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*$/

/**
 * RFC 5118 §4.10: a mistake of RFC 3261's grammar makes three colons out of two before an embedded
 * IPv4 address; «an implementation must tolerate both». Read, and from then on written, as two.
 */
const THREE_COLONS = /:::(\d+\.[\d.]+)$/

/**
 * Reads `host [ ":" port ]` (RFC 3261 §25.1, IPv6 by RFC 5954), with blanks around the colon as Via
 * allows. An underscore in a name is accepted, as container names have it.
 */
export function parseHostPort(text: string): HostPort | undefined {
  const split = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':')
  if (split === 0 && text.startsWith('[')) return undefined
  const hostEnd = split < 0 ? text.length : split
  const host = parseHost(trimBlanks(text.slice(0, hostEnd)))
  if (host === undefined) return undefined
  const rest = trimBlanks(text.slice(hostEnd))
  if (rest === '') return { host }
  const port = rest.startsWith(':') ? parsePort(trimBlanks(rest.slice(1))) : undefined
  return port === undefined ? undefined : { host, port }
}

/** Writes a host and its port; an IPv6 address gets its brackets. */
export const formatHostPort = ({ host, port }: HostPort): string =>
  port === undefined ? bracketed(host) : `${bracketed(host)}:${port}`

/** Reads a host; an IPv6 address in brackets loses them. */
export function parseHost(text: string): string | undefined {
  if (text.startsWith('[')) {
    const address = text.endsWith(']') ? text.slice(1, -1).replace(THREE_COLONS, '::$1') : ''
    return isAddress6(address) ? address : undefined
  }
  if (!NAME.test(text)) return undefined
  // RFC 3261 §25.1: the last label begins with a letter, so what is digits and dots is an address.
  if (/^[\d.]+$/.test(text) && !isIPv4(text)) return undefined
  return text
}

/** True for an IPv6 address without zone (a zone has no meaning beyond its host). */
export const isAddress6 = (text: string): boolean => isIPv6(text) && !text.includes('%')

/** One spelling for hosts that are the same: names without case, IPv6 addresses by value (RFC 5954 §4). */
export const canonicalHost = (host: string): string =>
  host.includes(':') ? new URL(`ws://[${host}]`).hostname.slice(1, -1) : host.toLowerCase()

/** Reads a port, 0 to 65535. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65_535 ? port : undefined
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const trimBlanks = (text: string): string => trimmed(text, 0, text.length)

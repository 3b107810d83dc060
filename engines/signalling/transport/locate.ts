import type { Destination } from './destination.js'
import { defaultPort } from './destination.js'
import type { Dns, Naptr, Srv } from './dns.js'
import { isLiteral } from './local-host.js'

/** A transport by which we can call. */
export type Dialled = 'udp' | 'tcp' | 'tls'

/** A server of a domain, by its address. */
export interface Located {
  readonly protocol: Dialled
  readonly host: string
  readonly port: number
}

/** What a search stands on. */
export interface LocateNeeds {
  readonly dns: Dns
  /** A number from 0 up to 1. */
  readonly chance: () => number
  /** The families of addresses that we can call by a transport; none when we do not speak it. */
  readonly families: (protocol: Dialled) => readonly (4 | 6)[]
}

/** Servers of one domain that are tried, at most. */
const SERVERS_MAX = 16

/** By what we call when nothing else decides, the most usual first. */
export const DIALLED: readonly Dialled[] = ['udp', 'tcp', 'tls']

/** RFC 3263 §4.1: what a NAPTR record's service means. */
const SERVICES: Readonly<Record<string, Dialled>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
}

/** RFC 3263 §4.1: under which name a domain's servers of a transport stand. */
const PREFIX: Readonly<Record<Dialled, string>> = {
  udp: '_sip._udp.',
  tcp: '_sip._tcp.',
  tls: '_sips._tcp.',
}

/** What a request asks of the domain it goes to; its host is a name. */
export type Sought = Pick<Destination, 'protocol' | 'host' | 'port' | 'given'>

/**
 * The servers of a domain, in the order in which to try them (RFC 3263 §4): by its NAPTR records, else by the
 * SRV records of a transport, else by its own addresses. A port, or a name without a dot, that no domain of SIP
 * has, is looked up as a host at once.
 */
export async function locate(sought: Sought, needs: LocateNeeds): Promise<readonly Located[]> {
  const found = await targetsOf(sought, needs)
  const located = await Promise.all(
    found.slice(0, SERVERS_MAX).map(target => addressesOf(target, needs)),
  )
  return located.flat().slice(0, SERVERS_MAX)
}

async function targetsOf(sought: Sought, needs: LocateNeeds): Promise<readonly Located[]> {
  const { host, port, given } = sought
  const spoken = DIALLED.filter(protocol => needs.families(protocol).length > 0)
  const allowed = spoken.filter(protocol => mayBe(protocol, sought))
  const [usual] = allowed
  if (usual === undefined) return []
  const itself = [{ protocol: usual, host, port: given === 'port' ? port : defaultPort(usual) }]
  if (given === 'port' || !host.includes('.')) return itself
  // §4.1: NAPTR is asked only where the URI names no transport.
  const named = given === 'transport' ? undefined : await byNaptr(host, allowed, needs)
  if (named) return named
  let declined = false
  for (const protocol of allowed) {
    const records = (await needs.dns.srv(`${PREFIX[protocol]}${host}`)) ?? []
    const servers = inOrder(records, needs.chance)
    if (servers.length > 0) return servers.map(server => ({ protocol, ...server }))
    // RFC 2782: a single target «.» says that the service is decidedly not there.
    declined ||= records.length > 0
  }
  return declined ? [] : itself
}

/** Whether the URI allows a transport: the one that it names, or any; of `sips:` TLS alone. */
const mayBe = (protocol: Dialled, { protocol: asked }: Sought): boolean =>
  asked === 'any' || asked === protocol

/** The servers behind the first NAPTR record that leads to any (RFC 3263 §4.1, RFC 3403 §4.1). */
async function byNaptr(
  host: string,
  allowed: readonly Dialled[],
  { dns, chance }: LocateNeeds,
): Promise<readonly Located[] | undefined> {
  const records = (await dns.naptr(host)) ?? []
  for (const { service, replacement } of records.filter(isRule).sort(byOrder)) {
    const protocol = SERVICES[service.toUpperCase()]
    if (protocol === undefined || !allowed.includes(protocol)) continue
    const servers = inOrder((await dns.srv(replacement)) ?? [], chance)
    if (servers.length > 0) return servers.map(server => ({ protocol, ...server }))
  }
  return undefined
}

/** §4.1: rules that lead to SRV records, which flag `s` says. */
const isRule = ({ flags, replacement }: Naptr): boolean =>
  flags.toLowerCase() === 's' && replacement !== ''

const byOrder = (one: Naptr, other: Naptr): number =>
  one.order - other.order || one.preference - other.preference

/**
 * RFC 2782: the lowest priority first; among equals each has a chance by its weight to be the next, and those
 * of weight 0 hardly any.
 */
export function inOrder(
  records: readonly Srv[],
  chance: () => number,
): { host: string; port: number }[] {
  const left = records
    .filter(({ name }) => name !== '' && name !== '.')
    .sort((one, other) => one.priority - other.priority || one.weight - other.weight)
  const ordered: { host: string; port: number }[] = []
  for (let first = left[0]; first; first = left[0]) {
    const { priority } = first
    const equals = left.filter(each => each.priority === priority)
    const total = equals.reduce((sum, { weight }) => sum + weight, 0)
    // A whole number from 0 to the total, both possible; the first whose running sum reaches it is next.
    const chosen = Math.floor(chance() * (total + 1))
    const next = reaching(equals, chosen) ?? first
    ordered.push({ host: next.name, port: next.port })
    left.splice(left.indexOf(next), 1)
  }
  return ordered
}

/** The first of these whose running sum of weights reaches a number. */
function reaching(records: readonly Srv[], chosen: number): Srv | undefined {
  let sum = 0
  for (const record of records) {
    sum += record.weight
    if (sum >= chosen) return record
  }
  return undefined
}

async function addressesOf(target: Located, needs: LocateNeeds): Promise<readonly Located[]> {
  if (isLiteral(target.host)) return [target]
  const asked = needs
    .families(target.protocol)
    .map(family => needs.dns.addresses(target.host, family))
  const found = await Promise.all(asked)
  return found.flatMap(addresses => (addresses ?? []).map(host => ({ ...target, host })))
}

import { lookup, Resolver } from 'node:dns/promises'

/** A rule that leads from a domain to a service of its own (RFC 3403 §4.1). */
export interface Naptr {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  readonly replacement: string
}

/** A server of a service (RFC 2782). */
export interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly name: string
}

/**
 * All that is asked of the domain name system. An empty list: there is no such record, and that is known;
 * `undefined`: nobody who knows has answered. Never rejects.
 */
export interface Dns {
  naptr(name: string): Promise<readonly Naptr[] | undefined>
  srv(name: string): Promise<readonly Srv[] | undefined>
  /** A or AAAA. */
  addresses(name: string, family: 4 | 6): Promise<readonly string[] | undefined>
}

/** For one server's answer, in milliseconds, and how often it is asked. */
const PATIENCE = { timeout: 2_000, tries: 2 }

/**
 * The domain name system by Node. Without `servers` those of the system are asked, and addresses come from
 * wherever the system has them, its hosts file among them.
 */
export function nodeDns(servers?: readonly string[]): Dns {
  const resolver = new Resolver(PATIENCE)
  if (servers) resolver.setServers(servers)
  return {
    naptr: name => answered(resolver.resolveNaptr(name)),
    srv: name => answered(resolver.resolveSrv(name)),
    addresses(name, family) {
      if (servers) return answered(family === 4 ? resolver.resolve4(name) : resolver.resolve6(name))
      const found = lookup(name, { family, all: true })
      return answered(found.then(all => all.map(({ address }) => address)))
    },
  }
}

/** Answers that say that there is nothing: the name has no such record, or is nobody's. */
const NOTHING: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND'])

async function answered<Record>(
  asked: Promise<readonly Record[]>,
): Promise<readonly Record[] | undefined> {
  try {
    return await asked
  } catch (error) {
    return NOTHING.has(Object(error).code) ? [] : undefined
  }
}

import { isLiteral } from './local-host.js'

/** What a certificate says of its owner, as Node shows it: `DNS:a.example, URI:sip:a.example, IP Address:…`. */
export type AlternativeNames = string | undefined

/**
 * Whether a certificate is that of a SIP domain (RFC 5922 §7.1): by a URI `sip:` without user, or by a DNS
 * name, each of which must be the domain itself. No wildcard counts (§7.2), nor does the subject's common
 * name. A peer that was asked for by its address needs a certificate with that address (RFC 9525 §6.5).
 */
export function isCertificateOf(names: AlternativeNames, domain: string): boolean {
  const wanted = domain.toLowerCase()
  return alternatives(names ?? '').some(({ kind, value }) => {
    if (isLiteral(domain)) return kind === 'IP Address' && sameAddress(value, wanted)
    if (kind === 'DNS') return value.toLowerCase() === wanted
    return kind === 'URI' && /^sip:([^@;?]+)$/i.exec(value)?.[1]?.toLowerCase() === wanted
  })
}

/** One name: `kind:value`, the value in JSON's quotes where it holds a comma or a quote. */
const NAME = /([A-Za-z0-9 .]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y

/** The names, up to the first that cannot be read. */
function alternatives(text: string): { kind: string; value: string }[] {
  const found: { kind: string; value: string }[] = []
  NAME.lastIndex = 0
  while (NAME.lastIndex < text.length) {
    const [, kind, value] = NAME.exec(text) ?? []
    if (kind === undefined || value === undefined) break
    found.push({ kind, value: value.startsWith('"') ? String(JSON.parse(value)) : value })
  }
  return found
}

/** Node writes IPv6 addresses of certificates in full and in upper case. */
const sameAddress = (one: string, other: string): boolean => canonical(one) === canonical(other)

const canonical = (address: string): string =>
  address.includes(':') ? new URL(`http://[${address}]`).hostname : address

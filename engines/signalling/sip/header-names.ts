/** Names whose capitals follow no rule, or that are frequent enough to be looked up. */
// biome-ignore format: table
const NAMES = [
  'Accept', 'Accept-Contact', 'Accept-Encoding', 'Accept-Language', 'Accept-Resource-Priority',
  'Alert-Info', 'Allow', 'Allow-Events', 'Answer-Mode', 'Authentication-Info', 'Authorization',
  'CSeq', 'Call-ID', 'Call-Info', 'Contact', 'Content-Disposition', 'Content-Encoding',
  'Content-ID', 'Content-Language', 'Content-Length', 'Content-Type', 'Date', 'Diversion',
  'Error-Info', 'Event', 'Expires', 'Feature-Caps', 'From', 'Geolocation', 'History-Info',
  'Identity', 'Identity-Info', 'In-Reply-To', 'Info-Package', 'Join', 'MIME-Version',
  'Max-Breadth', 'Max-Forwards', 'Min-Expires', 'Min-SE', 'Organization', 'P-Access-Network-Info',
  'P-Asserted-Identity', 'P-Associated-URI', 'P-Called-Party-ID', 'P-Charging-Vector',
  'P-Early-Media', 'P-Preferred-Identity', 'P-Served-User', 'P-Visited-Network-ID', 'Path',
  'Priority', 'Privacy', 'Proxy-Authenticate', 'Proxy-Authorization', 'Proxy-Require', 'RAck',
  'RSeq', 'Reason', 'Record-Route', 'Recv-Info', 'Refer-Sub', 'Refer-To', 'Referred-By',
  'Reject-Contact', 'Remote-Party-ID', 'Replaces', 'Reply-To', 'Request-Disposition', 'Require',
  'Resource-Priority', 'Retry-After', 'Route', 'SIP-ETag', 'SIP-If-Match', 'Security-Client',
  'Security-Server', 'Security-Verify', 'Server', 'Service-Route', 'Session-Expires', 'Subject',
  'Subscription-State', 'Supported', 'Target-Dialog', 'Timestamp', 'To', 'Unsupported',
  'User-Agent', 'User-to-User', 'Via', 'WWW-Authenticate', 'Warning',
] as const

/** Compact forms (RFC 3261 §7.3.3 and the IANA register of header fields). */
// biome-ignore format: table
const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',   b: 'Referred-By',    c: 'Content-Type',    d: 'Request-Disposition',
  e: 'Content-Encoding', f: 'From',           i: 'Call-ID',         j: 'Reject-Contact',
  k: 'Supported',        l: 'Content-Length', m: 'Contact',         n: 'Identity-Info',
  o: 'Event',            r: 'Refer-To',       s: 'Subject',         t: 'To',
  u: 'Allow-Events',     v: 'Via',            x: 'Session-Expires', y: 'Identity',
}

/** Header fields that are lists, so that a comma separates values (RFC 3261 §7.3.1 and extensions). */
// biome-ignore format: table
const LISTS: ReadonlySet<string> = new Set([
  'Accept', 'Accept-Contact', 'Accept-Encoding', 'Accept-Language', 'Accept-Resource-Priority',
  'Alert-Info', 'Allow', 'Allow-Events', 'Call-Info', 'Contact', 'Content-Encoding',
  'Content-Language', 'Diversion', 'Error-Info', 'Feature-Caps', 'Geolocation', 'History-Info',
  'In-Reply-To', 'P-Asserted-Identity', 'P-Associated-URI', 'P-Early-Media',
  'P-Preferred-Identity', 'P-Visited-Network-ID', 'Path', 'Proxy-Require', 'Reason',
  'Record-Route', 'Recv-Info', 'Reject-Contact', 'Remote-Party-ID', 'Request-Disposition',
  'Require', 'Resource-Priority', 'Route', 'Security-Client', 'Security-Server',
  'Security-Verify', 'Service-Route', 'Supported', 'Unsupported', 'User-to-User', 'Via', 'Warning',
])

const known = new Map<string, string>()
for (const name of NAMES) {
  known.set(name, name)
  known.set(name.toLowerCase(), name)
}
for (const [compact, name] of Object.entries(COMPACT)) {
  known.set(compact, name)
  known.set(compact.toUpperCase(), name)
}

/**
 * The one spelling under which a header field is kept: compact forms written out, known names as
 * their RFC writes them, any other name with each part capitalised. What follows `X-` stays as typed.
 */
export function canonicalName(name: string): string {
  const spelled = known.get(name)
  if (spelled !== undefined) return spelled
  const lower = name.toLowerCase()
  const folded = known.get(lower)
  if (folded !== undefined) return folded
  if (lower.startsWith('x-')) return `X-${name.slice(2)}`
  return lower.replace(/(^|-)[a-z]/g, start => start.toUpperCase())
}

/** True for a name that is known as it is written: no need to check that it is a token. */
export const isKnownName = (name: string): boolean => known.has(name)

/** True when a comma in a field of this canonical name separates values. */
export const isListName = (name: string): boolean => LISTS.has(name)

/** Whether two canonical names are one field: RFC 3261 §7.3.1, names are case-insensitive. */
export function sameName(one: string, other: string): boolean {
  if (one === other) return true
  return (
    one.startsWith('X-') &&
    one.length === other.length &&
    other.startsWith('X-') &&
    one.toLowerCase() === other.toLowerCase()
  )
}

/** One value of a REGISTER's Contact header. */
export interface Contact {
  /** As written, without the brackets. */
  readonly uri: string
  /** `expires` of this contact, in seconds; absent when it has none that can be read. */
  readonly expires?: number
}

/** Longest URI that is kept of a phone, in characters. */
const URI_MAX = 512

/** Most contacts that one REGISTER may name. */
const CONTACTS_MAX = 10

/**
 * The contacts of a REGISTER (RFC 3261 §20.10): `*`, or a list with commas between, as repeated headers
 * are folded. `undefined` when anything in it cannot be read: then nothing of it is done.
 */
export function parseContacts(header: string): readonly Contact[] | '*' | undefined {
  if (header.trim() === '*') return '*'
  const contacts: Contact[] = []
  for (const value of splitValues(header)) {
    const contact = parseContact(value)
    if (!contact || contacts.length === CONTACTS_MAX) return undefined
    contacts.push(contact)
  }
  return contacts.length > 0 ? contacts : undefined
}

/**
 * What two URIs of one phone have in common: host and scheme in lower case, and only the parameters that
 * RFC 3261 §19.1.4 never ignores, in one order.
 */
export function contactKey(uri: string): string {
  const [address = '', ...parameters] = uri.split(';')
  const at = address.lastIndexOf('@')
  const kept = parameters
    .map(parameter => parameter.toLowerCase())
    .filter(parameter => /^(?:transport|user|ttl|method|maddr)=/.test(parameter))
    .sort()
  const scheme = address.slice(0, address.indexOf(':')).toLowerCase()
  const user = at < 0 ? '' : address.slice(scheme.length, at + 1)
  const host = address.slice(at < 0 ? scheme.length + 1 : at + 1).toLowerCase()
  return [`${scheme}${user}${host}`, ...kept].join(';')
}

/** Commas between quotation marks or angle brackets separate nothing. Linear in the length. */
function splitValues(header: string): string[] {
  const values: string[] = []
  let start = 0
  let closing = ''
  for (let at = 0; at < header.length; at++) {
    const character = header.charAt(at)
    if (closing === '"' && character === '\\') at++
    else if (closing !== '') closing = character === closing ? '' : closing
    else if (character === '"' || character === '<') closing = character === '<' ? '>' : '"'
    else if (character === ',') {
      values.push(header.slice(start, at))
      start = at + 1
    }
  }
  return [...values, header.slice(start)]
}

function parseContact(value: string): Contact | undefined {
  const text = value.trim()
  const bracketed = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>,;]*)<([^<>\s"]+)>(.*)$/s.exec(text)
  // RFC 3261 §20: without brackets, the first semicolon begins the header's parameters.
  const bare = /^([^\s<>",;?]+)(.*)$/s.exec(text)
  const [, uri = '', parameters = ''] = bracketed ?? bare ?? []
  if (!/^sips?:[^\s<>"]+$/i.test(uri) || uri.length > URI_MAX) return undefined
  const expires = /;\s*expires\s*=\s*(\d{1,10})\s*(?=;|$)/i.exec(parameters)?.[1]
  return expires === undefined ? { uri } : { uri, expires: Number(expires) }
}

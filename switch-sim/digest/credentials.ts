/** What a phone claims in one value of Authorization or Proxy-Authorization: names in lower case. */
export type DigestCredentials = ReadonlyMap<string, string>

/** Longest header that is read, in characters: a challenge's answer has some 300. */
const HEADER_MAX = 4_096

const SCHEME = /[ \t,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+|$)/y
const PARAMETER =
  /[ \t,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))[ \t]*(?=,|$)/y

/**
 * Reads every Digest value of a header, also where several stand behind each other with commas, as
 * repeated headers are folded (RFC 3261 §7.3.1, §22.3). Other schemes are passed over; what cannot be
 * read ends the list. A parameter given twice makes its value none of ours: it could mean either.
 */
export function digestCredentials(header: string | undefined): DigestCredentials[] {
  if (header === undefined || header.length > HEADER_MAX) return []
  const found: DigestCredentials[] = []
  let at = 0
  while (at < header.length) {
    const scheme = matchAt(SCHEME, header, at)
    if (!scheme) break
    const { parameters, repeated, end } = readParameters(header, scheme.end)
    if (scheme.groups[1]?.toLowerCase() === 'digest' && !repeated) found.push(parameters)
    if (end === at) break
    at = end
  }
  return found
}

function readParameters(header: string, from: number) {
  const parameters = new Map<string, string>()
  let repeated = false
  let end = from
  for (;;) {
    const parameter = matchAt(PARAMETER, header, end)
    if (!parameter) return { parameters, repeated, end }
    const [, name = '', quoted, bare = ''] = parameter.groups
    const key = name.toLowerCase()
    repeated ||= parameters.has(key)
    parameters.set(key, quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'))
    end = parameter.end
  }
}

function matchAt(pattern: RegExp, text: string, at: number) {
  pattern.lastIndex = at
  const groups = pattern.exec(text)
  return groups ? { groups, end: pattern.lastIndex } : undefined
}

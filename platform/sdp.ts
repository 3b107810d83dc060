/**
 * Session descriptions (RFC 4566 and 8866): the lines that calls of one audio stream need, parsed and
 * written. What is agreed with them stands in `audio-offer.ts`.
 */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

/** One `m=` section. */
export interface MediaDescription {
  /** `audio`, `video`, … */
  readonly kind: string
  /** 0 where the stream is refused or off. */
  readonly port: number
  /** Transport, `RTP/AVP` for what is spoken here. */
  readonly protocol: string
  /** Payload types as written, in order of preference. */
  readonly formats: readonly string[]
  /** Address of this section's `c=` line. */
  readonly address?: string
  /** Direction stated in this section. */
  readonly direction?: Direction
  /** `a=ptime`: milliseconds of audio the writer would like in a packet. */
  readonly ptimeMs?: number
  /** `a=rtpmap` by payload type: `PCMU/8000`. */
  readonly encodings: ReadonlyMap<number, string>
  /** `a=fmtp` by payload type. */
  readonly parameters: ReadonlyMap<number, string>
  /** All other attributes as they stand, `name` or `name:value`; absent where there are none. */
  readonly attributes?: readonly string[]
}

/** A whole description. */
export interface SessionDescription {
  readonly origin: {
    readonly username: string
    /** Decimal; may be longer than a number holds. */
    readonly sessionId: string
    /** One more for each changed description. */
    readonly version: string
    readonly address: string
  }
  /** Address of the `c=` line of the session. */
  readonly address?: string
  /** Direction stated for the session, in force where a section states none. */
  readonly direction?: Direction
  /** All other attributes of the session, `name` or `name:value`; absent where there are none. */
  readonly attributes?: readonly string[]
  readonly media: readonly MediaDescription[]
}

/** Mutable while its lines are read. */
interface Section {
  kind: string
  port: number
  protocol: string
  formats: string[]
  address?: string
  direction?: Direction
  ptimeMs?: number
  encodings: Map<number, string>
  parameters: Map<number, string>
  attributes?: string[]
}

/** Most `m=` sections that are read: a description comes from anyone. */
const MOST_SECTIONS = 16

/** Reads a description; `undefined` when a line that must be there is missing or malformed. */
export function parseSdp(text: string): SessionDescription | undefined {
  const lines = text.split(/\r\n|\n|\r/).filter(line => line !== '')
  const session = newSection('', 0, '', [])
  const media: Section[] = []
  let origin: SessionDescription['origin'] | undefined
  if (lines[0] !== 'v=0') return undefined
  for (const line of lines) {
    const value = line.slice(2)
    const section = media.at(-1) ?? session
    if (line.charAt(1) !== '=') return undefined
    if (line.startsWith('m=')) {
      const begun = parseMediaLine(value)
      if (!begun || media.length === MOST_SECTIONS) return undefined
      media.push(begun)
    } else if (line.startsWith('o=')) origin = parseOrigin(value)
    else if (line.startsWith('c=')) section.address = parseConnection(value) ?? ''
    else if (line.startsWith('a=')) readAttribute(section, value)
  }
  if (!origin || session.address === '' || media.some(one => one.address === '')) return undefined
  const { address, direction, attributes } = session
  return {
    origin,
    ...(address && { address }),
    ...(direction && { direction }),
    ...(attributes && { attributes }),
    media,
  }
}

const newSection = (kind: string, port: number, protocol: string, formats: string[]): Section => ({
  kind,
  port,
  protocol,
  formats,
  encodings: new Map(),
  parameters: new Map(),
})

/** RFC 8866 §5.14: `m=<media> <port>/<number of ports> <proto> <fmt> …`. */
function parseMediaLine(value: string): Section | undefined {
  const [kind, ports, protocol, ...formats] = value.trim().split(/ +/)
  const port = /^(\d{1,5})(?:\/\d{1,5})?$/.exec(ports ?? '')?.[1]
  if (!kind || port === undefined || Number(port) > 65_535 || !protocol) return undefined
  if (formats.length === 0) return undefined
  return newSection(kind, Number(port), protocol, formats)
}

function parseOrigin(value: string): SessionDescription['origin'] | undefined {
  const [username, sessionId, version, , , address] = value.split(' ')
  if (!username || !sessionId || !version || !address) return undefined
  return { username, sessionId, version, address }
}

/** RFC 8866 §5.7: `c=IN IP4 <address>`; multicast suffixes are left out. */
const parseConnection = (value: string): string | undefined =>
  /^IN IP[46] ([^\s/]+)/.exec(value)?.[1]

function readAttribute(section: Section, attribute: string): void {
  const colon = attribute.indexOf(':')
  const name = colon < 0 ? attribute : attribute.slice(0, colon)
  const value = colon < 0 ? '' : attribute.slice(colon + 1).trim()
  if (isDirection(name)) section.direction = name
  else if (name === 'ptime' && /^\d{1,4}$/.test(value)) section.ptimeMs = Number(value)
  else if (name === 'rtpmap') keepByType(section.encodings, value)
  else if (name === 'fmtp') keepByType(section.parameters, value)
  else section.attributes = [...(section.attributes ?? []), attribute]
}

const isDirection = (name: string): name is Direction => DIRECTIONS.includes(name)

function keepByType(into: Map<number, string>, value: string): void {
  const [, type, rest] = /^(\d{1,3}) +(.+)$/.exec(value) ?? []
  if (type !== undefined && rest !== undefined && Number(type) < 128) into.set(Number(type), rest)
}

/** Writes a description, line ends CR LF, one `c=` line for the session. */
export function formatSdp(description: SessionDescription): string {
  const { origin, address, direction, attributes = [], media } = description
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.version} IN ${family(origin.address)} ${origin.address}`,
    's=-',
    ...(address ? [connectionLine(address)] : []),
    't=0 0',
    ...(direction ? [`a=${direction}`] : []),
    ...attributes.map(one => `a=${one}`),
    ...media.flatMap(mediaLines),
  ]
  return lines.map(line => `${line}\r\n`).join('')
}

const mediaLines = (media: MediaDescription): string[] => [
  `m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(' ')}`,
  ...(media.address ? [connectionLine(media.address)] : []),
  ...[...media.encodings].map(([type, encoding]) => `a=rtpmap:${type} ${encoding}`),
  ...[...media.parameters].map(([type, parameters]) => `a=fmtp:${type} ${parameters}`),
  ...(media.ptimeMs === undefined ? [] : [`a=ptime:${media.ptimeMs}`]),
  ...(media.direction ? [`a=${media.direction}`] : []),
  ...(media.attributes ?? []).map(one => `a=${one}`),
]

const connectionLine = (address: string) => `c=IN ${family(address)} ${address}`

const family = (address: string) => (address.includes(':') ? 'IP6' : 'IP4')

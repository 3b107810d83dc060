import type { Sample } from '../../../platform/metrics/metrics.js'
import type { WirePassage, WireWatch } from './wire-watch.js'

/** Methods with a count of their own (RFC 3261 and its extensions); a stranger may invent any number more. */
const METHODS: ReadonlySet<string> = new Set([
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'PRACK', 'SUBSCRIBE', 'NOTIFY'],
  ...['PUBLISH', 'INFO', 'REFER', 'MESSAGE', 'UPDATE'],
])

/** All others, and what begins like no message at all. */
const OTHER = 'other'

/** Classes of responses (RFC 3261 §7.2), by their first digit. */
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] as const

/** What has gone one way: requests, and responses by class, both by method. */
type Counted = Map<string, { requests: number; readonly responses: number[] }>

/**
 * Counts every message that crosses the wire, copies among them, by its method and the class of its
 * status. Each message is looked at where it lies: it is one of thousands a second.
 */
export class MessageCounts implements WireWatch {
  readonly #counted: Readonly<Record<WirePassage['direction'], Counted>> = {
    in: new Map(),
    out: new Map(),
  }

  passed({ direction, bytes }: WirePassage): void {
    const counted = this.#counted[direction]
    if (!isResponse(bytes)) {
      countOf(counted, methodAsked(bytes)).requests++
      return
    }
    const { responses } = countOf(counted, methodAnswered(bytes))
    const place = (bytes[STATUS_AT] ?? 0) - ONE
    if (place >= 0 && place < CLASSES.length) responses[place] = (responses[place] ?? 0) + 1
  }

  /** The requests that went one way, by method. */
  requests(direction: WirePassage['direction']): readonly Sample[] {
    return [...this.#counted[direction]]
      .filter(([, { requests }]) => requests > 0)
      .map(([method, { requests }]) => ({ labels: { method }, value: requests }))
  }

  /** The responses that went one way, by the method of their request and by class. */
  responses(direction: WirePassage['direction']): readonly Sample[] {
    return [...this.#counted[direction]].flatMap(([method, { responses }]) =>
      CLASSES.flatMap((name, place) => {
        const value = responses[place] ?? 0
        return value > 0 ? [{ labels: { method, class: name }, value }] : []
      }),
    )
  }
}

const SPACE = 0x20
const ONE = 0x31

/** Longest method that can have a count of its own. */
const METHOD_MAX = 9

/** Where the status stands behind `SIP/2.0 `. */
const STATUS_AT = 8

/** Whether it begins with `SIP/`. */
const isResponse = (bytes: Buffer): boolean =>
  bytes[0] === 0x53 && bytes[1] === 0x49 && bytes[2] === 0x50 && bytes[3] === 0x2f

function methodAsked(bytes: Buffer): string {
  const end = bytes.indexOf(SPACE)
  return end > METHOD_MAX ? '' : bytes.toString('latin1', 0, Math.max(end, 0))
}

function countOf(counted: Counted, method: string) {
  const known = METHODS.has(method) ? method : OTHER
  let count = counted.get(known)
  if (!count) {
    count = { requests: 0, responses: [] }
    counted.set(known, count)
  }
  return count
}

/** As we write it, and nearly everybody. */
const CSEQ = Buffer.from('\nCSeq:')

/** Longest number with its blanks, and the method behind it. */
const CSEQ_VALUE_MAX = 32

/** The method that CSeq names (RFC 3261 §20.16). */
function methodAnswered(bytes: Buffer): string {
  const at = bytes.indexOf(CSEQ)
  const line =
    at < 0
      ? (/\ncseq[ \t]*:(.*)/i.exec(bytes.toString('latin1'))?.[1] ?? '')
      : bytes.toString('latin1', at + CSEQ.length, at + CSEQ.length + CSEQ_VALUE_MAX)
  return /^[ \t]*\d+[ \t]+([A-Z]+)/.exec(line)?.[1] ?? ''
}

import { FrameReader } from '../../engines/signalling/port/frame.js'
import type { SipMessage } from '../../engines/signalling/sip/message.js'
import { parseMessage } from '../../engines/signalling/sip/parse.js'
import { serialise, startLine } from '../../engines/signalling/sip/serialise.js'
import type { RawPhone } from './raw-phone.js'
import type { WireClient } from './wire-client.js'
import type { Segment } from './wire-recording.js'

/** One frame of a recorded conversation, in the order in which they came. */
export interface RecordedFrame {
  readonly from: 'application' | 'engine'
  readonly payload: string
}

/** The frames of one recorded connection, both directions. */
export function recordedFrames(segments: readonly Segment[], connection: string): RecordedFrame[] {
  const readers = { C: new FrameReader(), S: new FrameReader() }
  return segments
    .filter(segment => segment.connection === connection)
    .flatMap(({ from, bytes }) => {
      const reading = readers[from].read(bytes)
      if (reading.outcome !== 'payloads') return []
      const side = from === 'C' ? ('application' as const) : ('engine' as const)
      return reading.payloads.map(payload => ({ from: side, payload }))
    })
}

/** A frame as it should have been and as it was, what must differ made alike. */
export interface Comparison {
  readonly recorded: readonly string[]
  readonly ours: readonly string[]
}

/**
 * Plays a recorded connection against an engine of ours: says what the application said, sends as
 * phones what the network sent, and gives back each of the real server's frames beside ours.
 *
 * Ids, tags, branches and ports differ from run to run. Each is learnt where it first appears and
 * put in place of the recorded one ever after, so that the play hangs together as the original did.
 */
export class WireReplay {
  readonly #wire: WireClient
  readonly #phones: ReadonlyMap<string, RawPhone>
  readonly #inPlaceOf = new Map<string, string>()
  readonly #came: string[] = []
  readonly #events: string[] = []

  /** `ports` maps recorded ports to those of this run; `phones` are by recorded port. */
  constructor(
    wire: WireClient,
    phones: ReadonlyMap<string, RawPhone>,
    ports: ReadonlyMap<string, number>,
    secret: string,
  ) {
    this.#wire = wire
    this.#phones = phones
    for (const [recorded, ours] of ports) {
      for (const lead of ['127.0.0.1:', '127.0.0.1|', 'rport=']) {
        this.#inPlaceOf.set(`${lead}${recorded}`, `${lead}${ours}`)
      }
    }
    this.#inPlaceOf.set('|authenticate|cymru', `|authenticate|${secret}`)
  }

  /** Plays a frame; gives the comparison for one that the engine sends. */
  async play({ from, payload }: RecordedFrame): Promise<Comparison | undefined> {
    if (from === 'application') {
      this.#wire.send(this.#ours(payload))
      return undefined
    }
    const recorded = partsOf(payload)
    if (recorded.fields[1]?.startsWith('cdr:')) {
      this.#events.push(payload)
      return undefined
    }
    if (recorded.fields[12] === 'continue') await this.#answerAsTarget(recorded)
    else this.#speakAsPhone(recorded, payload)
    return this.#compare(recorded, payload)
  }

  /** The call events: they may stand before or behind the frame of what caused them. */
  async events(): Promise<Comparison[]> {
    const comparisons: Comparison[] = []
    for (const payload of this.#events) {
      comparisons.push(await this.#compare(partsOf(payload), payload))
    }
    return comparisons
  }

  async #compare(recorded: Parts, payload: string): Promise<Comparison> {
    const ours = partsOf(await this.#counterpart(payload))
    this.#learn(recorded, ours)
    const translated = partsOf(this.#ours(payload))
    return { recorded: comparable(translated), ours: comparable(ours, translated) }
  }

  /** A recorded text with everything learnt put in place. */
  #ours(text: string): string {
    let translated = text
    for (const [recorded, ours] of this.#inPlaceOf) {
      translated = translated.replaceAll(recorded, ours)
    }
    return translated
  }

  /** What reached the real server from the network, and was no answer of its own making. */
  #speakAsPhone({ fields }: Parts, payload: string): void {
    if (fields[1] !== 'sip' || fields[2] !== 'network' || fields[3] === '0') return
    const text = this.#ours(payload)
    this.#phones.get(fields[6] ?? '')?.say(text.slice(text.indexOf('\r\n') + 2))
  }

  /** What a target of a proxied request answered: told in an acknowledgement, to the copy it got. */
  async #answerAsTarget({ fields, message }: Parts): Promise<void> {
    const phone = this.#phones.get(fields[8] ?? '')
    if (!phone || !message) return
    for (;;) {
      const copy = await phone.next()
      if (copy.kind !== 'request' || copy.method !== 'INVITE') continue
      if (copy.headers.get('Call-ID') !== message.headers.get('Call-ID')) continue
      const headers = message.headers.clone()
      for (const name of ['Via', 'Record-Route']) {
        headers.remove(name)
        for (const value of copy.headers.all(name)) headers.add(name, value)
      }
      phone.say(this.#ours(serialise({ ...message, headers }).toString()))
      return
    }
  }

  /** Our frame of the same kind about the same thing; frames in between wait for their turn. */
  async #counterpart(payload: string): Promise<string> {
    const wanted = subjectOf(partsOf(this.#ours(payload)))
    for (let at = 0; ; at += 1) {
      while (at >= this.#came.length) {
        const next = await Promise.race([this.#wire.next(), patience(PATIENCE_MS)])
        if (next === undefined) throw new Error(`nothing came for: ${wanted}`)
        this.#came.push(next)
      }
      const candidate = this.#came[at] ?? ''
      if (subjectOf(partsOf(candidate)) !== wanted) continue
      this.#came.splice(at, 1)
      return candidate
    }
  }

  #learn(recorded: Parts, ours: Parts): void {
    recorded.fields.forEach((field, at) => {
      if (UUID.test(field) && at > 0) this.#learnOne(field, ours.fields[at])
    })
    if (!recorded.message || !ours.message) return
    const [theirs, own] = [recorded.message.headers, ours.message.headers]
    for (const [name, pattern] of LEARNT) {
      const find = (text = '') => pattern.exec(text)?.[1] ?? ''
      this.#learnOne(find(theirs.get(name)), find(own.get(name)))
    }
  }

  #learnOne(recorded: string, ours: string | undefined): void {
    if (recorded === '' || !ours || recorded === ours) return
    this.#inPlaceOf.delete(recorded)
    this.#inPlaceOf.set(recorded, ours)
    // A digest retry of the application counts on from the CSeq that the engine chose.
    if (/^\d{9,}$/.test(recorded)) this.#inPlaceOf.set(`${+recorded + 1}`, `${+ours + 1}`)
  }
}

/** The longest wait of a play is a give-up, 64 × T1 of its engine; a frame that is later never comes. */
const PATIENCE_MS = 5_000

const patience = (ms: number): Promise<undefined> =>
  new Promise(resolve => {
    setTimeout(() => resolve(undefined), ms).unref()
  })

interface Parts {
  readonly fields: readonly string[]
  readonly message: SipMessage | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What the engine chooses in a message. */
const LEARNT: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Call-ID', /^(.+)$/],
  ['From', /;tag=(\w+)/],
  ['To', /;tag=(\w+)/],
  ['Via', /;branch=([\w-]+)/],
  ['RSeq', /^(\d+)$/],
  ['CSeq', /^(\d{9,})/],
]

function partsOf(payload: string): Parts {
  const end = payload.indexOf('\r\n')
  const fields = (end < 0 ? payload : payload.slice(0, end)).split('|')
  if (end < 0 || payload.length === end + 2) return { fields, message: undefined }
  return { fields, message: parseMessage(Buffer.from(payload.slice(end + 2))) }
}

/** Which frame this is, however far the play has got: kind, and the message's own identity. */
function subjectOf({ fields: [, type, first], message }: Parts): string {
  if (type === 'response') return `response to ${first}`
  const callId = message?.headers.get('Call-ID')
  const method = message?.headers.get('CSeq')?.split(' ')[1]
  const status = message?.kind === 'response' ? message.status : ''
  return `${type} ${method} ${status} ${callId}`
}

/** Fields that every run has its own of. */
const TIME = /^\d\d:\d\d:\d\d\.\d{6}$/

/** Headers that say the same in more than one way: whether they are there is enough. */
const FREE = ['Via', 'CSeq', 'Content-Length', 'Contact']

/** A frame as lines that two servers should have alike. Of ours, only what the other has too. */
function comparable({ fields, message }: Parts, other?: Parts): string[] {
  const leader = comparableFields(fields).join('|')
  if (!message) return [leader]
  const headers = [...message.headers]
    .filter(([name]) => !other?.message || other.message.headers.has(name))
    .map(([name, value]) => (FREE.includes(name) ? name : `${name}: ${plain(value)}`))
  return [leader, startLine(message), ...headers.sort(), message.body.toString()]
}

function comparableFields([, type, ...rest]: readonly string[]): string[] {
  const fields = rest.map(field => (TIME.test(field) ? 'time' : field))
  // Where the size of a message stands: in a delivery, and in an acknowledgement.
  const size = type === 'sip' ? 1 : 3
  if (/^[1-9]\d*$/.test(fields[size] ?? '')) fields[size] = 'size'
  // Of a request over TCP the real server tells the peer's address, of all others its own.
  if (type === 'response' && fields[4] === 'tcp') fields.splice(5, 2, 'address', 'port')
  return [type ?? '', ...fields]
}

/**
 * Angle brackets around a URI, blanks after commas, the transport and the pass in our own URI, and the
 * tag of an answer that nobody gave are matters of taste.
 */
const plain = (value: string): string =>
  value
    .replace(/[<>]/g, '')
    .replace(/,\s+/g, ',')
    .replace(';transport=tcp', '')
    .replace(/;pass=\w+/, '')
    .replace(/;tag=\w{13}$/, '')

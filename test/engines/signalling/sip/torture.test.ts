import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SipMessage } from '../../../../engines/signalling/sip/message.js'
import {
  ParseError,
  parseMessage,
  type StreamEvent,
  StreamParser,
} from '../../../../engines/signalling/sip/parse.js'
import { serialise } from '../../../../engines/signalling/sip/serialise.js'
import { checkRequest, checkResponse } from '../../../../engines/signalling/sip/validate.js'
import { fixtureFolder, skipForWant } from '../../../support/fixtures.js'
import { connectionsOf, readRecording, sentBy } from '../../../support/wire-recording.js'

/** What becomes of a message: accepted, answered with a status, or silently dropped. */
type Fate = 'request' | 'response' | 'discarded' | number

/**
 * What a stream makes of the same bytes: the same as the datagram; nothing yet, as more bytes are
 * expected; or a refusal after which the connection is closed, as the border of the message is lost.
 */
type OnStream = 'same' | 'waits' | 'closes'

// The messages of RFC 4475 and RFC 5118, in the order of their sections. Where an RFC leaves a choice,
// the reason says which was made. «Core» is who answers what a grammar cannot know.
// biome-ignore format: table
const MESSAGES: readonly (readonly [file: string, fate: Fate, stream: OnStream, because: string])[] = [
  ['rfc4475/wsinv.dat',      'request',   'same',   '4475 §3.1.1.1: folding, LWS, case and compact forms change nothing'],
  ['rfc4475/intmeth.dat',    'request',   'same',   '4475 §3.1.1.2: every character that may stand, stands; NUL in a quoted pair'],
  ['rfc4475/esc01.dat',      'request',   'same',   '4475 §3.1.1.3: % HEX HEX is an escape in URIs'],
  ['rfc4475/escnull.dat',    'request',   'same',   '4475 §3.1.1.4: an escaped NUL ends no string'],
  ['rfc4475/esc02.dat',      'request',   'same',   '4475 §3.1.1.5: % elsewhere is no escape; core answers 501 to the unknown method'],
  ['rfc4475/lwsdisp.dat',    'request',   'same',   '4475 §3.1.1.6: no LWS before < is a mistake of the grammar, not of the sender'],
  ['rfc4475/longreq.dat',    'request',   'same',   '4475 §3.1.1.7: long values and 34 Vias are well-formed'],
  ['rfc4475/dblreq.dat',     'request',   'same',   '4475 §3.1.1.8: bytes behind the body of a datagram are noise (3261 §18.3)'],
  ['rfc4475/semiuri.dat',    'request',   'same',   '4475 §3.1.1.9: the user part is "user;par=u@example.net"'],
  ['rfc4475/transports.dat', 'request',   'same',   '4475 §3.1.1.10: a transport is any token'],
  ['rfc4475/mpart01.dat',    'request',   'same',   '4475 §3.1.1.11: the body holds NUL and is framed by its length'],
  ['rfc4475/unreason.dat',   'response',  'same',   '4475 §3.1.1.12: a reason phrase may be UTF-8'],
  ['rfc4475/noreason.dat',   'response',  'same',   '4475 §3.1.1.13: a reason phrase may be empty'],
  ['rfc4475/badinv01.dat',   400,         'same',   '4475 §3.1.2.1: separators without parameters between them'],
  ['rfc4475/clerr.dat',      400,         'waits',  '4475 §3.1.2.2: a datagram brings no more; a stream may'],
  ['rfc4475/ncl.dat',        400,         'closes', '4475 §3.1.2.3: no body has a negative length'],
  ['rfc4475/scalar02.dat',   400,         'same',   '4475 §3.1.2.4: CSeq is 2**31 or more (3261 §8.1.1.5)'],
  ['rfc4475/scalarlg.dat',   'discarded', 'same',   '4475 §3.1.2.5: the same in a response, which is never answered'],
  ['rfc4475/quotbal.dat',    400,         'same',   '4475 §3.1.2.6: a quote is never closed'],
  ['rfc4475/ltgtruri.dat',   400,         'same',   '4475 §3.1.2.7: a Request-URI has no brackets; we are not liberal'],
  ['rfc4475/lwsruri.dat',    400,         'same',   '4475 §3.1.2.8: a Request-URI has no blanks'],
  ['rfc4475/lwsstart.dat',   400,         'same',   '4475 §3.1.2.9: exactly one SP between the parts; we are not liberal'],
  ['rfc4475/trws.dat',       400,         'same',   '4475 §3.1.2.10: none behind the version; we are not liberal'],
  ['rfc4475/escruri.dat',    400,         'same',   '4475 §3.1.2.11: a Request-URI carries no header fields; we are not liberal'],
  ['rfc4475/baddate.dat',    'request',   'same',   '4475 §3.1.2.12: «an element shouldn\'t» refuse for a Date it does not use'],
  ['rfc4475/regbadct.dat',   400,         'same',   '4475 §3.1.2.13: a URI with ? must stand in brackets'],
  ['rfc4475/badaspec.dat',   400,         'same',   '4475 §3.1.2.14: blanks within the brackets'],
  ['rfc4475/baddn.dat',      400,         'same',   '4475 §3.1.2.15: a comma in a display name without quotes'],
  ['rfc4475/badvers.dat',    505,         'same',   '4475 §3.1.2.16: SIP/7.0'],
  ['rfc4475/mismatch01.dat', 400,         'same',   '4475 §3.1.2.17: CSeq names another method'],
  ['rfc4475/mismatch02.dat', 501,         'same',   '4475 §3.1.2.18: the same for an unknown method: 501 is the better answer'],
  ['rfc4475/bigcode.dat',    'discarded', 'same',   '4475 §3.1.2.19: a status over 699, 5 when cut to 32 bits'],
  ['rfc4475/badbranch.dat',  400,         'same',   '4475 §3.2.1: the cookie alone is no transaction identifier'],
  ['rfc4475/insuf.dat',      400,         'same',   '4475 §3.3.1: no Call-ID, From or To'],
  ['rfc4475/unkscm.dat',     416,         'same',   '4475 §3.3.2: a scheme that nobody knows'],
  ['rfc4475/novelsc.dat',    416,         'same',   '4475 §3.3.3: a scheme that we never serve'],
  ['rfc4475/unksm2.dat',     400,         'same',   '4475 §3.3.4: well-formed, but To of a REGISTER is a SIP URI (3261 §10.2)'],
  ['rfc4475/bext01.dat',     'request',   'same',   '4475 §3.3.5: well-formed; core answers 420 by unsupportedOptions'],
  ['rfc4475/invut.dat',      'request',   'same',   '4475 §3.3.6: well-formed; core answers 415'],
  ['rfc4475/regaut01.dat',   'request',   'same',   '4475 §3.3.7: well-formed; the registrar challenges anew'],
  ['rfc4475/multi01.dat',    400,         'same',   '4475 §3.3.8: two From, To, Call-ID, CSeq and Max-Forwards'],
  ['rfc4475/mcl01.dat',      400,         'closes', '4475 §3.3.9: two lengths are no length'],
  ['rfc4475/bcast.dat',      'discarded', 'same',   '4475 §3.3.10: it would be passed on to everybody'],
  ['rfc4475/zeromf.dat',     'request',   'same',   '4475 §3.3.11: an endpoint treats it as any; a proxy answers 483'],
  ['rfc4475/cparam01.dat',   'request',   'same',   '4475 §3.3.12: without brackets the parameter is the header\'s'],
  ['rfc4475/cparam02.dat',   'request',   'same',   '4475 §3.3.13: within brackets it is the URI\'s'],
  ['rfc4475/regescrt.dat',   'request',   'same',   '4475 §3.3.14: a Contact may carry header fields'],
  ['rfc4475/sdp01.dat',      'request',   'same',   '4475 §3.3.15: well-formed; core answers 406'],
  ['rfc4475/inv2543.dat',    'request',   'closes', '4475 §3.4.1: no branch, tag, Max-Forwards; a stream needs Content-Length'],
  ['rfc5118/ipv6-good',                     'request', 'same', '5118 §4.1: an IPv6 reference'],
  ['rfc5118/ipv6-bad',                      400,       'same', '5118 §4.2: an IPv6 address without brackets'],
  ['rfc5118/port-ambiguous',                'request', 'same', '5118 §4.3: 5070 is part of the address'],
  ['rfc5118/port-unambiguous',              'request', 'same', '5118 §4.4: 5070 is the port'],
  ['rfc5118/via-received-param-with-delim', 'request', 'same', '5118 §4.5: brackets in received are accepted'],
  ['rfc5118/via-received-param-no-delim',   'request', 'same', '5118 §4.5: as the grammar has it'],
  ['rfc5118/ipv6-in-sdp',                   'request', 'same', '5118 §4.6: IPv6 in the body'],
  ['rfc5118/mult-ip-in-header',             'request', 'same', '5118 §4.7: IPv4 and IPv6 among the Vias'],
  ['rfc5118/mult-ip-in-sdp',                'request', 'same', '5118 §4.8: both in the body'],
  ['rfc5118/ipv4-mapped-ipv6',              'request', 'same', '5118 §4.9: IPv4-mapped addresses'],
  ['rfc5118/ipv6-bug-abnf-3-colons',        'request', 'same', '5118 §4.10: «must tolerate both of the above constructs»'],
  ['rfc5118/ipv6-correct-abnf-2-colons',    'request', 'same', '5118 §4.10: as RFC 4291 has it'],
]

const folder = fixtureFolder('SIP_TORTURE_DIR')
const present = folder ? MESSAGES : []
const read = (file: string): Buffer => readFileSync(join(folder ?? '', file))

t.test('the table has every message of both RFCs', async t => {
  t.equal(MESSAGES.filter(([file]) => file.startsWith('rfc4475/')).length, 49)
  t.equal(MESSAGES.filter(([file]) => file.startsWith('rfc5118/')).length, 12)
  t.equal(new Set(MESSAGES.map(([file]) => file)).size, 61, 'each once')
  if (!folder) skipForWant(t, 'SIP_TORTURE_DIR', 61, 'torture messages')
})

t.test('XS1: as a datagram, each message meets its fate', async t => {
  for (const [file, fate, , because] of present)
    t.equal(fateOf(read(file)), fate, `${file}: ${because}`)
})

t.test('what is refused while it is read can still be answered', async t => {
  for (const [file, fate] of present) {
    const error = typeof fate === 'number' ? errorOf(read(file)) : undefined
    if (!error) continue
    t.equal(error.partial?.kind, 'request', file)
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
      t.ok(error.partial?.headers.get(name), `${file} keeps ${name}`)
    }
  }
})

t.test('written and read again, a message is the same, and so are its bytes', async t => {
  for (const [file] of present) {
    const message = messageOf(read(file))
    if (!message) continue
    const bytes = serialise(message)
    const again = parseMessage(bytes)
    t.strictSame(comparable(again), comparable(message), file)
    t.ok(serialise(again).equals(bytes), `${file}: bytes`)
  }
})

for (const [name, chunksOf] of [
  ['byte by byte', (bytes: Buffer) => cut(bytes, () => 1)],
  ['in chunks of 1 to 40 bytes', (bytes: Buffer) => cut(bytes, lengthsFrom(bytes.length))],
  ['whole', (bytes: Buffer) => [bytes]],
] as const) {
  t.test(`as a stream ${name}, each message meets the same fate, or loses the border`, async t => {
    for (const [file, fate, onStream, because] of present) {
      const bytes = read(file)
      const parser = new StreamParser()
      const [first] = chunksOf(bytes).flatMap(chunk => parser.push(chunk))
      if (onStream === 'waits') {
        t.equal(first, undefined, `${file} is not complete`)
        t.ok(parser.isMidMessage, file)
      } else if (onStream === 'closes') {
        t.match(
          first,
          { kind: 'refused', closes: true, error: { status: 400 } },
          `${file}: ${because}`,
        )
      } else {
        t.equal(first && fateOfEvent(first), fate, `${file}: ${because}`)
      }
    }
  })
}

t.test('all messages that keep their border come out of one stream, in order', async t => {
  const alone = present.filter(([file, , onStream]) => onStream === 'same' && endsWithItsBody(file))
  const parser = new StreamParser()
  const bytes = Buffer.concat(alone.map(([file]) => read(file)))
  const events = cut(bytes, lengthsFrom(7)).flatMap(chunk => parser.push(chunk))
  t.strictSame(
    events.map(fateOfEvent),
    alone.map(([, fate]) => fate),
  )
  t.notOk(parser.isMidMessage)
})

t.test(
  'every message that a real server and application exchanged is read and comes back',
  async t => {
    const recordings = fixtureFolder('WIRE_CAPTURE_DIR')
    if (!recordings) return skipForWant(t, 'WIRE_CAPTURE_DIR', 2, 'recordings')
    for (const file of ['drachtio-exercise.cap', 'drachtio-exercise2.cap']) {
      const segments = readRecording(join(recordings, file))
      const sides = connectionsOf(segments).flatMap(connection =>
        (['C', 'S'] as const).map(from => sentBy(segments, connection, from)),
      )
      const messages = sides.flatMap(sipOfFrames)
      t.ok(messages.length > 10, `${messages.length} messages`)
      for (const bytes of messages) {
        const message = parseMessage(bytes)
        t.strictSame(comparable(parseMessage(serialise(message))), comparable(message))
      }
    }
  },
)

/** The SIP messages in drachtio's frames, `length#meta CRLF message`. Stops at what is no frame. */
function sipOfFrames(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const hash = bytes.indexOf('#', at)
    const length = Number(bytes.toString('latin1', at, Math.max(hash, at)))
    if (hash < 0 || !(length > 0)) break
    const payload = bytes.subarray(hash + 1, hash + 1 + length)
    const meta = payload.indexOf('\r\n')
    if (meta >= 0) messages.push(payload.subarray(meta + 2))
    at = hash + 1 + length
  }
  return messages
}

/** False for messages that announce less body than they have: the rest would begin the next one. */
function endsWithItsBody(file: string): boolean {
  const bytes = read(file)
  const parser = new StreamParser()
  return parser.push(bytes).length === 1 && !parser.isMidMessage
}

function fateOf(bytes: Buffer): Fate {
  try {
    return checked(parseMessage(bytes))
  } catch (error) {
    return refused(error)
  }
}

function fateOfEvent(event: StreamEvent): Fate | 'ping' {
  if (event.kind === 'ping') return 'ping'
  return event.kind === 'refused' ? refused(event.error) : checked(event)
}

function checked(message: SipMessage): Fate {
  if (message.kind === 'request') return checkRequest(message)?.status ?? 'request'
  return checkResponse(message) ? 'discarded' : 'response'
}

function refused(error: unknown): Fate {
  if (!(error instanceof ParseError)) throw error
  return error.status ?? 'discarded'
}

function messageOf(bytes: Buffer): SipMessage | undefined {
  try {
    return parseMessage(bytes)
  } catch {
    return undefined
  }
}

function errorOf(bytes: Buffer): ParseError | undefined {
  try {
    parseMessage(bytes)
    return undefined
  } catch (error) {
    return error instanceof ParseError ? error : undefined
  }
}

/** A message as plain values; Content-Length apart, which is always written. */
function comparable(message: SipMessage) {
  const fields = [...message.headers].filter(([name]) => name !== 'Content-Length')
  return { ...message, headers: fields, body: message.body.toString('latin1') }
}

function cut(bytes: Buffer, nextLength: () => number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = nextLength()
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return chunks
}

/** The same lengths in every run (a linear congruential generator, Numerical Recipes' constants). */
function lengthsFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 1 + ((state >>> 16) % 40)
  }
}

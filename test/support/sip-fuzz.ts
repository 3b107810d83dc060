import fc from 'fast-check'

/** Messages to begin from: each shows other parts of the grammar. */
const SEEDS: readonly string[] = [
  [
    'INVITE sip:1400@127.0.0.1:5070;transport=udp SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:5260;branch=z9hG4bK776asdhds;rport',
    'v: SIP/2.0/TCP [2001:db8::9:1]:5061;received=192.0.2.1;branch=z9hG4bK77 , SIP / 2.0 / WS a.invalid',
    'Max-Forwards: 70',
    'From: "Alice \\"A\\" \u5c71\u7530" <sip:09012345678@127.0.0.1;user=phone>;tag=1928301774',
    't: <sip:1400@127.0.0.1:5070>',
    'Call-ID: a84b4c76e66710@pc33.atlanta.com',
    'CSeq: 314159 INVITE',
    'Record-Route: <sip:p1.example.com;lr>,\r\n <sip:p2.example.com;lr>',
    'm: "Quoted, \\"string\\"" <sip:a%20b:pw@h.example?Route=%3Csip:c%3E> ; newparam = newvalue ; q=0.33',
    'Allow: INVITE, ACK,CANCEL\t,  OPTIONS, BYE',
    'P-Asserted-Identity: <tel:+81-90-1234-5678>, "x" <sip:y@z>',
    'X-Session-TOKEN: abc=1;"d,e"',
    'Content-Type: application/sdp',
    'Content-Length: 11',
    '',
    'v=0\r\n\r\nbody',
  ].join('\r\n'),
  [
    'SIP/2.0 401 Unauthorized \u043d\u0435\u0442',
    'Via: SIP/2.0/UDP 127.0.0.1:5260;branch=z9hG4bKo2;rport=5260;received=[::1]',
    'f: sip:caller@example.net;tag=134161461246',
    'To: J. User<sip:user@example.com>;tag=a',
    'i: 0ha0isndaksdjasdf3234nas',
    'CSeq: 0008 REGISTER',
    'WWW-Authenticate: Digest realm="a, b", nonce="n\\"1", algorithm=MD5, stale=false, qop="auth,auth-int"',
    'Contact: *',
    'l: 0',
    '',
    '',
  ].join('\r\n'),
  [
    'REGISTER sips:example.com SIP/2.0',
    'Via: SIP/2.0/TLS h_1.example.com:5061;branch=z9hG4bKnashds7;alias;keep=30',
    'From: <sips:u@example.com>;tag=1',
    'To: <sips:u@example.com>',
    'Call-ID: 1@h',
    'CSeq: 2147483647 REGISTER',
    'Authorization: Digest username="u", realm="r", nonce="n", uri="sips:example.com", response="0", qop=auth, nc=00000001, cnonce="c"',
    'Contact: <sips:u@[2001:db8::1]:5061;transport=tls>;expires=3600;+sip.instance="<urn:uuid:1>"',
    'Expires: 3600',
    'Subject:\r\n \r\n\tfolded\r\n twice',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
]

/** Pieces that mean something to a parser, or break it. */
// biome-ignore format: table
const PIECES: readonly string[] = [
  '\r\n', '\n', '\r', '\r\n\r\n', '\r\n ', '\n\t', ' ', '\t', ':', ';', ';;', ',', ',,', '=', '"', '\\', '\\"', '<', '>', '<>', '@',
  '%', '%00', '%zz', '%E6', '\0', '\x7f', '\x1b', '\\\0', '[', ']', '::', ':::', '[::1]', '[2001:db8:::192.0.2.1]', '?', '&', '#', '*',
  'sip:', 'sips:', 'tel:', 'http://', 'SIP/2.0', 'SIP/7.0', 'sip/2.0', ' SIP/2.0 ', 'z9hG4bK', ';tag=', ';branch=', ';received=', ';rport',
  ';rport=65536', ';lr', ':65536', ':0', '4294967301', '-1', '0', '00', '2147483648', '99999999999999999999', 'Content-Length: 0\r\n',
  'Content-Length: 5\r\nContent-Length: 6\r\n', 'l: 99999\r\n', 'Via: x\r\n', 'v:', 'To: \r\n', 'CSeq: 1 X\r\n', ': a\r\n', ' : a\r\n',
  'Contact: *\r\n', '\u65e5\u672c', '\ufeff', '\u2028', '\u0085', '\xa0', 'INVITE', 'ACK', 'OPTIONS sip:a SIP/2.0\r\n', 'Digest ', 'realm="',
]

type Mutation =
  | { kind: 'insert'; at: number; piece: string }
  | { kind: 'delete'; at: number; length: number }
  | { kind: 'flip'; at: number; byte: number }
  | { kind: 'repeat'; at: number; length: number; times: number }
  | { kind: 'splice'; at: number; from: number; source: number }

// Places are fractions of the length, so that a mutation means something for every seed.
const place = fc.double({ min: 0, max: 1, noNaN: true })
const length = fc.integer({ min: 1, max: 40 })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: place, piece: fc.constantFrom(...PIECES) }),
  fc.record({ kind: fc.constant('delete' as const), at: place, length }),
  fc.record({
    kind: fc.constant('flip' as const),
    at: place,
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: place,
    length,
    times: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({ kind: fc.constant('splice' as const), at: place, from: place, source: fc.nat() }),
)

/** A message of `more` or our own, changed in one to six places. */
export const mutatedMessages = (more: readonly Buffer[]): fc.Arbitrary<Buffer> => {
  const seeds = [...SEEDS.map(text => Buffer.from(text)), ...more]
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 6 }))
    .map(([seed, mutations]) =>
      mutations.reduce((bytes, change) => mutated(bytes, change, seeds), seed),
    )
}

function mutated(bytes: Buffer, change: Mutation, seeds: readonly Buffer[]): Buffer {
  const at = Math.floor(change.at * bytes.length)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (change.kind) {
    case 'insert':
      return Buffer.concat([head, Buffer.from(change.piece), tail])
    case 'delete':
      return Buffer.concat([head, tail.subarray(change.length)])
    case 'flip':
      return Buffer.concat([head, Buffer.from([change.byte]), tail.subarray(1)])
    case 'repeat': {
      const part = tail.subarray(0, change.length)
      return Buffer.concat([head, ...Array.from({ length: change.times }, () => part), tail])
    }
    case 'splice': {
      const source = seeds[change.source % seeds.length] ?? bytes
      return Buffer.concat([head, source.subarray(Math.floor(change.from * source.length))])
    }
  }
}

const tokenCharacter = fc.constantFrom(..."abzAZ019-.!%*_+`'~")
const token = fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 12 })
const blank = fc.constantFrom('', '', ' ', '\t', '  ', '\r\n ', ' \r\n\t')
const quoted = fc
  .string({
    unit: fc.constantFrom('a', ' ', ',', ';', '<', '>', '\\"', '\\\\', '\\\0', '\u65e5'),
    maxLength: 8,
  })
  .map(text => `"${text}"`)
const host = fc.constantFrom(
  'a',
  'example.com',
  'x-1.y_2.',
  '192.0.2.1',
  '[2001:db8::1]',
  '[::ffff:192.0.2.2]',
)
const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined })
const hostPort = fc
  .tuple(host, port)
  .map(([name, at]) => (at === undefined ? name : `${name}:${at}`))

/** Names are numbered, as none may come twice. */
const headerParams = fc
  .array(fc.tuple(token, fc.option(fc.oneof(token, quoted), { nil: undefined }), blank), {
    maxLength: 3,
  })
  .map(params =>
    params
      .map(
        ([name, value, gap], row) =>
          `${gap};${gap}${name}${row}${value === undefined ? '' : `${gap}=${gap}${value}`}`,
      )
      .join(''),
  )

const user = fc.string({
  unit: fc.constantFrom(..."aZ0-_.!~*'()&=+$,;?/", '%40', '%00', '%e6'),
  minLength: 1,
  maxLength: 10,
})
const sipUri = fc
  .tuple(
    fc.constantFrom('sip', 'SIPS', 'sips'),
    user,
    hostPort,
    fc.constantFrom('', ';lr', ';transport=tcp;x=%41', '?a=b&c=%20'),
  )
  .map(([scheme, name, where, rest]) => `${scheme}:${name}@${where}${rest}`)
const address = fc
  .tuple(fc.oneof(quoted, token, fc.constant('')), blank, sipUri, headerParams)
  .map(([name, gap, uri, params]) => `${name}${gap}<${uri}>${params}`)
const via = fc
  .tuple(blank, token, hostPort, token, headerParams)
  .map(
    ([gap, transport, where, branch, params]) =>
      `SIP${gap}/${gap}2.0${gap}/${gap}${transport} ${where};branch=${branch}${params}`,
  )
const list = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map(items => items.join(', '))

const field = (names: string, value: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(...names.split(' ')), blank, value)
    .map(([name, gap, text]) => `${name}${gap.replace(/\r\n/g, '')}:${gap}${text}`)

/** A request that keeps every rule of the grammar, written as oddly as the grammar allows. */
export const validRequests: fc.Arbitrary<Buffer> = fc
  .record({
    method: token,
    uri: sipUri.filter(text => !text.includes('?a=b')),
    number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    vias: fc.array(field('Via v VIA via', list(via)), { minLength: 1, maxLength: 2 }),
    from: field('From f FROM', address),
    to: field('To t tO', address),
    callId: field(
      'Call-ID i call-id',
      fc.tuple(token, token).map(words => words.join('@')),
    ),
    contact: field('Contact m', list(address)),
    other: fc.array(field('X-Any New-Header Subject s', fc.oneof(quoted, token)), { maxLength: 3 }),
    body: fc.uint8Array({ maxLength: 40 }),
    gap: fc.constantFrom(' ', '\t', '  ', '\r\n '),
  })
  .map(({ method, uri, number, vias, from, to, callId, contact, other, body, gap }) => {
    const rows = [...other, to, ...vias, from, `CSeq: ${number}${gap}${method}`, contact, callId]
    const head = [`${method} ${uri} SIP/2.0`, ...rows, `l: ${body.length}`, '', ''].join('\r\n')
    return Buffer.concat([Buffer.from(head), body])
  })

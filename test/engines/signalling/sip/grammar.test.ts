import t from 'tap'
import { formatCSeq, parseCSeq } from '../../../../engines/signalling/sip/cseq.js'
import {
  formatChallenge,
  formatCredentials,
  parseAuth,
} from '../../../../engines/signalling/sip/digest.js'
import { canonicalName, Headers } from '../../../../engines/signalling/sip/headers.js'
import { NO_BODY, type SipRequest } from '../../../../engines/signalling/sip/message.js'
import {
  formatNameAddr,
  parseNameAddr,
  tagOf,
  withTag,
} from '../../../../engines/signalling/sip/name-addr.js'
import {
  DEFAULT_LIMITS,
  isKeepAlive,
  ParseError,
  parseMessage,
  StreamParser,
} from '../../../../engines/signalling/sip/parse.js'
import { serialise } from '../../../../engines/signalling/sip/serialise.js'
import {
  escapeUser,
  formatUri,
  parseUri,
  sameUri,
  unescapeUri,
} from '../../../../engines/signalling/sip/uri.js'
import {
  checkRequest,
  checkResponse,
  unsupportedOptions,
} from '../../../../engines/signalling/sip/validate.js'
import { formatVia, parseVia } from '../../../../engines/signalling/sip/via.js'

/** An ordinary OPTIONS with some lines changed: `undefined` leaves a field out. */
function request(changes: Record<string, string | undefined> = {}, body = ''): string {
  const fields: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
    From: '<sip:09012345678@example.com>;tag=1',
    To: '<sip:1400@example.com>',
    'Call-ID': 'a@192.0.2.1',
    CSeq: '1 OPTIONS',
    'Content-Length': String(Buffer.byteLength(body)),
    ...changes,
  }
  const { line = 'OPTIONS sip:1400@example.com SIP/2.0', ...rest } = fields
  const rows = Object.entries(rest).filter(([, value]) => value !== undefined)
  return `${line}\r\n${rows.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

const read = (text: string) => parseMessage(Buffer.from(text))

/** What reading says: nothing, or with what to answer and why. */
function refusal(
  text: string | Buffer,
  limits = DEFAULT_LIMITS,
): [status: number | undefined, reason: string] | undefined {
  try {
    parseMessage(Buffer.from(text), limits)
    return undefined
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return [error.status, error.reason]
  }
}

function readRequest(text: string): SipRequest {
  const message = read(text)
  if (message.kind !== 'request') throw new Error('not a request')
  return message
}

t.test('a header field has one name, however it is written (RFC 3261 §7.3.1, §7.3.3)', async t => {
  // biome-ignore format: table
  for (const [written, name] of [
    ['call-id', 'Call-ID'], ['CALL-ID', 'Call-ID'], ['cAlL-iD', 'Call-ID'], ['i', 'Call-ID'], ['I', 'Call-ID'],
    ['f', 'From'], ['t', 'To'], ['v', 'Via'], ['V', 'Via'], ['m', 'Contact'], ['c', 'Content-Type'],
    ['l', 'Content-Length'], ['s', 'Subject'], ['k', 'Supported'], ['e', 'Content-Encoding'],
    ['o', 'Event'], ['u', 'Allow-Events'], ['r', 'Refer-To'], ['b', 'Referred-By'], ['x', 'Session-Expires'],
    ['a', 'Accept-Contact'], ['j', 'Reject-Contact'], ['d', 'Request-Disposition'], ['y', 'Identity'],
    ['n', 'Identity-Info'], ['www-authenticate', 'WWW-Authenticate'], ['cseq', 'CSeq'], ['CSEQ', 'CSeq'],
    ['mime-version', 'MIME-Version'], ['rseq', 'RSeq'], ['rack', 'RAck'], ['sip-etag', 'SIP-ETag'],
    ['p-asserted-identity', 'P-Asserted-Identity'], ['min-se', 'Min-SE'], ['geolocation', 'Geolocation'],
    ['new-FANGLED-header', 'New-Fangled-Header'], ['x-fooBAR', 'X-fooBAR'], ['X-Session-Token', 'X-Session-Token'],
    ['q', 'Q'], ['x-', 'X-'],
  ] as const) {
    t.equal(canonicalName(written), name, written)
    t.equal(canonicalName(name), name, `${name} is settled`)
  }
})

t.test('an X- header keeps its spelling and is found in any other', async t => {
  const headers = new Headers([['X-Call-TOKEN', 'abc']])
  t.equal(headers.get('x-call-token'), 'abc')
  t.strictSame([...headers], [['X-Call-TOKEN', 'abc']])
  headers.set('X-CALL-TOKEN', 'def')
  t.strictSame([...headers], [['X-CALL-TOKEN', 'def']])
  t.notOk(headers.remove('x-Call-Token').has('X-Call-TOKEN'))
})

t.test('a comma separates the values of lists, and of nothing else (RFC 3261 §7.3.1)', async t => {
  // biome-ignore format: table
  for (const [name, value, values, because] of [
    ['Allow',    'INVITE, ACK,BYE ,\tCANCEL',        ['INVITE', 'ACK', 'BYE', 'CANCEL'], 'blanks around commas'],
    ['Via',      'SIP/2.0/UDP a, SIP/2.0/TCP b',     ['SIP/2.0/UDP a', 'SIP/2.0/TCP b'], 'two hops in a row'],
    ['Contact',  '"a,b" <sip:c>, <sip:d>',           ['"a,b" <sip:c>', '<sip:d>'],       'a quoted comma'],
    ['Contact',  '"a\\",b" <sip:c>, <sip:d>',        ['"a\\",b" <sip:c>', '<sip:d>'],    'a quoted quote'],
    ['Warning',  '399 a "b",399 c "d"',           ['399 a "b"', '399 c "d"'],        'a comma right behind a quote'],
    ['Route',    '<sip:a,b@c;lr>,<sip:d>',           ['<sip:a,b@c;lr>', '<sip:d>'],      'a comma in brackets'],
    ['Contact',  '<sip:a"b>, <sip:c>',               ['<sip:a"b>', '<sip:c>'],           'no quoting in brackets'],
    ['Contact',  '"never closed, <sip:d>',           ['"never closed, <sip:d>'],         'an open quote takes all'],
    ['Route',    '<sip:a, <sip:b',                   ['<sip:a, <sip:b'],                 'so does an open bracket'],
    ['Require',  ',, a,,b,',                         ['a', 'b'],                         'empty elements are nothing'],
    ['Supported','',                                 [],                                 'an empty list'],
    ['Subject',  'a, b',                             ['a, b'],                           'text'],
    ['Date',     'Sat, 13 Nov 2010 23:29:00 GMT',    ['Sat, 13 Nov 2010 23:29:00 GMT'],  'a date'],
    ['WWW-Authenticate', 'Digest realm="a", nonce="b"', ['Digest realm="a", nonce="b"'], 'a challenge'],
    ['Authorization', 'Digest username="a", uri="b"', ['Digest username="a", uri="b"'],  'an answer'],
    ['Proxy-Authorization', 'Digest a="b", c="d"',   ['Digest a="b", c="d"'],            'the same'],
    ['X-Any',    'a, b',                             ['a, b'],                           'nobody knows what it means'],
  ] as const) {
    const headers = new Headers([[name, value]])
    t.strictSame(headers.all(name), values, `${name}: ${because}`)
    t.equal(headers.get(name), values[0], `${name}: the first`)
  }
})

t.test('header fields keep their order through every change', async t => {
  const rows = [
    ['v', 'SIP/2.0/UDP b, SIP/2.0/UDP c'],
    ['To', '<sip:x@y>'],
    ['Via', 'SIP/2.0/UDP d'],
  ] as const
  const headers = new Headers(rows)
  const before = headers.clone()
  headers.prepend('Via', 'SIP/2.0/UDP a')
  t.strictSame(
    headers.all('Via'),
    ['a', 'b', 'c', 'd'].map(host => `SIP/2.0/UDP ${host}`),
  )
  t.equal(headers.count('Via'), 3, 'rows, not values')
  t.equal(headers.removeFirst('Via'), 'SIP/2.0/UDP a', 'a whole row')
  t.equal(headers.removeFirst('Via'), 'SIP/2.0/UDP b', 'the first of a row')
  t.strictSame(headers.all('v'), ['SIP/2.0/UDP c', 'SIP/2.0/UDP d'])
  headers.set('Via', 'SIP/2.0/UDP e')
  t.strictSame(
    [...headers],
    [
      ['Via', 'SIP/2.0/UDP e'],
      ['To', '<sip:x@y>'],
    ],
    'set: first place',
  )
  headers.set('Expires', '0').add('Expires', '1').prepend('Route', '<sip:r>')
  t.strictSame(
    [...headers].map(([name]) => name),
    ['Route', 'Via', 'To', 'Expires', 'Expires'],
  )
  t.equal(headers.get('Via'), 'SIP/2.0/UDP e', 'found behind others')
  headers.remove('Expires')
  t.equal(headers.size, 3)
  t.equal(headers.get('Expires'), undefined)
  t.equal(headers.removeFirst('Expires'), undefined)
  t.strictSame(
    [...before].map(([, value]) => value),
    rows.map(([, value]) => value),
    'the clone',
  )
})

t.test('no value of ours begins another line', async t => {
  for (const text of ['a\r\nb: c', 'a\nb', 'a\r']) {
    t.throws(() => new Headers().add('Subject', text), RangeError)
    t.throws(() => new Headers().set('Subject', text), RangeError)
    t.throws(() => new Headers().prepend('Subject', text), RangeError)
  }
  t.throws(() => new Headers().add('Subject: x\r\nTo', 'a'), RangeError)
  const message = readRequest(request())
  t.throws(() => serialise({ ...message, uri: 'sip:a SIP/2.0\r\nX: ' }), RangeError)
})

t.test('a head is read as its author meant it', async t => {
  // biome-ignore format: table
  for (const [text, name, value, because] of [
    ['Subject: a\r\n b\r\n\t c',  'Subject',  'a b c',    'folded lines are one, each fold one space (§7.3.1)'],
    ['Subject:\r\n a',            'Subject',  'a',        'folded right behind the colon'],
    ['Subject: a\r\n \r\n b',     'Subject',  'a b',      'a folded line of blanks'],
    ['Subject \t :  a \t',        'Subject',  'a',        'blanks around colon and value'],
    ['Subject:',                  'Subject',  '',         'no value'],
    ['Subject: ',                 'Subject',  '',         'a blank value'],
    ['s: 日本',                    'Subject',  '日本',      'UTF-8'],
    ['Subject: \ufeffa',          'Subject',  '\ufeffa',  'a byte order mark is no blank'],
    ['Subject: a:b',              'Subject',  'a:b',      'only the first colon counts'],
  ] as const) {
    t.equal(read(request({ 'X-A': `1\r\n${text}` })).headers.get(name), value, because)
  }
})

t.test('lines end in CRLF, and in LF too', async t => {
  const [head = ''] = request({ 'Content-Length': undefined }).split('\r\n\r\n')
  const body = 'v=0\r\n\r\nx'
  for (const text of [`${head}\n\n`, `${head}\r\n\n`, `${head.replaceAll('\r', '')}\n\r\n`]) {
    const message = read(text + body)
    t.equal(message.headers.get('Call-ID'), 'a@192.0.2.1')
    t.equal(message.body.toString(), body)
  }
})

t.test('header text that is no UTF-8 is Latin-1: no two values become one', async t => {
  const bytes = Buffer.from(request({ Subject: 'caf\u00e9' }), 'latin1')
  t.equal(parseMessage(bytes).headers.get('Subject'), 'caf\u00e9')
})

t.test('what is no message is refused, and answered where it can be', async t => {
  const huge = 'x'.repeat(DEFAULT_LIMITS.headBytes)
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, row) => [`X-${row}`, '1']))
  // biome-ignore format: table
  for (const [text, expected, because] of [
    [request({ line: 'OPTIONS sip:a SIP/3.0' }),          [505, 'Version Not Supported'],            'another version'],
    [request({ line: 'OPTIONS sip:a SIP/20.0' }),         [505, 'Version Not Supported'],            'another version'],
    [request({ line: 'OPTIONS sip:a sip/2.0' }),          undefined,                                 '§7.1: compared without case'],
    [request({ line: 'OPTIONS  sip:a SIP/2.0' }),         [400, 'Malformed Request-Line'],           'two SP'],
    [request({ line: 'OPTIONS sip:a\tb SIP/2.0' }),       [400, 'Malformed Request-Line'],           'a tab in the URI'],
    [request({ line: 'OPTIONS  SIP/2.0' }),               [400, 'Malformed Request-Line'],           'no URI'],
    [request({ line: 'GET / HTTP/1.1' }),                 [undefined, 'Not SIP'],                    'HTTP'],
    [request({ line: 'OPT(IONS sip:a SIP/2.0' }),         [undefined, 'Not SIP'],                    'a method is a token'],
    [request({ line: 'OPTIONS' }),                        [undefined, 'Not SIP'],                    'one word'],
    [request({ line: ' OPTIONS sip:a SIP/2.0' }),         [undefined, 'Not SIP'],                    'a blank first'],
    ['',                                                  [undefined, 'Not SIP'],                    'nothing'],
    ['\r\n\r\n',                                          [undefined, 'Not SIP'],                    'a keep-alive: see isKeepAlive'],
    ['\0\x01\x02\x03',                                    [undefined, 'Not SIP'],                    'bytes'],
    [request({ line: 'SIP/2.0 99 Low' }),                 [undefined, 'Malformed Status-Line'],      'two digits'],
    [request({ line: 'SIP/2.0 700 High' }),               [undefined, 'Malformed Status-Line'],      '§7.2: the first digit is 1 to 6'],
    [request({ line: 'SIP/2.0 2000 Long' }),              [undefined, 'Malformed Status-Line'],      'four digits'],
    [request({ line: 'SIP/3.0 200 OK' }),                 [undefined, 'Malformed Status-Line'],      'another version'],
    [request({ line: 'sip/2.0 200 OK' }),                 undefined,                                 '§7.1: compared without case'],
    [request({ line: 'SIP/2.0 200' }),                    undefined,                                 'no SP: «a liberal receiver would accept it» (4475)'],
    [request({ 'Bad Name': 'a' }),                        [400, 'Malformed Header Field'],           'a name is a token'],
    [request({ 'X-A': '1\r\nno colon' }),                 [400, 'Malformed Header Field'],           'no colon'],
    [request({ 'X-A': '1\r\n: a' }),                      [400, 'Malformed Header Field'],           'no name'],
    [request({ line: 'OPTIONS sip:a SIP/2.0\r\n X-A: 1' }), [400, 'Malformed Header Field'],         'a start line has no continuation'],
    [request({ Subject: 'a\0b' }),                        [400, 'Control Character in Header'],      'NUL out of quotes'],
    [request({ Subject: 'a\x1b[2Jb' }),                   [400, 'Control Character in Header'],      'an escape sequence for a terminal'],
    [request({ Subject: 'a\rb' }),                        [400, 'Control Character in Header'],      'CR alone'],
    [request({ From: '"a\\\0b" <sip:a@b>;tag=1' }),       undefined,                                 'NUL in a quoted pair'],
    [request({ line: 'ACK sip:a SIP/3.0' }),              [undefined, 'Version Not Supported'],      'an ACK is never answered (§17)'],
    [request({ line: 'OPTIONS sip:a SIP/3.0', Via: undefined }), [undefined, 'Version Not Supported'], 'no way back'],
    [request({ 'Content-Length': '5' }, 'abcd'),          [400, 'Content-Length Larger Than Body'],  '§18.3: bytes are missing'],
    [request({ 'Content-Length': '4' }, 'abcd'),          undefined,                                 'exactly'],
    [request({ 'Content-Length': '-1' }),                 [400, 'Malformed Content-Length'],         'negative'],
    [request({ 'Content-Length': '1e1' }),                [400, 'Malformed Content-Length'],         'digits only'],
    [request({ 'Content-Length': '' }),                   [400, 'Malformed Content-Length'],         'empty'],
    [request({ 'Content-Length': '99999999999' }),        [400, 'Malformed Content-Length'],         'eleven digits'],
    [request({ 'Content-Length': undefined }, 'a'.repeat(65_536)), undefined,                        'a body of 64 KB'],
    [request({ 'Content-Length': undefined }, 'a'.repeat(65_537)), [413, 'Request Entity Too Large'], 'one byte more'],
    [request({ Subject: huge }),                          [513, 'Message Too Large'],                'a head over 16 KB'],
    [request(many),                                       [513, 'Too Many Header Fields'],           '206 fields'],
    [request().slice(0, -2),                              [400, 'Unterminated Header'],              'no empty line'],
  ] as const) {
    t.strictSame(refusal(text), expected, because)
  }
})

t.test('the limits are exact', async t => {
  const bytes = Buffer.from(request({}, 'body'))
  const headBytes = bytes.length - 4
  const exact = { headBytes, bodyBytes: 4, fields: 6 }
  t.equal(parseMessage(bytes, exact).kind, 'request', 'all reached')
  t.match(new StreamParser(exact).push(bytes), [{ kind: 'request' }], 'on a stream too')
  for (const [limits, status] of [
    [{ headBytes: headBytes - 1, bodyBytes: 4, fields: 6 }, 513],
    [{ headBytes, bodyBytes: 3, fields: 6 }, 413],
    [{ headBytes, bodyBytes: 4, fields: 5 }, 513],
  ] as const) {
    t.equal(refusal(bytes, limits)?.[0], status)
    const [event] = new StreamParser(limits).push(bytes)
    t.match(event, { kind: 'refused', error: { status } })
  }
})

t.test('an error holds what could be read, but no error quotes it', async t => {
  const secret = '12345678901234'
  const text = request({ 'Bad Name': secret, line: `INFO sip:${secret}@a SIP/2.0` })
  try {
    read(text)
    t.fail('should be refused')
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    t.notMatch(`${error.reason} ${error.message} ${error.stack}`, secret)
    t.equal(error.partial?.headers.get('CSeq'), '1 OPTIONS', 'also what stands behind the mistake')
    t.equal(error.partial?.headers.get('Via'), 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1')
  }
})

t.test('empty lines before a datagram are ignored, and alone they keep a binding open', async t => {
  t.equal(read(`\r\n\r\n${request()}`).kind, 'request')
  for (const text of ['', '\r\n', '\r\n\r\n', '\0\0\0\0', '\n'])
    t.ok(isKeepAlive(Buffer.from(text)))
  t.notOk(isKeepAlive(Buffer.from('\r\na')))
})

t.test('what is written says its length in bytes, once', async t => {
  // biome-ignore format: table
  for (const [length, body, because] of [
    ['999',     'abc',  'a wrong one is put right'],
    [undefined, 'abc',  'an absent one is added'],
    ['0',       '',     'none is said too'],
    ['2',       '日本',  'bytes, not characters'],
  ] as const) {
    const message = readRequest(request({ 'Content-Length': undefined }))
    if (length !== undefined) message.headers.add('l', length).add('Content-Length', length)
    message.body = Buffer.from(body)
    const text = serialise(message).toString()
    t.strictSame(text.match(/Content-Length: \d+/g), [`Content-Length: ${Buffer.byteLength(body)}`], because)
    t.ok(text.endsWith(`\r\n\r\n${body}`), because)
  }
})

t.test('a stream gives pings, messages and refusals in their order (RFC 5626 §4.4.1)', async t => {
  const one = request()
  // biome-ignore format: table
  for (const [text, kinds, because] of [
    ['\r\n\r\n',                       ['ping'],                       'CRLF CRLF is a ping'],
    ['\r\n',                           [],                             'CRLF is a pong, or nothing'],
    ['\r\n\r\n\r\n',                   ['ping'],                       'a ping and a half'],
    [`\r\n${one}\r\n${one}`,           ['request', 'request'],         'single CRLFs between messages'],
    [`${one}\r\n\r\n${one}`,           ['request', 'ping', 'request'], 'a ping between messages'],
    [`${request({}, 'abc')}${one}`,    ['request', 'request'],         'a body ends where it says'],
    [`${request({ 'Bad Name': 'a' }, 'abc')}${one}`, ['refused', 'request'], 'a bad field keeps the border'],
    [`GET / HTTP/1.1\r\n\r\n${one}`,   ['refused'],                    'no SIP: closed'],
    [`${request({ 'Content-Length': undefined })}${one}`, ['refused'], '§18.3: Content-Length is required'],
    [one.slice(0, -1),                 [],                             'not complete'],
  ] as const) {
    for (const size of [1, 7, 10_000]) {
      const parser = new StreamParser()
      const bytes = Buffer.from(text)
      const events = []
      for (let at = 0; at < bytes.length; at += size) {
        events.push(...parser.push(bytes.subarray(at, at + size)))
      }
      t.strictSame(events.map(({ kind }) => kind), kinds, `${because}, ${size} at a time`)
    }
  }
})

t.test('a stream refuses a head at its limit without waiting for its end', async t => {
  const parser = new StreamParser()
  const head = request().slice(0, -2)
  t.strictSame(parser.push(Buffer.from(`${head}X: ${'a'.repeat(16_380 - head.length)}`)), [])
  t.ok(parser.isMidMessage)
  const [event] = parser.push(Buffer.from('aa'))
  t.match(event, { kind: 'refused', closes: true, error: { status: 513 } })
  t.strictSame(parser.push(Buffer.from(request())), [], 'closed is closed')
  t.notOk(parser.isMidMessage)
})

t.test('the body of a message from a stream is its own', async t => {
  const chunk = Buffer.from(request({}, 'abc'))
  const [message] = new StreamParser().push(chunk)
  chunk.fill(0)
  t.equal(message?.kind === 'request' && message.body.toString(), 'abc')
})

t.test('URIs are read into their parts (RFC 3261 §19.1, RFC 3966)', async t => {
  // biome-ignore format: table
  for (const [text, parts] of [
    ['sip:alice@atlanta.com',               { kind: 'sip', scheme: 'sip', user: 'alice', host: 'atlanta.com' }],
    ['SIPS:alice:pw@a.b:5061',              { scheme: 'sips', user: 'alice', password: 'pw', port: 5061 }],
    ['sip:1400@127.0.0.1;transport=tcp;lr', { host: '127.0.0.1', params: new Map([['transport', 'tcp'], ['lr', undefined]]) }],
    ['sip:a@b?subject=x%20y&priority=urgent', { headers: [['subject', 'x%20y'], ['priority', 'urgent']] }],
    ['sip:b:65535',                         { host: 'b', port: 65_535 }],
    ['sip:[2001:db8::10]:5070',             { host: '2001:db8::10', port: 5070 }],
    ['sip:[2001:db8::10:5070]',             { host: '2001:db8::10:5070' }],
    ['sip:u@[2001:db8:::192.0.2.1]',        { host: '2001:db8::192.0.2.1' }],
    ['sip:u@[::ffff:192.0.2.2]',            { host: '::ffff:192.0.2.2' }],
    ['sip:user;par=u%40example.net@b',      { user: 'user;par=u%40example.net', host: 'b' }],
    ['sip:*21#@b',                          { user: '*21#' }],
    ['sip:my_host.local.',                  { host: 'my_host.local.' }],
    ['sip:a:@b',                            { user: 'a', password: '' }],
    ['tel:+81-90-1234-5678;phone-context=x', { kind: 'tel', number: '+81-90-1234-5678', params: new Map([['phone-context', 'x']]) }],
    ['http://www.example.com',              { kind: 'other', scheme: 'http', rest: '//www.example.com' }],
  ] as const) {
    const uri = parseUri(text)
    t.match(uri, parts, text)
    const written = uri ? formatUri(uri) : ''
    t.strictSame(parseUri(written), uri, `${text} comes back`)
  }
})

t.test('what is no URI is refused', async t => {
  // biome-ignore format: table
  for (const [text, because] of [
    ['', 'nothing'], ['alice', 'no scheme'], ['sip:', 'no host'], ['<sip:a@b>', 'brackets'], ['sip:a b@c', 'a blank'],
    ['sip:@b', 'an empty user'], ['sip:a@', 'no host'], ['sip:a@b@c', 'two @'], ['sip:a@b:', 'no port'],
    ['sip:a@b:65536', 'a port over 65535'], ['sip:a@b:5a', 'a port of letters'], ['sip:2001:db8::10', 'IPv6 without brackets'],
    ['sip:a@[::1', 'an open bracket'], ['sip:a@[::1]x', 'text behind the bracket'], ['sip:a@[::1%25eth0]', 'a zone'],
    ['sip:a@[2001:db8:::1]', 'three colons before no IPv4'], ['sip:a@1.2.3.400', 'no IPv4 address'], ['sip:a@b..c', 'an empty label'],
    ['sip:a@b;;lr', 'an empty parameter'], ['sip:a@b;lr;LR', 'a parameter twice'], ['sip:a@b;x="y"', 'a quoted value'],
    ['sip:a@b?x', 'a header without ='], ['sip:a@b?"=x', 'a quote in a header name'], ['sip:a@b?x="', 'a quote in a header value'], ['sip:%zz@b', 'no escape'], ['sip:a@b;x=%4', 'half an escape'], ['sip:日本@b', 'beyond ASCII'],
    ['sip:a@b ;lr', 'a blank before a parameter'], ['tel:abcxyz', 'no digits'], ['tel:', 'no number'], ['1sip:a', 'a scheme begins with a letter'],
  ] as const) {
    t.equal(parseUri(text), undefined, `${text}: ${because}`)
  }
})

t.test('two URIs are equivalent or not (RFC 3261 §19.1.4, with its examples)', async t => {
  // biome-ignore format: table
  for (const [one, other, same, because] of [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true, 'case and escapes'],
    ['sip:carol@chicago.com',                 'sip:carol@chicago.com;newparam=5',    true, 'an unknown parameter in one'],
    ['sip:carol@chicago.com;security=on',     'sip:carol@chicago.com;newparam=5',    true, 'different ones in each'],
    ['sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com', 'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com', true, 'the order of parameters'],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x', true, 'the order of header fields'],
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp',   'sip:alice@AtLanTa.CoM;Transport=UDP', false, 'user names have case'],
    ['sip:bob@biloxi.com',                    'sip:bob@biloxi.com:5060',             false, 'no port may be another port'],
    ['sip:bob@biloxi.com',                    'sip:bob@biloxi.com;transport=udp',    false, 'no transport may be another transport'],
    ['sip:bob@biloxi.com',                    'sip:bob@biloxi.com:6000;transport=tcp', false, 'both'],
    ['sip:carol@chicago.com',                 'sip:carol@chicago.com?Subject=next%20meeting', false, 'header fields count'],
    ['sip:bob@phone21.boxesbybob.com',        'sip:bob@192.0.2.4',                   false, 'names are not resolved'],
    ['sip:carol@chicago.com;security=on',     'sip:carol@chicago.com;security=off',  false, 'in both, and different'],
    ['sip:a@b',                               'sips:a@b',                            false, 'the scheme'],
    ['sip:a@b',                               'sip:b',                               false, 'a user and none'],
    ['sip:a:@b',                              'sip:a@b',                             false, 'a password and none'],
    ['sip:a@b',                               'sip:a@b;maddr=c',                     false, 'maddr in one'],
    ['sip:a@b;user=phone',                    'sip:a@b',                             false, 'user in one'],
    ['sip:a@b;ttl=1',                         'sip:a@b',                             false, 'ttl in one'],
    ['sip:a%00@b',                            'sip:a%00%00@b',                       false, '4475 §3.1.1.4: two NULs are not one'],
    ['sip:%ff@b',                             'sip:%FF@b',                           true,  'escapes have no case'],
    ['sip:a@[2001:db8:0::1]',                 'sip:a@[2001:DB8::1]',                 true,  'RFC 5954 §4: addresses by value'],
    ['sip:a@[2001:db8::1]',                   'sip:a@[2001:db8::2]',                 false, 'another address'],
    ['tel:+81-90-1234',                       'tel:+81901234',                       true,  'RFC 3966 §5: separators do not count'],
    ['tel:901;phone-context=a',               'tel:901;phone-context=b',             false, 'parameters do'],
    ['tel:901;phone-context=a',               'tel:901',                             false, 'in one too'],
    ['tel:+1',                                'sip:+1@a',                            false, 'the scheme'],
    ['http://a/b',                            'HTTP://a/b',                          true,  'a scheme has no case'],
    ['http://a/b',                            'http://a/c',                          false, 'the rest'],
  ] as const) {
    const [left, right] = [parseUri(one), parseUri(other)]
    if (!left || !right) throw new Error(`${one} or ${other} is no URI`)
    t.equal(sameUri(left, right), same, `${one} ${other}: ${because}`)
    t.equal(sameUri(right, left), same, `${other} ${one}: the other way round`)
    t.ok(sameUri(left, left), `${one}: itself`)
  }
})

t.test('escapes are undone and made', async t => {
  // biome-ignore format: table
  for (const [text, escaped] of [
    ['09012345678', '09012345678'], ['a b', 'a%20b'], ['a@b', 'a%40b'], ['*21#', '*21%23'], ['a;b?c/d&e=f+g$h,i', 'a;b?c/d&e=f+g$h,i'],
    ['日', '%E6%97%A5'], ['100%', '100%25'], ['\0', '%00'],
  ] as const) {
    t.equal(escapeUser(text), escaped, text)
    t.equal(unescapeUri(escaped), text, escaped)
    t.ok(parseUri(`sip:${escaped}@a`), escaped)
  }
  t.equal(unescapeUri('%61%ff'), 'a%ff', 'octets that are no UTF-8 stay')
  t.equal(escapeUser('\ud800'), '%EF%BF%BD', 'half a character is none')
})

t.test('names and addresses are read (RFC 3261 §20.10, §25.1)', async t => {
  // biome-ignore format: table
  for (const [text, displayName, uri, params] of [
    ['<sip:a@b>',                         undefined,      'sip:a@b',        {}],
    ['"Bell, A" <sip:a@b>;tag=1',         'Bell, A',      'sip:a@b',        { tag: '1' }],
    ['"a\\"b\\\\" <sip:a@b>',             'a"b\\',        'sip:a@b',        {}],
    ['"" <sip:a@b>',                      undefined,      'sip:a@b',        {}],
    ['J. Rosenberg  <sip:a@b>',           'J. Rosenberg', 'sip:a@b',        {}],
    ['caller<sip:a@b>',                   'caller',       'sip:a@b',        {}],
    ['山田 <sip:a@b>',                     '山田',          'sip:a@b',        {}],
    ['sip:a@b;tag=x',                     undefined,      'sip:a@b',        { tag: 'x' }],
    ['<sip:a@b;lr>;lr',                   undefined,      'sip:a@b;lr',     { lr: undefined }],
    ['<sip:a@b> ; Tag = x ; y="a;\\"b"',  undefined,      'sip:a@b',        { tag: 'x', y: '"a;\\"b"' }],
    ['<sip:a@b?Route=%3Csip:c%3E>',       undefined,      'sip:a@b?Route=%3Csip:c%3E', {}],
    ['  sip:a@b ;expires=60',             undefined,      'sip:a@b',        { expires: '60' }],
  ] as const) {
    const value = parseNameAddr(text)
    t.strictSame(value && { ...value, params: Object.fromEntries(value.params) },
      displayName === undefined ? { uri, params } : { uri, params, displayName }, text)
    t.strictSame(value && parseNameAddr(formatNameAddr(value)), value, `${text} comes back`)
  }
})

t.test('what is no name and address is refused', async t => {
  // biome-ignore format: table
  for (const [text, because] of [
    ['', 'nothing'], ['*', 'the star of Contact is no address'], ['<>', 'no URI'], ['<sip:a@b', 'an open bracket'],
    ['"a <sip:a@b>', 'an open quote'], ['"a" sip:a@b', 'a quoted name without brackets'], ['a, b <sip:a@b>', 'a comma in a name'],
    ['a b sip:a@b', 'a name without brackets'], ['< sip:a@b >', 'blanks within brackets'], ['sip:a@b?x=y', 'a query without brackets'],
    ['sip:a,b@c', 'a comma without brackets'], ['<sip:a@b>;;tag=1', 'an empty parameter'], ['<sip:a@b>tag=1', 'no semicolon'],
    ['<sip:a@b>;tag=1;TAG=2', 'a parameter twice'], ['<sip:a@b>;tag=', 'no value'], ['<sip:a@b>;x="y', 'an open quote'],
    ['<sip:a@b>;x=y z', 'a blank in a value'], ['<<sip:a@b>>', 'brackets in brackets'], [';tag=1', 'no URI'],
  ] as const) {
    t.equal(parseNameAddr(text), undefined, `${text}: ${because}`)
  }
})

t.test('a tag is found, set and replaced', async t => {
  t.equal(tagOf('<sip:a@b>;tag=x'), 'x')
  t.equal(tagOf('<sip:a@b> ; TAG = x'), 'x')
  t.equal(tagOf('<sip:a@b;tag=x>'), undefined, 'a parameter of the URI is none')
  t.equal(tagOf('";tag=y" <sip:a@b>'), undefined, 'nor is a name')
  t.equal(tagOf('sip:a@b;tag=x'), 'x')
  t.equal(withTag('<sip:a@b>', 'n'), '<sip:a@b>;tag=n')
  t.equal(withTag('sip:a@b', 'n'), 'sip:a@b;tag=n')
  t.equal(withTag('a <sip:a@b>;x=1;tag=o', 'n'), '"a" <sip:a@b>;x=1;tag=n')
})

t.test('a Via is read and written (RFC 3261 §20.42, RFC 3581, RFC 5118 §4.5)', async t => {
  // biome-ignore format: table
  for (const [text, parts, written] of [
    ['SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1', { transport: 'UDP', host: '192.0.2.1', port: 5060, branch: 'z9hG4bK1' }, undefined],
    ['SIP/2.0/TCP a;branch=b;rport',               { transport: 'TCP', host: 'a', branch: 'b', rport: true }, undefined],
    ['SIP/2.0/UDP a;rport=5061;received=192.0.2.9', { rport: 5061, received: '192.0.2.9' }, 'SIP/2.0/UDP a;received=192.0.2.9;rport=5061'],
    ['sip/2.0/ws a.invalid;branch=b;alias;keep=30', { transport: 'WS', params: new Map([['alias', undefined], ['keep', '30']]) }, 'SIP/2.0/WS a.invalid;branch=b;alias;keep=30'],
    ['SIP / 2.0 / TLS   a : 5061 ; branch = b',    { transport: 'TLS', host: 'a', port: 5061, branch: 'b' }, 'SIP/2.0/TLS a:5061;branch=b'],
    ['SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255]', { host: '2001:db8::9:1', received: '2001:db8::9:255' }, 'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255'],
    ['SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255', { port: 6050, received: '2001:db8::9:255' }, undefined],
    ['SIP/2.0/UDP a;maddr=224.2.0.1;ttl=16',       { params: new Map([['maddr', '224.2.0.1'], ['ttl', '16']]) }, undefined],
  ] as const) {
    const via = parseVia(text)
    t.match(via, parts, text)
    t.equal(via && formatVia(via), written ?? text, `${text} is written`)
  }
  for (const text of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/3.0/UDP a',
    'SIP/2.0 a',
    'HTTP/2.0/UDP a',
    'SIP/2.0/UDP a b',
    'SIP/2.0/UDP a;;',
    'SIP/2.0/UDP a;branch',
    'SIP/2.0/UDP a;branch=',
    'SIP/2.0/UDP a;rport=x',
    'SIP/2.0/UDP a;rport=65536',
    'SIP/2.0/UDP a;received',
    'SIP/2.0/UDP a;received=b c',
    'SIP/2.0/UDP a;branch=1;branch=2',
    'SIP/2.0/UDP a:',
    'SIP/2.0/UDP 2001:db8::1',
  ]) {
    t.equal(parseVia(text), undefined, `${text} is no Via`)
  }
})

t.test('a CSeq is a number below 2**31 and a method (RFC 3261 §8.1.1.5)', async t => {
  // biome-ignore format: table
  for (const [text, number, method] of [
    ['1 INVITE', 1, 'INVITE'], ['0009   INVITE', 9, 'INVITE'], ['0 ACK', 0, 'ACK'], ['2147483647 BYE', 2_147_483_647, 'BYE'],
    ['000000000000000000001 A', 1, 'A'],
  ] as const) {
    t.strictSame(parseCSeq(text), { number, method }, text)
    t.equal(formatCSeq({ number, method }), `${number} ${method}`)
  }
  for (const text of [
    '',
    '1',
    'INVITE',
    '1INVITE',
    '2147483648 A',
    '99999999999 A',
    '-1 A',
    '1 A B',
    '1 (',
    '1.0 A',
  ]) {
    t.equal(parseCSeq(text), undefined, text)
  }
})

t.test('challenges and answers are read and written (RFC 3261 §25.1, RFC 7616)', async t => {
  const challenge =
    'Digest realm="a, b", nonce="n\\"1", algorithm=MD5, stale=false, qop="auth,auth-int"'
  const parsed = parseAuth(challenge)
  t.strictSame(parsed && [parsed.scheme, ...parsed.params], [
    'Digest',
    ['realm', 'a, b'],
    ['nonce', 'n"1'],
    ['algorithm', 'MD5'],
    ['stale', 'false'],
    ['qop', 'auth,auth-int'],
  ])
  t.equal(parsed && formatChallenge(parsed), challenge)
  const answer =
    'Digest username="u", realm="r", nonce="n", uri="sip:a@b", response="0", algorithm=SHA-256, cnonce="c", qop=auth, nc=00000001'
  const credentials = parseAuth(answer)
  t.equal(credentials && formatCredentials(credentials), answer)
  t.strictSame(parseAuth('digest  Realm = "r" ,nonce=x,,'), {
    scheme: 'digest',
    params: new Map([
      ['realm', 'r'],
      ['nonce', 'x'],
    ]),
  })
  t.match(parseAuth('NoOneKnowsThisScheme opaque-data=here'), { scheme: 'NoOneKnowsThisScheme' })
  for (const text of [
    '',
    ' ',
    'Digest realm',
    'Digest realm="a" nonce="b"',
    'Digest realm="a',
    'Digest realm="a", Realm="b"',
    'Dig(est a=b',
    'Digest =a',
  ]) {
    t.equal(parseAuth(text), undefined, text)
  }
})

t.test('the first thing wrong with a request is named (RFC 3261 §21.4.1)', async t => {
  // biome-ignore format: table
  for (const [changes, status, reason] of [
    [{},                                                       undefined, ''],
    [{ Via: undefined },                                       400, 'Missing Via Header Field'],
    [{ From: undefined },                                      400, 'Missing From Header Field'],
    [{ To: undefined },                                        400, 'Missing To Header Field'],
    [{ 'Call-ID': undefined },                                 400, 'Missing Call-ID Header Field'],
    [{ CSeq: undefined },                                      400, 'Missing CSeq Header Field'],
    [{ f: '<sip:x@y>' },                                       400, 'Multiple From Header Fields'],
    [{ i: 'another' },                                         400, 'Multiple Call-ID Header Fields'],
    [{ 'Max-Forwards': '70\r\nMax-Forwards: 70' },             400, 'Multiple Max-Forwards Header Fields'],
    [{ l: '0' },                                               400, 'Multiple Content-Length Header Fields'],
    [{ Via: '' },                                              400, 'Malformed Via Header Field'],
    [{ Via: 'SIP/2.0/UDP a, b' },                              400, 'Malformed Via Header Field'],
    [{ Via: 'SIP/2.0/UDP a;branch=z9hG4bK' },                  400, 'Malformed Via Branch'],
    [{ Via: 'SIP/2.0/UDP a' },                                 undefined, ''],
    [{ From: '<sip:@b>' },                                     400, 'Malformed From Header Field'],
    [{ To: '"x <sip:a@b>' },                                   400, 'Malformed To Header Field'],
    [{ 'Call-ID': '' },                                        400, 'Malformed Call-ID Header Field'],
    [{ 'Call-ID': 'a b' },                                     400, 'Malformed Call-ID Header Field'],
    [{ CSeq: '1' },                                            400, 'Malformed CSeq Header Field'],
    [{ CSeq: '1 INVITE' },                                     400, 'CSeq Method Does Not Match'],
    [{ CSeq: '1 options' },                                    400, 'CSeq Method Does Not Match'],
    [{ line: 'NEW sip:a SIP/2.0' },                            501, 'Not Implemented'],
    [{ line: 'NEW sip:a SIP/2.0', CSeq: '1 NEW' },             undefined, ''],
    [{ 'Max-Forwards': '0' },                                  undefined, ''],
    [{ 'Max-Forwards': '255' },                                undefined, ''],
    [{ 'Max-Forwards': '256' },                                400, 'Malformed Max-Forwards Header Field'],
    [{ 'Max-Forwards': 'x' },                                  400, 'Malformed Max-Forwards Header Field'],
    [{ Route: '<sip:a;lr>, nonsense' },                        400, 'Malformed Route Header Field'],
    [{ 'Record-Route': '<sip:a' },                             400, 'Malformed Record-Route Header Field'],
    [{ Contact: '*' },                                         undefined, ''],
    [{ Contact: '*, <sip:a@b>' },                              400, 'Malformed Contact Header Field'],
    [{ Contact: '<sip:a@b>, sip:a@b?x=y' },                    400, 'Malformed Contact Header Field'],
    [{ Contact: '' },                                          undefined, ''],
    [{ line: 'OPTIONS <sip:a> SIP/2.0' },                      400, 'Malformed Request-URI'],
    [{ line: 'OPTIONS sip:a@b?x=y SIP/2.0' },                  400, 'Header Field in Request-URI'],
    [{ line: 'OPTIONS im:a@b SIP/2.0' },                       416, 'Unsupported URI Scheme'],
    [{ line: 'OPTIONS tel:1400 SIP/2.0' },                     undefined, ''],
    [{ line: 'OPTIONS sips:a@b SIP/2.0' },                     undefined, ''],
    [{ line: 'REGISTER sip:a SIP/2.0', CSeq: '1 REGISTER', To: '<tel:1400>' }, 400, 'To Is No SIP URI'],
    [{ line: 'REGISTER sip:a SIP/2.0', CSeq: '1 REGISTER' },   undefined, ''],
  ] as const) {
    const complaint = checkRequest(readRequest(request(changes)))
    t.strictSame(complaint, status === undefined ? undefined : { status, reason }, JSON.stringify(changes))
  }
})

t.test('a response that cannot be trusted is named too', async t => {
  const check = (changes: Record<string, string | undefined>) => {
    const message = read(request({ line: 'SIP/2.0 200 OK', ...changes }))
    return message.kind === 'response' ? checkResponse(message)?.reason : 'no response'
  }
  t.equal(check({}), undefined)
  const { headers } = read(request())
  for (const status of [99, 700, 200.5, Number.NaN]) {
    const reason = checkResponse({ kind: 'response', status, reason: '', headers, body: NO_BODY })
    t.equal(reason?.reason, 'Bad Status Code', `${status}`)
  }
  for (const status of [100, 699]) {
    t.equal(
      checkResponse({ kind: 'response', status, reason: '', headers, body: NO_BODY }),
      undefined,
    )
  }
  t.equal(check({ CSeq: '2147483648 INVITE' }), 'Malformed CSeq Header Field')
  t.equal(check({ To: undefined }), 'Missing To Header Field')
  for (const host of [
    '255.255.255.255',
    '224.0.0.1',
    '239.255.255.255',
    '[ff02::1]',
    '[FF0E::1]',
  ]) {
    t.equal(check({ Via: `SIP/2.0/UDP a, SIP/2.0/UDP ${host}` }), 'Broadcast Via', host)
  }
  t.equal(check({ Via: 'SIP/2.0/UDP 223.255.255.255, SIP/2.0/UDP 240.0.0.1' }), undefined)
})

t.test('options that nobody here supports are listed (RFC 3261 §8.2.2.3)', async t => {
  const headers = new Headers([
    ['Require', 'timer, x'],
    ['require', '100rel,y'],
  ])
  t.strictSame(unsupportedOptions(headers, 'Require', new Set(['timer', '100rel'])), ['x', 'y'])
  t.strictSame(unsupportedOptions(headers, 'Proxy-Require', new Set()), [])
})

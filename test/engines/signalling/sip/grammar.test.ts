import t from 'tap'
import { Headers } from '../../../../engines/signalling/sip/headers.js'
import { NO_BODY, type SipRequest } from '../../../../engines/signalling/sip/message.js'
import {
  DEFAULT_LIMITS,
  isKeepAlive,
  ParseError,
  parseMessage,
  StreamParser,
} from '../../../../engines/signalling/sip/parse.js'
import { serialise } from '../../../../engines/signalling/sip/serialise.js'
import {
  checkRequest,
  checkResponse,
  unsupportedOptions,
} from '../../../../engines/signalling/sip/validate.js'

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

import t from 'tap'
import { formatCSeq, parseCSeq } from '../../../../engines/signalling/sip/cseq.js'
import {
  formatChallenge,
  formatCredentials,
  parseAuth,
} from '../../../../engines/signalling/sip/digest.js'
import { canonicalName, Headers } from '../../../../engines/signalling/sip/headers.js'
import {
  formatNameAddr,
  parseNameAddr,
  tagOf,
  withTag,
} from '../../../../engines/signalling/sip/name-addr.js'
import {
  escapeUser,
  formatUri,
  parseUri,
  sameUri,
  unescapeUri,
} from '../../../../engines/signalling/sip/uri.js'
import { formatVia, parseVia } from '../../../../engines/signalling/sip/via.js'

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

import { createHmac } from 'node:crypto'
import t from 'tap'
import type { Msisdn } from '../../domain/msisdn.js'
import { digestCredentials } from '../../switch-sim/digest/credentials.js'
import { digestResponse, ha1Of } from '../../switch-sim/digest/digest-response.js'
import { type DigestChallenge, digestAnswer } from '../../switch-sim/handset/digest-answer.js'
import { BINDINGS_PER_NUMBER_MAX, Bindings } from '../../switch-sim/mls/bindings.js'
import { contactKey, parseContacts } from '../../switch-sim/mls/contact.js'
import { DigestGate } from '../../switch-sim/mls/digest-gate.js'
import { Nonces } from '../../switch-sim/mls/nonces.js'
import { PasswordThrottle } from '../../switch-sim/mls/password-throttle.js'
import { type RegisterRequest, Registrar } from '../../switch-sim/mls/registrar.js'
import {
  DIGEST_REALM,
  ha1OfPassword,
  type Subscriber,
} from '../../switch-sim/mls/subscribers/subscriber.js'

const NUMBER = '09010000001' as Msisdn
const PASSWORD = 'correct horse'
const DOMAIN = 'sip:127.0.0.1:5060'
const LIFETIME_MS = 300_000

const subscriber: Subscriber = {
  msisdn: NUMBER,
  contractClass: 'mobile',
  language: 'ja',
  ha1: ha1OfPassword(NUMBER, PASSWORD),
}

/** A registrar with one subscriber, and its clock. */
function switchOf({ md5 = true, remembered = 100 } = {}) {
  const clock = { nowMs: 1_000_000 }
  const nowMs = () => clock.nowMs
  let made = 0
  const random = (octets: number) =>
    createHmac('sha256', 'chance').update(`${made++}`).digest().subarray(0, octets)
  const nonces = new Nonces({
    key: Buffer.alloc(32, 7),
    nowMs,
    random,
    lifetimeMs: LIFETIME_MS,
    remembered,
  })
  const throttle = new PasswordThrottle({
    nowMs,
    perNumber: 5,
    perAddress: 50,
    waitMs: 60_000,
    remembered: 100,
  })
  const find = async (number: Msisdn) => (number === NUMBER ? subscriber : undefined)
  const md5OnlyPhones = ['baresip v1.']
  const gate = new DigestGate({ subscribers: { find }, nonces, throttle, md5, md5OnlyPhones })
  const bindings = new Bindings(nowMs)
  return { clock, gate, bindings, registrar: new Registrar(gate, bindings) }
}

type Switch = ReturnType<typeof switchOf>

let callCount = 0

const request = (change: Partial<RegisterRequest> = {}): RegisterRequest => ({
  uri: DOMAIN,
  from: `<sip:${NUMBER}@127.0.0.1>;tag=a`,
  to: `<sip:${NUMBER}@127.0.0.1>`,
  callId: `call-${++callCount}`,
  cseq: 1,
  contact: '<sip:phone@127.0.0.1:40000>',
  expires: undefined,
  authorization: undefined,
  userAgent: 'a phone',
  address: '127.0.0.1',
  ...change,
})

/** The challenges of an answer, as a phone reads them. */
function challengesOf(headers: Readonly<Record<string, string | readonly string[]>>) {
  return [headers['WWW-Authenticate'] ?? []].flat().map(value => {
    const [parameters = new Map<string, string>()] = digestCredentials(value)
    return {
      realm: parameters.get('realm') ?? '',
      nonce: parameters.get('nonce') ?? '',
      algorithm: parameters.get('algorithm'),
      qop: (parameters.get('qop') ?? '').split(','),
      stale: parameters.get('stale') === 'true',
    }
  })
}

const credentials = { username: NUMBER as string, password: PASSWORD, realm: DIGEST_REALM }

const proof = (challenge: DigestChallenge, { password = PASSWORD, count = 1, uri = DOMAIN } = {}) =>
  digestAnswer(
    challenge,
    { ...credentials, password },
    { method: 'REGISTER', uri, count, clientNonce: 'c' },
  ) ?? ''

/** Challenges a phone that gives nothing, in the order they are offered. */
async function challenged({ registrar }: Switch, change: Partial<RegisterRequest> = {}) {
  const { answer } = await registrar.register(request(change))
  return challengesOf(answer.headers)
}

/** Registers with a right password; the answer. */
async function registered(mls: Switch, change: Partial<RegisterRequest> = {}) {
  const [challenge] = await challenged(mls, change)
  if (!challenge) throw new Error('no challenge')
  const authorization = proof(challenge)
  const { answer } = await mls.registrar.register(request({ ...change, authorization }))
  return answer
}

t.test('digest responses are those of RFC 7616 §3.9.1', async t => {
  const question = {
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    nonceCount: '00000001',
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  }
  // biome-ignore format: table
  for (const [algorithm, response] of [
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['MD5',     '8ca523f5e9506fed4657c9700eebdbec'],
  ] as const) {
    const ha1 = ha1Of(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life')
    t.equal(digestResponse(ha1, { algorithm, ...question }), response, algorithm)
  }
})

t.test('Authorization is read as it may be written', async t => {
  // biome-ignore format: table
  for (const [header, names, because] of [
    ['Digest username="a", nc=00000001',              [['a']],        'one value'],
    ['digest username = "a" , nc=1',                  [['a']],        'scheme in any case, blanks around ='],
    ['Digest username="a, b\\"c"',                    [['a, b"c']],   'commas and escapes between quotation marks'],
    ['Digest username="a", qop=auth, Digest username="b"', [['a'], ['b']], 'two headers folded into one'],
    ['Basic dXNlcg, Digest username="b"',             [],             'what cannot be read ends the list'],
    ['Digest username="a", username="b"',             [],             'a parameter given twice'],
    ['Digest',                                        [[]],           'nothing stated'],
    ['Digest username="a',                            [[]],           'a quotation mark that is not closed'],
    ['x'.repeat(5_000),                               [],             'too long to be read'],
  ] as const) {
    const read = digestCredentials(header).map(one => [one.get('username')].filter(Boolean))
    t.strictSame(read, names, because)
  }
})

t.test(
  'SHA-256 is offered first, MD5 behind it, and each phone is taken by what it knows',
  async t => {
    const mls = switchOf()
    const offered = await challenged(mls)
    t.strictSame(
      offered.map(challenge => challenge.algorithm),
      ['SHA-256', 'MD5'],
    )
    for (const challenge of offered) {
      const { answer } = await mls.registrar.register(request({ authorization: proof(challenge) }))
      t.equal(answer.status, 200, `${challenge.algorithm}`)
    }
    const old = await challenged(mls, { userAgent: 'baresip v1.0.0 (x86_64/linux)' })
    t.strictSame(
      old.map(challenge => challenge.algorithm),
      ['MD5'],
      'a phone that fails on SHA-256',
    )
  },
)

t.test('no downgrade: an algorithm is of use only where, and as, it was offered', async t => {
  const mls = switchOf()
  const [sha] = await challenged(mls)
  if (!sha) throw new Error('no challenge')
  const answerBy = async (challenge: DigestChallenge, registrar = mls.registrar) => {
    const done = await registrar.register(request({ authorization: proof(challenge) }))
    const stale = challengesOf(done.answer.headers).some(one => one.stale)
    return `${done.answer.status}${stale ? ' stale' : ''}`
  }
  t.equal(
    await answerBy({ ...sha, algorithm: 'MD5' }),
    '401 stale',
    'MD5 over the nonce of SHA-256',
  )
  t.equal(await answerBy({ ...sha, algorithm: undefined }), '401 stale', 'no algorithm means MD5')

  const strict = switchOf({ md5: false })
  const offered = await challenged(strict, { userAgent: 'baresip v1.0.0' })
  t.strictSame(
    offered.map(challenge => challenge.algorithm),
    ['SHA-256'],
    'MD5 switched off',
  )
  const [only] = offered
  if (!only) throw new Error('no challenge')
  t.equal(await answerBy({ ...only, algorithm: 'MD5' }, strict.registrar), '401', 'not even right')
  t.equal(await answerBy(only, strict.registrar), '200')
})

t.test('a phone proves itself to its own realm alone', async t => {
  const [challenge] = await challenged(switchOf())
  if (!challenge) throw new Error('no challenge')
  t.not(proof(challenge), '')
  t.equal(proof({ ...challenge, realm: 'elsewhere' }), '', 'another realm is never answered')
  t.equal(proof({ ...challenge, qop: ['auth-int'] }), '', 'a quality we do not speak')
})

t.test('a nonce count is used once, and a nonce for its time', async t => {
  const mls = switchOf()
  const [challenge] = await challenged(mls)
  if (!challenge) throw new Error('no challenge')
  const send = async (count: number, nonce = challenge.nonce) => {
    const authorization = proof({ ...challenge, nonce }, { count })
    const { answer } = await mls.registrar.register(request({ authorization }))
    const stale = challengesOf(answer.headers).some(one => one.stale)
    return `${answer.status}${stale ? ' stale' : ''}`
  }
  t.equal(await send(1), '200')
  t.equal(await send(1), '401 stale', 'the same count again is a replay')
  t.equal(await send(3), '200', 'counts may be left out')
  t.equal(await send(2), '401 stale', 'and not come back')
  mls.clock.nowMs += LIFETIME_MS
  t.equal(await send(4), '200', 'the last moment of its life')
  mls.clock.nowMs += 1
  t.equal(await send(5), '401 stale', 'and the one after')
  t.equal(
    await send(1, 'x'.repeat(40)),
    '401 stale',
    'a nonce we never made, with the right password',
  )

  const racing = switchOf()
  const [fresh] = await challenged(racing)
  if (!fresh) throw new Error('no challenge')
  const authorization = proof(fresh)
  const both = await Promise.all([
    racing.registrar.register(request({ authorization })),
    racing.registrar.register(request({ authorization })),
  ])
  t.strictSame(both.map(({ answer }) => answer.status).sort(), [200, 401], 'of two at once, one')
})

t.test('a forgotten nonce is stale, never fresh again', async t => {
  const mls = switchOf({ remembered: 2 })
  const nonces: DigestChallenge[] = []
  for (let phone = 0; phone < 4; phone++) {
    mls.clock.nowMs += 1
    const [challenge] = await challenged(mls)
    if (challenge) nonces.push(challenge)
  }
  for (const challenge of nonces) {
    const { answer } = await mls.registrar.register(request({ authorization: proof(challenge) }))
    t.equal(answer.status, 200)
  }
  for (const challenge of nonces) {
    const { answer } = await mls.registrar.register(request({ authorization: proof(challenge) }))
    t.equal(answer.status, 401, 'replayed after its count was forgotten')
  }
})

t.test('nobody can tell a number that exists from one that does not', async t => {
  const shown = async (username: string) => {
    const mls = switchOf()
    const [challenge] = await challenged(mls)
    if (!challenge) throw new Error('no challenge')
    const wrong = digestAnswer(
      challenge,
      { username, password: 'wrong', realm: DIGEST_REALM },
      { method: 'REGISTER', uri: DOMAIN, count: 1, clientNonce: 'c' },
    )
    const to = `<sip:${username}@127.0.0.1>`
    const answers: unknown[] = []
    for (let attempt = 0; attempt < 7; attempt++) {
      const { answer } = await mls.registrar.register(
        request({ to, from: to, authorization: wrong }),
      )
      const headers = JSON.stringify(answer.headers).replaceAll(/nonce=\\"[^"]+"/g, 'nonce')
      answers.push([answer.status, headers])
    }
    return answers
  }
  const known = await shown(NUMBER)
  t.strictSame(await shown('09099999999'), known, 'a number that nobody has')
  t.strictSame(await shown('no number'), known, 'a name that is no number')
  t.match(known[4], [401], 'the fifth wrong password is still looked at')
  t.match(known[5], [403, /Retry-After/], 'the sixth is not')
})

t.test('who guesses passwords waits, and only where it guessed', async t => {
  const mls = switchOf()
  const attempt = async (password: string, address = '127.0.0.1') => {
    const [challenge] = await challenged(mls, { address })
    if (!challenge) throw new Error('no challenge')
    const authorization = proof(challenge, { password })
    const { answer } = await mls.registrar.register(request({ authorization, address }))
    return answer.status
  }
  for (let n = 0; n < 4; n++) t.equal(await attempt('wrong'), 401)
  t.equal(await attempt(PASSWORD), 200, 'four wrong and a right one: all is forgotten')
  for (let n = 0; n < 5; n++) t.equal(await attempt('wrong'), 401)
  t.equal(await attempt(PASSWORD), 403, 'after five wrong ones not even a right one is looked at')
  t.equal(await attempt(PASSWORD, '127.0.0.2'), 200, 'the subscriber elsewhere is not shut out')
  mls.clock.nowMs += 59_999
  t.equal(await attempt(PASSWORD), 403)
  mls.clock.nowMs += 1
  t.equal(await attempt(PASSWORD), 200, 'a minute after the last wrong one')
})

t.test('proofs that prove something else are none', async t => {
  const mls = switchOf()
  const [challenge] = await challenged(mls)
  if (!challenge) throw new Error('no challenge')
  const right = proof(challenge)
  // biome-ignore format: table
  for (const [authorization, because] of [
    [right.replace('qop=auth, ', ''),                      'without qop a replay could not be told'],
    [right.replace('nc=00000001', 'nc=1'),                 'a count is eight digits'],
    [right.replace(/nc=\d+/, 'nc=00000002'),               'the count is part of what is hashed'],
    [right.replace(/cnonce="c"/, 'cnonce=""'),             'the phone adds chance of its own'],
    [right.replace(DIGEST_REALM, 'elsewhere'),             'another realm'],
    [proof(challenge, { uri: 'sip:other.example' }),       'another request'],
    [right.replace('algorithm=SHA-256', 'algorithm=SHA-512'), 'an algorithm we did not offer'],
    [right.replace(/response="../, 'response="zz'),        'a response changed'],
    [right.replace(/response="../, 'response="'),          'a response cut short'],
    [right.replace('Digest', 'Basic'),                     'another scheme'],
  ] as const) {
    const { answer } = await mls.registrar.register(request({ authorization }))
    t.equal(answer.status, 401, because)
  }
  const { answer } = await mls.registrar.register(
    request({ uri: `${DOMAIN};transport=tcp`, authorization: right }),
  )
  t.equal(answer.status, 200, 'phones differ in whether the parameters of the URI are hashed')
})

t.test('a password binds its own number alone (RFC 3261 §10.3, step 4)', async t => {
  // biome-ignore format: table
  for (const [to, from, status, because] of [
    [`<sip:${NUMBER}@x>`,              `<sip:${NUMBER}@x>`,     200, 'its own'],
    ['<sip:+819010000001@x>',          `<sip:${NUMBER}@x>`,     200, 'its own in international form'],
    ['"09010000002" <tel:+81-90-1000-0001>', `<sip:${NUMBER}@x>`, 200, 'a display name says nothing'],
    ['<sip:09010000002@x>',            `<sip:${NUMBER}@x>`,     403, 'another'],
    [`<sip:${NUMBER}@x>`,              '<sip:09010000002@x>',   403, 'registered by another'],
    ['<sip:x>',                        `<sip:${NUMBER}@x>`,     403, 'nobody'],
  ] as const) {
    const answer = await registered(switchOf(), { to, from })
    t.equal(answer.status, status, because)
  }
})

t.test('bindings are kept, listed, renewed and taken away (RFC 3261 §10.3)', async t => {
  const mls = switchOf()
  // Rows run in order on one registrar.
  // biome-ignore format: table
  for (const [contact, expires, status, listed, because] of [
    [undefined,                              undefined, 200, [],                          'a question changes nothing'],
    ['<sip:a@h:1>',                          undefined, 200, ['a@h:1 3600'],              'an hour when the phone does not say'],
    ['<sip:a@H:1>;expires=120',              undefined, 200, ['a@H:1 120'],               'the same phone again'],
    ['<sip:b@h:2>;expires=999999',           '60',      200, ['a@H:1 120', 'b@h:2 3600'], 'an hour is the longest'],
    ['<sip:c@h:3>',                          '60',      200, ['a@H:1 120', 'b@h:2 3600', 'c@h:3 60'], '60 s is the shortest'],
    ['<sip:c@h:3>',                          '59',      423, undefined,                   'and 59 s too brief'],
    ['<sip:d@h:4>, <sip:e@h:5>;expires=1',   undefined, 423, undefined,                   'all or nothing'],
    ['<sip:c@h:3>',                          '0',       200, ['a@H:1 120', 'b@h:2 3600'], '0 takes it away'],
    ['"A, B" <sip:d@h:4>;q=0.5, sip:e@h:5;expires=60', 'x', 200, ['a@H:1 120', 'b@h:2 3600', 'd@h:4 3600', 'e@h:5 60'], 'two at once'],
    ['*',                                    undefined, 400, undefined,                   '* must come with Expires: 0'],
    ['*',                                    '60',      400, undefined,                   'and no other'],
    ['*, <sip:a@h:1>',                       '0',       400, undefined,                   'and alone'],
    ['<http://a>',                           undefined, 400, undefined,                   'a phone is reached by SIP'],
    ['<sip:a@h',                             undefined, 400, undefined,                   'no contact at all'],
    [`<sip:${'a'.repeat(512)}@h>`,           undefined, 400, undefined,                   'too long to be kept'],
    ['*',                                    '0',       200, [],                          'all of them'],
  ] as const) {
    const answer = await registered(mls, { contact, expires })
    t.equal(answer.status, status, because)
    const contacts = [answer.headers.Contact ?? []].flat()
    const shown = contacts.map(value => value.replace(/<sip:(.*)>;expires=/, '$1 '))
    if (listed) t.strictSame(shown, listed, because)
    if (status === 423) t.equal(answer.headers['Min-Expires'], '60')
  }
})

t.test('a binding ends by itself, and an older REGISTER does not bring it back', async t => {
  const mls = switchOf()
  const contact = '<sip:a@h:1>'
  await registered(mls, { contact, expires: '60', callId: 'one', cseq: 7 })
  const again = { contact, expires: '60', callId: 'one' }
  t.equal((await registered(mls, { ...again, cseq: 7 })).status, 400, 'the same CSeq')
  t.equal((await registered(mls, { ...again, cseq: 6 })).status, 400, 'a lower CSeq')
  t.equal((await registered(mls, { ...again, cseq: 8 })).status, 200, 'a higher CSeq')
  const all = { contact: '*', expires: '0', callId: 'one' }
  t.equal((await registered(mls, { ...all, cseq: 8 })).status, 400, '* from before it')
  t.equal(mls.bindings.registeredNumbers(), 1)
  mls.clock.nowMs += 59_999
  t.equal(mls.bindings.of(NUMBER).length, 1)
  mls.clock.nowMs += 1
  t.equal(mls.bindings.of(NUMBER).length, 0, '60 s later')
  t.equal(mls.bindings.registeredNumbers(), 0)
})

t.test(
  'a number has five phones at most; the sixth takes the place of the first to end',
  async t => {
    const mls = switchOf()
    for (let phone = 1; phone <= BINDINGS_PER_NUMBER_MAX + 1; phone++) {
      await registered(mls, { contact: `<sip:p${phone}@h>`, expires: `${1_000 - phone}` })
    }
    const uris = mls.bindings.of(NUMBER).map(({ uri }) => uri)
    t.strictSame(
      uris,
      [1, 2, 3, 4, 5].map(n => `sip:p${n}@h`),
      'the sixth would itself end first',
    )
    await registered(mls, { contact: '<sip:p7@h>', expires: '2000' })
    t.notOk(mls.bindings.of(NUMBER).some(({ uri }) => uri === 'sip:p5@h'))
  },
)

t.test('two URIs are one phone as RFC 3261 §19.1.4 compares them', async t => {
  // biome-ignore format: table
  for (const [one, other, same, because] of [
    ['sip:a@h',      'SIP:a@H',                 true,  'scheme and host in any case'],
    ['sip:a@h',      'sip:A@h',                 false, 'not the user'],
    ['sip:a@h;ob',   'sip:a@h',                 true,  'a parameter that one of them has'],
    ['sip:a@h;transport=tcp', 'sip:a@h',        false, 'unless it is one of the five'],
    ['sip:a@h;transport=TCP;x', 'sip:a@h;y;transport=tcp', true, 'in any order and case'],
    ['sip:a@h:5060', 'sip:a@h',                 false, 'a port stated is not a port left out'],
    ['sip:h',        'sip:H',                   true,  'without user'],
  ] as const) {
    t.equal(contactKey(one) === contactKey(other), same, because)
  }
  t.strictSame(parseContacts(Array.from({ length: 11 }, () => '<sip:a@h>').join(',')), undefined)
})

import t from 'tap'
import { digestCredentials } from '../../switch-sim/digest/credentials.js'
import { digestResponse, ha1Of } from '../../switch-sim/digest/digest-response.js'
import { type DigestChallenge, digestAnswer } from '../../switch-sim/handset/digest-answer.js'
import { DIGEST_REALM } from '../../switch-sim/mls/subscribers/subscriber.js'
import {
  challenged,
  challengesOf,
  DOMAIN,
  LIFETIME_MS,
  NUMBER,
  PASSWORD,
  proof,
  registered,
  request,
  switchOf,
} from '../support/registrar-rig.js'

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

t.test('XS8: no downgrade: an algorithm is of use only where, and as, it was offered', async t => {
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

t.test('XS8: a phone proves itself to its own realm alone', async t => {
  const [challenge] = await challenged(switchOf())
  if (!challenge) throw new Error('no challenge')
  t.not(proof(challenge), '')
  t.equal(proof({ ...challenge, realm: 'elsewhere' }), '', 'another realm is never answered')
  t.equal(proof({ ...challenge, qop: ['auth-int'] }), '', 'a quality we do not speak')
})

t.test('XS8: a nonce count is used once, and a nonce for its time', async t => {
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

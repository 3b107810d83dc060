import t from 'tap'
import { BINDINGS_PER_NUMBER_MAX } from '../../switch-sim/mls/bindings.js'
import { contactKey, parseContacts } from '../../switch-sim/mls/contact.js'
import { NUMBER, registered, switchOf } from '../support/registrar-rig.js'

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

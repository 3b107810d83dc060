import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { compactVerify } from 'jose'
import t, { type Test } from 'tap'
import { CALL_REFUSALS } from '../../domain/call-refusal.js'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { epochMs } from '../../domain/clock.js'
import { CONTRACT_CLASSES } from '../../domain/contract-class.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { SERVICE_NUMBERS, type SwitchAssertion } from '../../domain/switch-assertion.js'
import { homeAt, makeHome } from '../../platform/home.js'
import { numberIn, userOf } from '../../switch-sim/mls/address-of-record.js'
import { mlsSettings } from '../../switch-sim/mls/config.js'
import { identityHeaders, identitySigner } from '../../switch-sim/mls/identity.js'
import {
  CLAIM_HEADERS,
  identityClaims,
  withholdsDisplay,
} from '../../switch-sim/mls/identity-claims.js'
import { announcementFor, routeOf } from '../../switch-sim/mls/routing.js'
import { switchKey, switchKeyFile, switchPublicKeyFile } from '../../switch-sim/mls/switch-key.js'

const NUMBER = '09010000001' as Msisdn

function freshHome(t: Test) {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-')))
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  makeHome(home)
  return home
}

const readerOf = (headers: Readonly<Record<string, string>>) => (name: string) =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

t.test('the user of an address is read whatever form it has', async t => {
  // biome-ignore format: table
  for (const [value, user, number] of [
    ['<sip:09010000001@h>',                       '09010000001',   NUMBER],
    ['"x" <sip:09010000001@h;x=y>;tag=a',         '09010000001',   NUMBER],
    ['"<sip:09099999999@h>" <sip:09010000001@h>', '09010000001',   NUMBER],
    ['sip:09010000001@h;tag=a',                   '09010000001',   NUMBER],
    ['sip:09010000001:pw@h',                      '09010000001',   NUMBER],
    ['sip:%30901000%30001@h',                     '09010000001',   NUMBER],
    ['<tel:+81-90-1000-0001;x=y>',                '+81-90-1000-0001', NUMBER],
    ['<sip:+819010000001@h;user=phone>',          '+819010000001', NUMBER],
    ['<sip:h>',                                   undefined,       undefined],
    ['<sip:@h>',                                  undefined,       undefined],
    ['<sip:a%zz@h>',                              'a%zz',          undefined],
    ['<https:09010000001@h>',                     undefined,       undefined],
    ['',                                          undefined,       undefined],
  ] as const) {
    t.equal(userOf(value), user, value)
    t.equal(numberIn(value), number, value)
  }
})

t.test('what a handset claims about itself is seen and counted', async t => {
  // biome-ignore format: table
  for (const [headers, claims, because] of [
    [{ From: `<sip:${NUMBER}@h>;tag=a` },                 [],                      'its own number'],
    [{ From: '<tel:+819010000001>' },                     [],                      'in another form'],
    [{ From: '"x" <sip:anonymous@anonymous.invalid>' },   [],                      'withheld'],
    [{ From: '<sip:h>' },                                 [],                      'nobody'],
    [{ From: '<sip:09010000002@h>' },                     ['From'],                'another number'],
    [{ From: '<sip:alice@h>' },                           ['From'],                'a name'],
    [{ 'p-asserted-identity': `<sip:${NUMBER}@h>` },      ['P-Asserted-Identity'], 'even its own'],
    [Object.fromEntries(CLAIM_HEADERS.map(name => [name, 'x'])), [...CLAIM_HEADERS], 'all at once'],
  ] as const) {
    t.strictSame(identityClaims(NUMBER, readerOf(headers)), claims, because)
  }
  // biome-ignore format: table
  for (const [privacy, withheld] of [
    ['id', true], ['ID', true], ['header;id', true], ['user, id', true],
    ['none', false], ['critical', false], ['idx', false], ['', false],
  ] as const) {
    t.equal(withholdsDisplay(readerOf({ Privacy: privacy })), withheld, privacy)
  }
  t.equal(withholdsDisplay(readerOf({})), false, 'no Privacy')
})

t.test('the switch signs number, service, charge kind, Call-ID and time by ES256', async t => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = await identitySigner(privateKey, { now: () => epochMs(975_596_400_999) })
  const call = {
    number: NUMBER,
    service: '1400',
    chargeKind: 'mobilers',
    callId: 'abc@mls',
    displayWithheld: false,
  } as const
  const value = await signer.sign(call)
  t.match(value, /^[\w-]+\.[\w-]+\.[\w-]+;info=<urn:ietf:[\w:-]+>;alg=ES256;ppt=charge$/)
  const [jws = ''] = value.split(';')
  const { payload, protectedHeader } = await compactVerify(jws, publicKey)
  const expected: SwitchAssertion = {
    orig: { tn: NUMBER },
    dest: { tn: ['1400'] },
    iat: 975_596_400,
    callId: 'abc@mls',
    chargeKind: 'mobilers',
  }
  t.strictSame(JSON.parse(new TextDecoder().decode(payload)), expected)
  t.match(protectedHeader, { alg: 'ES256', typ: 'passport', ppt: 'charge', x5u: /^urn:ietf/ })
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
  await t.rejects(compactVerify(jws, other), 'another switch did not sign it')

  t.strictSame(identityHeaders(call, value, 'mls.example'), {
    From: '<sip:09010000001@mls.example>',
    'P-Asserted-Identity': '<sip:09010000001@mls.example>',
    Identity: value,
    'X-Charge-Kind': 'mobilers',
  })
  t.match(
    identityHeaders({ ...call, displayWithheld: true }, value, 'mls.example'),
    {
      From: '"Anonymous" <sip:anonymous@anonymous.invalid>',
      'P-Asserted-Identity': '<sip:09010000001@mls.example>',
      Privacy: 'id',
    },
    'a withheld display hides From, not the asserted number (requirement S-07)',
  )
})

t.test('XS7: no identity that a handset invents reaches the MCSCP, in 10,000 tries', async t => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = await identitySigner(privateKey, { now: () => epochMs(0) })
  const own = await signer.sign({
    number: NUMBER,
    service: '1400',
    chargeKind: 'mobilers',
    callId: 'call',
    displayWithheld: false,
  })
  const stranger = fc
    .integer({ min: 0, max: 99_999_999 })
    .map(n => `090${`${n}`.padStart(8, '0')}`)
    .filter(number => number !== NUMBER)
  const claim = stranger.chain(number =>
    fc.constantFrom(
      `<sip:${number}@mls.mcscp>`,
      `<tel:+81${number.slice(1)}>`,
      `"${NUMBER}" <sip:${number}@h>, <tel:${number}>`,
      `sip:${NUMBER}@h, <sip:${number}@h>`,
      `<sip:${NUMBER}%00${number}@h>`,
      `<sip:${NUMBER}@${number}@h>\r\nP-Asserted-Identity: <sip:${number}@h>`,
      own.replace(/^./, 'f'),
      'pricall',
      number,
    ),
  )
  const headers = fc.dictionary(
    fc.constantFrom('From', 'Privacy', 'Contact', 'Call-ID', 'X-Call-Session', ...CLAIM_HEADERS),
    fc.oneof(claim, fc.string(), fc.constant('id'), fc.constant('none')),
  )
  fc.assert(
    fc.property(headers, sent => {
      const header = readerOf(sent)
      identityClaims(NUMBER, header)
      const call = {
        number: NUMBER,
        service: '1400',
        chargeKind: 'mobilers',
        callId: 'call',
        displayWithheld: withholdsDisplay(header),
      } as const
      const out = identityHeaders(call, own, 'mls.mcscp')
      const { From, Privacy, ...asserted } = out
      const withheld = Privacy === 'id'
      return (
        From ===
          (withheld
            ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
            : `<sip:${NUMBER}@mls.mcscp>`) &&
        JSON.stringify(asserted) ===
          JSON.stringify({
            'P-Asserted-Identity': `<sip:${NUMBER}@mls.mcscp>`,
            Identity: own,
            'X-Charge-Kind': 'mobilers',
          })
      )
    }),
    { numRuns: 10_000, seed: 1400 },
  )
  await t.resolves(compactVerify(own.split(';')[0] ?? '', publicKey))
})

t.test('the key pair is made once, guarded, and its public half restored', async t => {
  const home = freshHome(t)
  const key = switchKey(home)
  t.equal(statSync(switchKeyFile(home)).mode & 0o777, 0o600)
  const publicPem = readFileSync(switchPublicKeyFile(home), 'utf8')
  t.ok(createPublicKey(publicPem).equals(createPublicKey(key)))
  t.ok(switchKey(home).equals(key), 'the second start signs with the same key')

  writeFileSync(switchPublicKeyFile(home), 'not the key')
  switchKey(home)
  t.equal(readFileSync(switchPublicKeyFile(home), 'utf8'), publicPem)

  chmodSync(switchKeyFile(home), 0o644)
  t.throws(() => switchKey(home), { code: 'KEY_FILE_EXPOSED' })
  chmodSync(switchKeyFile(home), 0o600)
  writeFileSync(switchKeyFile(home), 'not a key')
  t.throws(() => switchKey(home), { code: 'SECRET_REFUSED' })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  writeFileSync(switchKeyFile(home), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  t.throws(() => switchKey(home), { code: 'SECRET_REFUSED' }, 'another curve')
})

t.test(
  'S-17, S-18: step ⑤ permits as Table 1 of the article says, and each number leads somewhere',
  async t => {
    const mobilers = { to: 'mcscp', service: '1400', chargeKind: 'mobilers' } as const
    const refused = { to: 'announcement', announcement: 'not-permitted' } as const
    const permission = {
      mobile: mobilers,
      satellite: mobilers,
      pocket_dual: mobilers,
      dotchimo: mobilers,
      international: mobilers,
      pricall: { to: 'mcscp', service: '1400', chargeKind: 'pricall' },
      charge_display: refused,
      ship: refused,
      aircraft: refused,
    } as const
    const nobody = () => false
    for (const contractClass of CONTRACT_CLASSES) {
      const route = permission[contractClass]
      t.strictSame(routeOf('1400', contractClass, nobody), route, contractClass)
      t.strictSame(
        routeOf('157', contractClass, nobody),
        route.to === 'mcscp' ? { ...route, service: '157' } : route,
        `S-29: ${contractClass} may hear 157 if it may charge`,
      )
      // biome-ignore format: table
      for (const [dialled, announcement, because] of [
      ['0157',          'unknown-number', 'not the special number'],
      ['14000',         'unknown-number', 'a digit too many'],
      ['01400',         'unknown-number', 'not the special number'],
      ['',              'unknown-number', 'nothing dialled'],
      ['1400;x',        'unknown-number', 'nothing is read into it'],
      ['09010000001',   'not-registered', 'a subscriber without a phone'],
      ['+819010000001', 'not-registered', 'in international form'],
    ] as const) {
      t.strictSame(
        routeOf(dialled, contractClass, nobody),
        { to: 'announcement', announcement },
        `${contractClass} dials ${dialled}: ${because}`,
      )
    }
      const metered = contractClass === 'pricall'
      for (const [dialled, callee] of [
        ['09010000001', NUMBER],
        ['+819010000001', NUMBER],
        ['111', 'test'],
      ]) {
        t.strictSame(
          routeOf(dialled ?? '', contractClass, () => true),
          { to: 'phone', callee, metered },
          `N-02: ${contractClass} calls ${dialled}, ${metered ? '' : 'not '}by units`,
        )
      }
    }
  },
)

t.test(
  'M-09: a number that the operator added leads to the MCSCP, permitted as 1400 is',
  async t => {
    const read = (text: string) => mlsSettings.addedServices.schema.safeParse(text)
    // biome-ignore format: table
    for (const [text, fine, because] of [
    ['none',      true,  'the default'],
    ['1401,160',  true,  'four digits, or three'],
    ['1400',      false, 'ours'],
    ['157',       false, 'ours'],
    ['119',       false, 'an emergency call'],
    ['14010',     false, 'a digit too many'],
    ['2401',      false, 'no special number'],
  ] as const) {
    t.equal(read(text).success, fine, `${text}: ${because}`)
  }
    const [added] = mlsSettings.addedServices.schema.parse('1401')
    const services = [...SERVICE_NUMBERS, ...(added ? [added] : [])]
    const nobody = () => false
    const refused = { to: 'announcement', announcement: 'not-permitted' }
    const unknown = { to: 'announcement', announcement: 'unknown-number' }
    for (const contractClass of CONTRACT_CLASSES) {
      const before = routeOf('1400', contractClass, nobody, services)
      const route = before.to === 'mcscp' ? { ...before, service: '1401' } : refused
      t.strictSame(routeOf('1401', contractClass, nobody, services), route, contractClass)
      t.strictSame(routeOf('1401', contractClass, nobody), unknown, 'where it was not added')
      t.strictSame(routeOf('1402', contractClass, nobody, services), unknown, 'another one')
    }
  },
)

t.test('each refusal of the MCSCP has its announcement', async t => {
  t.strictSame(CALL_REFUSALS.map(announcementFor), [
    'no-identity',
    'before-service-start',
    'not-permitted',
    'service-stopped',
    'congestion',
  ])
  t.equal(announcementFor(undefined), 'congestion', 'no reason, or no answer')
  t.equal(announcementFor('constructor'), 'congestion', 'no reason of ours')
})

t.test('the ladder of Figure 3 has its 21 marks in order', async t => {
  t.equal(CHARGE_LADDER.map(step => step.mark).join(''), '①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑')
  t.strictSame(
    CHARGE_LADDER.map(step => step.number),
    Array.from({ length: 21 }, (_, n) => n + 1),
  )
})

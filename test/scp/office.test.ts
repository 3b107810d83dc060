import t from 'tap'
import { canonicalJson } from '../../domain/canonical-json.js'
import { jstText } from '../../domain/jst.js'
import { ROLES } from '../../domain/role.js'
import { ACTS } from '../../scp/office/acts.js'
import { lockHandset, openOffice, person } from '../support/office-desk.js'
import { jst } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const permission = async (
  { desk }: Awaited<ReturnType<typeof openOffice>>,
  handset: ReturnType<typeof phone>,
) => (await desk.store.ask('permission', await desk.call(handset))).permission.outcome

t.test(
  'S-11: an operator unlocks a handset with a reason, and what it was stays known',
  async t => {
    const office = await openOffice(t)
    const { desk, act, get, audit } = office
    const at = desk.clock.now()
    await lockHandset(desk, phone(1))
    t.equal(await permission(office, phone(1)), 'locked')
    t.match(await get('locks'), {
      body: {
        handsets: [{ msisdn: phone(1), lockedAt: at, reason: 'consecutive', consecutive: 5 }],
      },
    })
    const before = (await act('unlock_handset', person('operator'), { msisdn: phone(2) })).body
    t.match(before, { code: 'ACT_REFUSED', because: 'not_possible', message: /is not locked/ })
    t.strictSame(await act('unlock_handset', person('operator'), { msisdn: phone(1) }), {
      status: 200,
      body: { outcome: 'performed', result: { unlocked: 1 } },
    })
    t.equal(await permission(office, phone(1)), 'permitted')
    await lockHandset(desk, phone(1))
    t.equal(await permission(office, phone(1)), 'locked', 'the row of wrong numbers begins anew')
    const { body } = await get(`locks/${phone(1)}`)
    t.match(body, { msisdn: phone(1), locked: true, consecutive: 5, inWindow: 5 })
    t.strictSame(body.events, [
      { at, lockReason: 'consecutive', consecutive: 5, inWindow: 5, person: null, reason: null },
      {
        ...{ at, lockReason: null, consecutive: 5, inWindow: 5 },
        ...{ person: 'operator', reason: 'a caller asked for it' },
      },
      { at, lockReason: 'consecutive', consecutive: 5, inWindow: 5, person: null, reason: null },
    ])
    const entries = await audit()
    t.match(entries, [
      { sequence: 1, outcome: 'rejected', because: 'not_possible', subject: phone(2) },
      {
        ...{ sequence: 2, outcome: 'performed', subject: phone(1), act: 'unlock_handset' },
        ...{ person: 'operator', role: 'operator', reason: 'a caller asked for it' },
        ...{ approval: null, approver: null, at },
        before: { locked: true, lockedAt: jstText(at), consecutive: 5, inWindow: 5 },
        after: { locked: false },
      },
    ])
    t.equal(entries.length, 2)
    await office.close()
  },
)

t.test('S-11: several handsets at once need a second person', async t => {
  const office = await openOffice(t)
  const { desk, act, decide, get } = office
  for (const n of [1, 2, 3]) await lockHandset(desk, phone(n))
  const payload = { msisdns: [1, 2, 3].map(phone) }
  const alone = await act('unlock_handsets', person('operator'), { msisdns: [phone(3)] })
  t.match(alone, { status: 200, body: { outcome: 'performed' } }, 'one a person may unlock alone')
  const asked = await act('unlock_handsets', person('operator'), payload)
  t.match(asked, {
    status: 202,
    body: { outcome: 'waiting', approval: 1, sha256: /^[0-9a-f]{64}$/ },
  })
  t.equal(await permission(office, phone(1)), 'locked', 'nothing is done yet')
  const { sha256 } = asked.body
  const failed = await decide(1, { by: person('supervisor'), sha256 })
  t.match(failed, { status: 409, body: { code: 'ACT_REFUSED', because: 'not_possible' } })
  t.equal(await permission(office, phone(1)), 'locked', 'all of it or nothing')
  t.match((await get('approvals/1')).body, { state: 'waiting', describe: 'unlock 3 handsets' })
  await lockHandset(desk, phone(3))
  t.match(await decide(1, { by: person('supervisor'), sha256 }), {
    status: 200,
    body: { outcome: 'performed', act: 'unlock_handsets', result: { unlocked: 3 } },
  })
  for (const n of [1, 2, 3]) t.equal(await permission(office, phone(n)), 'permitted')
  t.match((await get('approvals/1')).body, {
    ...{ state: 'performed', decidedBy: person('supervisor'), decisionReason: 'looked at it' },
  })
  t.strictSame((await get('approvals')).body, { approvals: [] })
  t.equal((await get('approvals?all=true')).body.approvals.length, 1)
  await office.close()
})

t.test('each act that needs a second person has one of another role', async t => {
  for (const { name, by, approvedBy } of ACTS) {
    for (const role of by) {
      const others = approvedBy.filter(other => other !== role)
      t.ok(approvedBy.length === 0 || others.length > 0, `${name}, asked for by ${role}`)
    }
    for (const role of [...by, ...approvedBy]) {
      t.ok(ROLES.includes(role) && !['viewer', 'auditor'].includes(role), `${name}: ${role}`)
    }
  }
})

t.test('what is not of the form is refused before anybody looks at it', async t => {
  const { act, get, decide, audit, lines, close } = await openOffice(t)
  const payload = { msisdn: phone(1) }
  // biome-ignore format: table
  for (const [answer, status, because] of [
    [await act('unlock_handset', person('operator'), {}),                          400, 'no number'],
    [await act('unlock_handset', person('operator'), { msisdn: '0311112222' }),    400, 'no mobile phone'],
    [await act('unlock_handset', person('operator'), payload, '  '),               400, 'no reason'],
    [await act('unlock_handset', person('operator'), payload, 'PIN 12345678901234'), 400, 'a card number is kept nowhere'],
    [await act('unlock_handset', person('operator', 'X Y'), payload),              400, 'no name'],
    [await act('burn_all', person('operator'), payload),                           404, 'no such act'],
    [await decide(1, { by: person('supervisor'), sha256: 'x' }),                   400, 'no digest'],
    [await get('approvals/7'),                                                     404, 'no such approval'],
    [await get('locks/110'),                                                       400, 'no number'],
  ] as const) {
    t.equal(answer.status, status, because)
  }
  t.notMatch(lines.join(''), '12345678901234')
  t.strictSame(await audit(), [])
  await close()
})

t.test('canonical JSON is one text for one value', async t => {
  t.equal(
    canonicalJson({ b: [1, 'ü', null, true], a: { d: undefined, c: -2 } }),
    '{"a":{"c":-2},"b":[1,"ü",null,true]}',
  )
  t.throws(() => canonicalJson({ a: 0.1 }), RangeError)
})

t.test('a clock that went back takes no entry before the last one', async t => {
  const folder = t.testdir()
  const first = await openOffice(t, { folder })
  await first.act('unlock_handset', person('auditor'), { msisdn: phone(1) })
  await first.close()
  const { clock } = first.desk
  const again = await openOffice(t, { folder })
  again.desk.clock.set(jst('2001-01-14T00:00:00'))
  await again.act('unlock_handset', person('auditor'), { msisdn: phone(1) })
  const [one, two] = await again.audit()
  t.match([one, two], [{ at: clock.now() }, { at: clock.now() }])
  t.match(await again.check(), { outcome: 'whole', entries: 2 })
  await again.close()
})

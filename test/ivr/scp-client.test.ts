import t, { type Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import { ScpClient } from '../../ivr/scp-client.js'
import { SocketClient } from '../../platform/http-client.js'
import { type Reply, scpSocketOf } from '../support/scp-socket.js'

const session = '0123456789abcdef0123456789abcdef' as CallSessionToken
const pin = '12345678901234' as Pin
const DEADLINE_MS = 2_000

async function ask(t: Test, reply: Reply) {
  const { path, questions } = await scpSocketOf(t, () => reply)
  const socket = new SocketClient(path)
  t.teardown(() => socket.close())
  return { scp: new ScpClient(socket), questions }
}

t.test(
  'each question goes to its place, and only a charge carries the PIN, in its body',
  async t => {
    const { scp, questions } = await ask(t, { status: 200, body: { outcome: 'locked' } })
    await scp.permission(session, DEADLINE_MS)
    await scp.charge({ session, entry: 2 }, pin, DEADLINE_MS)
    await scp.conclude({ session, entry: 2 }, DEADLINE_MS)
    const call = `/v1/call-sessions/${session}`
    t.strictSame(questions, [
      { method: 'POST', path: `${call}/permission`, body: '' },
      { method: 'PUT', path: `${call}/charges/2`, body: `{"pin":"${pin}"}` },
      { method: 'POST', path: `${call}/charges/2/conclusion`, body: '' },
    ])
  },
)

t.test('every answer of the interface is read', async t => {
  const bought = { faceValue: 3_000, registered: 7_000 }
  // biome-ignore format: table
  for (const answer of [
    { outcome: 'locked' },
    { outcome: 'must_wait' },
    { outcome: 'at_month_cap', registered: 49_500, cap: 50_000 },
    { outcome: 'permitted', registered: 0, remaining: 50_000 },
  ]) {
    const { scp } = await ask(t, { status: 200, body: answer })
    t.strictSame(await scp.permission(session, DEADLINE_MS), answer)
  }
  for (const answer of [
    { outcome: 'abandoned' },
    { outcome: 'locked' },
    { outcome: 'must_wait' },
    { outcome: 'unusable', nowLocked: true },
    { outcome: 'own_card', ...bought },
    { outcome: 'over_month_cap', faceValue: 3_000, remaining: 0 },
    { outcome: 'redeemed', ...bought, chargedAt: 975_628_800_000 },
    { outcome: 'units_added', ...bought, units: 300, chargedAt: 975_628_800_000 },
  ]) {
    const { scp } = await ask(t, { status: 200, body: answer })
    t.strictSame(await scp.charge({ session, entry: 1 }, pin, DEADLINE_MS), answer)
    t.strictSame(await scp.conclude({ session, entry: 1 }, DEADLINE_MS), answer)
  }
  const asked = { registered: 4_500, locked: true }
  const byDay = [{ day: '2001-01-14', amount: 4_500 }]
  for (const answer of [
    { outcome: 'mobilers', ...asked, byDay, from: '2000-10-14', ticket: 'a.b.c' },
    { outcome: 'mobilers', ...asked, byDay: [], from: '2000-10-14', ticket: 'a.b.c' },
    { outcome: 'pricall', ...asked, units: 300 },
    { outcome: 'pricall', ...asked, units: null },
  ]) {
    const { scp } = await ask(t, { status: 200, body: answer })
    t.strictSame(await scp.balance(session, DEADLINE_MS), answer)
  }
})

t.test('anything else is a fault that says no more than it may', async t => {
  // biome-ignore format: table
  for (const [reply, code, because] of [
    [{ status: 404, body: { code: 'NO_SUCH_CALL_SESSION', message: 'x' } }, 'NO_SUCH_CALL_SESSION', 'the call is unknown'],
    [{ status: 404, body: { code: 'NO_SUCH_ROUTE', message: 'x' } },        'PEER_ANSWER_INVALID',  'another version of scp'],
    [{ status: 400, body: { code: 'REQUEST_INVALID', message: pin } },      'PEER_ANSWER_INVALID',  'our question was refused'],
    [{ status: 503, body: { code: 'OVERLOADED', message: 'x' } },           'PEER_UNREACHABLE',     'too busy'],
    [{ status: 503, body: { code: 'STORE_FAILED', message: 'x' } },         'PEER_UNREACHABLE',     'its disk is full'],
    [{ status: 500, body: 'oops' },                                         'PEER_ANSWER_INVALID',  'no JSON'],
    [{ status: 200, body: '' },                                             'PEER_ANSWER_INVALID',  'nothing in it'],
    [{ status: 200, body: { outcome: 'redeemed' } },                        'PEER_ANSWER_INVALID',  'without its amounts'],
    [{ status: 200, body: { outcome: 'redeemed', faceValue: 0.5, registered: 1, chargedAt: 1 } }, 'PEER_ANSWER_INVALID', 'half a yen'],
    [{ status: 200, body: { outcome: 'redeemed', faceValue: -1, registered: 1, chargedAt: 1 } },  'PEER_ANSWER_INVALID', 'less than nothing'],
    [{ status: 200, body: { outcome: 'charged' } },                         'PEER_ANSWER_INVALID',  'an outcome that is none'],
    [{ status: 200, body: { outcome: 'permitted', registered: 0, remaining: 1 } }, 'PEER_ANSWER_INVALID', 'the answer to another question'],
  ] as const satisfies readonly (readonly [Reply, string, string])[]) {
    const { scp } = await ask(t, reply)
    const error = await scp.charge({ session, entry: 1 }, pin, DEADLINE_MS).catch(reason => reason)
    t.equal(error.code, code, because)
    t.notMatch(`${error.stack} ${error.cause}`, pin, `${because}: the PIN is not in it`)
  }
})

t.test('no answer within the deadline, or nobody there', async t => {
  const { scp } = await ask(t, 'nothing')
  await t.rejects(scp.permission(session, 50), { code: 'PEER_UNREACHABLE' })
  const nobody = new ScpClient(new SocketClient('/nowhere/scp.sock'))
  await t.rejects(nobody.permission(session, 50), { code: 'PEER_UNREACHABLE' })
})

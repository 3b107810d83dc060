import t from 'tap'
import { type CallSessionToken, parseCallSessionToken } from '../../domain/call-session.js'
import { CallsToBeAsked } from '../../scp/call-control/calls-to-be-asked.js'

const MAX = 8

function token(number: number): CallSessionToken {
  const parsed = parseCallSessionToken(`${number}`.padStart(32, '0'))
  if (!parsed) throw new Error('32 hexadecimal digits are a token')
  return parsed
}

/** Calls that were let in at one moment. */
function letIn(count: number, nowMs = 0): CallsToBeAsked {
  const calls = new CallsToBeAsked(MAX)
  for (let number = 0; number < count; number++) calls.add(token(number), nowMs)
  return calls
}

t.test('M-05, XS9: no more calls wait for their first question than the limit', async t => {
  t.ok(letIn(MAX - 1).hasRoom(0), 'one place is left')
  t.notOk(letIn(MAX).hasRoom(0), 'none is left')

  const asked = letIn(MAX)
  asked.asked(token(3), 10)
  t.ok(asked.hasRoom(10), 'ivr asked about one of them')
  const over = letIn(MAX)
  over.over(token(3))
  t.ok(over.hasRoom(10), 'one is over')
})

t.test('M-05, XS9: a quarter of the limit while each call waits over a second', async t => {
  const afterWaits = (...waitsMs: readonly number[]) => {
    const calls = letIn(waitsMs.length)
    for (const [number, waitedMs] of waitsMs.entries()) calls.asked(token(number), waitedMs)
    calls.add(token(100), 2_000)
    calls.add(token(101), 2_000)
    return calls.hasRoom(2_000)
  }
  const cases = [
    [[1_001, 1_001, 1_001], true, 'three callers may be slow themselves'],
    [[1_001, 1_001, 1_001, 1_001], false, 'four in a row are the network'],
    [[1_000, 1_000, 1_000, 1_000], true, 'a second is not slow'],
    [[1_001, 1_001, 1_001, 1_001, 5], true, 'it is quick again'],
  ] as const
  for (const [waits, hasRoom, because] of cases) t.equal(afterWaits(...waits), hasRoom, because)
})

t.test('a call that asks nothing for ten seconds keeps no other out', async t => {
  const calls = letIn(MAX)
  t.notOk(calls.hasRoom(9_999))
  t.ok(calls.hasRoom(10_000))
  calls.asked(token(0), 20_000)
  t.ok(calls.hasRoom(20_000), 'and its late question says nothing of the network')
})

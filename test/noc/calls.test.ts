import { channel } from 'node:diagnostics_channel'
import t from 'tap'
import { CALL_PARTIES, type CallNote, type PlacedNote } from '../../domain/call-note.js'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { withoutCredentials } from '../../engines/signalling/watch/call-messages.js'
import { CallBook } from '../../noc/calls/call-book.js'
import { CallCollector } from '../../noc/calls/call-collector.js'
import { ladderLines } from '../../noc/calls/ladder.js'
import { LiveCalls } from '../../noc/calls/live-calls.js'
import type { CallMessage } from '../../noc/calls/messages.js'
import { CallTrail, keepsMessages, noteCall, tellMessage } from '../../platform/call-trail.js'
import { SetClock } from '../../platform/clock.js'
import { jst } from '../support/scp-desk.js'

const AT = jst('2001-01-15T10:00:00')
const NUMBER = '09012345678'

let places = 0
const placed = (note: CallNote, afterMs = 0): PlacedNote => ({
  ...note,
  place: ++places,
  at: (AT + afterMs) as typeof AT,
})
const step = (number: number, call: CallNote['call'], afterMs = number): PlacedNote =>
  placed({ type: 'step', call, step: number }, afterMs)
const letIn = (call: CallNote['call']) =>
  placed({ type: 'let_in', call, scenario: 'mobilers', kind: 'mobilers', msisdn: NUMBER }, 8)

/** A call as switch, scp and ivr note it. */
const CALL: readonly (readonly [program: string, note: PlacedNote])[] = [
  ['mls', step(1, { phone: 'a' })],
  ['mls', step(7, { phone: 'a', mcscp: 'b' })],
  ['scp', letIn({ mcscp: 'b', session: 's' })],
  ['scp', step(8, { mcscp: 'b', session: 's' })],
  ['scp', placed({ type: 'linked', call: { session: 's', media: 'm' } }, 8)],
  ['ivr', step(14, { session: 's' })],
]

t.test('notes of one call come together in whatever order they come', async t => {
  for (const order of [CALL, [...CALL].reverse()]) {
    const book = new CallBook()
    for (const [program, note] of order) book.take(program, note)
    const [call, ...others] = book.inProgress(AT)
    t.strictSame(others, [], 'it is one call')
    t.match(call, { caller: NUMBER, kind: 'mobilers', beganAt: AT + 1, endedAt: undefined })
    t.strictSame(call?.names, { phone: 'a', mcscp: 'b', session: 's', media: 'm' })
    for (const name of ['a', 'b', 's', 'm']) t.equal(book.find(name), call, `found by ${name}`)
    t.strictSame(
      ladderLines(call?.names ?? {}, call?.notes ?? [], []).map(line => line.step),
      [1, 7, 8, 14],
    )
    book.take('scp', placed({ type: 'ended', call: { session: 's' } }, 20))
    t.strictSame(book.inProgress(AT), [], 'and ends')
    book.take('scp', step(20, { session: 's' }))
    t.equal(book.ended(9)[0]?.notes.length, 5, 'what comes after its end is kept with it')
  }
})

t.test('a call of which nothing but its end was heard is none', async t => {
  const book = new CallBook()
  book.take('scp', placed({ type: 'ended', call: { session: 's' } }))
  book.take('scp', step(21, { session: 's' }))
  book.take(
    'scp',
    placed({ type: 'told', call: { session: 's' }, from: 'scp', to: 'crs', what: '' }),
  )
  t.equal(book.find('s'), undefined)
})

t.test('no call goes on for ever, and no more are kept than there is room for', async t => {
  const book = new CallBook()
  book.take('mls', step(1, { phone: 'a' }))
  t.equal(book.inProgress(AT + 10 * 60_000).length, 1)
  t.equal(book.inProgress(AT + 10 * 60_000 + 1).length, 0, 'nothing was heard for ten minutes')
  for (let n = 0; n < 3_000; n++) book.take('mls', step(1, { phone: `call ${n}` }))
  t.equal(book.inProgress(AT).length, 2_000)
  t.equal(book.find('a'), undefined, 'the oldest is forgotten')
  for (let n = 0; n < 2_000; n++) book.take('mls', step(2, { phone: 'call 2999' }))
  t.equal(book.find('call 2999')?.notes.length, 600)
  book.lost('mls', AT)
  t.equal(book.inProgress(AT).length, 0, 'its switch ended, and so did they')
})

t.test('M-04: a program keeps the newest notes and messages, and nobody waits', async t => {
  t.notOk(keepsMessages(), 'nobody is asked to make them ready')
  const trail = new CallTrail(new SetClock(AT))
  t.teardown(() => trail.close())
  t.ok(keepsMessages())
  for (let n = 1; n <= 10_000; n++) noteCall({ type: 'step', call: { phone: `${n}` }, step: 1 })
  const first = trail.notes(0, '')
  t.equal(first.notes[0]?.place, 10_000 - 8_192 + 1, 'the oldest are gone')
  t.equal(first.notes.length, 1_000)
  t.ok(first.more)
  const last = trail.notes(9_999, first.trail)
  t.match(last, { notes: [{ place: 10_000, call: { phone: '10000' } }], more: false })
  t.strictSame(trail.notes(10_000, first.trail).notes, [])
  t.equal(trail.notes(10_000, 'another').notes.length, 1_000, 'another run’s place counts nothing')
  for (let n = 0; n < 5_000; n++) tellMessage({ callId: `${n % 7}`, direction: 'in', text: 'x' })
  t.equal(trail.messages(['1', '2'], 0, '').messages.length, 200)
  t.equal(trail.messages(['9'], 0, '').messages.length, 0)
  trail.close()
  t.notOk(channel('mcscp.call-messages').hasSubscribers)
})

t.test('a message shows no key and no credential', async t => {
  // biome-ignore format: table
  for (const [line, shown, because] of [
    ['Authorization: Digest username="u", response="0f0f", uri="sip:x"', 'Authorization: Digest username="u", response="x", uri="sip:x"', 'RFC 3261 §22.4'],
    ['Proxy-Authorization : Digest response = "0f"', 'Proxy-Authorization : Digest response = "x"', 'the same for a proxy'],
    ['Identity: aaa.bbb.ccc;info=<x>', 'Identity: aaa.bbb.x;info=<x>', 'RFC 8224 §4.1: unsigned it says nothing'],
    ['y: aaa..ccc;info=<x>', 'y: aaa..x;info=<x>', 'in its compact forms too'],
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc', 'a=crypto:x', 'RFC 4568'],
    ['a=ice-pwd:abcdef', 'a=ice-pwd:x', 'RFC 8839'],
    ['Call-ID: abc.def.ghi', 'Call-ID: abc.def.ghi', 'what else there is stays'],
  ] as const) {
    t.equal(withoutCredentials(`INVITE sip:1400@x SIP/2.0\r\n${line}\r\n`), `INVITE sip:1400@x SIP/2.0\r\n${shown}\r\n`, because)
  }
})

t.test('a ladder has each message once, from whom to whom', async t => {
  const text = 'SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n'
  const passed = (
    engine: 'switch-signalling' | 'scp-signalling',
    callId: string,
    direction: 'in' | 'out',
  ) => ({ engine, callId, direction, text, place: 1, at: AT })
  const names = { phone: 'a', mcscp: 'b', media: 'm' }
  const [first] = ladderLines(names, [], [passed('switch-signalling', 'a', 'out')])
  t.match(first, { from: 'switch', to: 'handset', what: '180 Ringing (INVITE)', way: 'sip', text })
  const ends = (...messages: ReturnType<typeof passed>[]) =>
    ladderLines(names, [], messages).map(({ from, to }) => `${from} ${to}`)
  t.strictSame(ends(passed('switch-signalling', 'b', 'in'), passed('scp-signalling', 'b', 'out')), [
    'scp switch',
  ])
  t.strictSame(ends(passed('scp-signalling', 'b', 'in')), ['switch scp'], 'a network’s own switch')
  t.strictSame(ends(passed('scp-signalling', 'm', 'in')), ['media scp'])
  t.strictSame(ends(passed('scp-signalling', 'x', 'in')), [], 'no leg of this call')
  for (const { number, mark } of CHARGE_LADDER) {
    const [line] = ladderLines({}, [step(number, {})], [])
    t.ok(line && CALL_PARTIES.includes(line.from) && CALL_PARTIES.includes(line.to), mark)
  }
})

t.test('who watches is told the list, the ladder, and what changes of them', async t => {
  const book = new CallBook()
  const clock = new SetClock(AT)
  const live = new LiveCalls({
    ...{ book, clock, silent: () => [] },
    ask: async (_engine, _callIds, { after }) => ({
      trail: 't',
      messages:
        after > 0
          ? []
          : [{ place: 1, at: AT, callId: 'a', direction: 'in', text: `INVITE sip:${NUMBER}` }],
    }),
  })
  for (const [program, note] of CALL) book.take(program, note)
  const told: CallMessage[] = []
  const hidden: CallMessage[] = []
  const leave = await live.watch({ open: true, call: 'a', told: one => told.push(one) })
  await live.watch({ open: false, call: 's', told: one => hidden.push(one) })
  t.match(told, [
    { type: 'calls', inProgress: 1, rows: [{ caller: NUMBER, step: 14 }] },
    { type: 'ladder', ladder: { callId: 'b', row: { id: 'a' } } },
  ])
  t.match(JSON.stringify(told), `INVITE sip:${NUMBER}`)
  t.notMatch(JSON.stringify(hidden), NUMBER, 'who may not see numbers finds none')
  t.match(JSON.stringify(hidden), '090****5678')
  await live.changed()
  const before = told.length
  await live.changed()
  t.equal(told.length, before, 'nothing is told twice')
  book.take('ivr', step(17, { session: 's' }))
  await live.changed()
  t.match(told.at(-2), { type: 'calls', rows: [{ step: 17 }] })
  t.match(told.at(-1), { type: 'ladder' })
  leave()
  book.take('scp', placed({ type: 'ended', call: { session: 's' } }, 30))
  await live.changed()
  t.equal(told.length, before + 2, 'who left is told nothing')
  t.equal(await live.ladder('nobody', true), null)
})

t.test('a program that runs anew has lost its calls; one that is silent is told of', async t => {
  const book = new CallBook()
  const answers = new Map<string, { trail: string; notes: PlacedNote[] } | undefined>([
    ['mls', { trail: 'one', notes: [step(1, { phone: 'a' })] }],
    ['scp', { trail: 'one', notes: [] }],
  ])
  const nodes: string[] = []
  const asked: string[] = []
  const collector = new CallCollector({
    nodes: async () => nodes,
    async ask(program, place) {
      asked.push(program)
      const answer = answers.get(program)
      return answer && { ...answer, notes: place.after > 0 ? [] : answer.notes, more: false }
    },
    book,
    clock: new SetClock(AT),
    later: () => () => {},
    told: async () => {},
  })
  await collector.run()
  t.equal(book.inProgress(AT).length, 1)
  t.strictSame(collector.silent, ['ivr'])
  nodes.push('ivr-b')
  answers.set('mls', { trail: 'two', notes: [] })
  await collector.run()
  t.equal(book.inProgress(AT).length, 0)
  t.strictSame(
    asked.slice(-4),
    ['mls', 'scp', 'ivr', 'ivr-b'],
    'further nodes of ivr are asked too',
  )
  await collector.close()
})

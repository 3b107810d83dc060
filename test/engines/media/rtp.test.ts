import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import {
  type ArbiterEvent,
  type ArbiterState,
  arbitrate,
  undecided,
} from '../../../engines/media/channel/digit-arbiter.js'
import { systemTime } from '../../../engines/media/monotonic-time.js'
import { Clip, PromptSource } from '../../../engines/media/playback/clip.js'
import { KeyInput } from '../../../engines/media/rtp/key-input.js'
import { admit, canonicalAddress, type Latch, latchTo } from '../../../engines/media/rtp/latch.js'
import { PortRange } from '../../../engines/media/rtp/port-range.js'
import { SenderWheel, type WheelMember } from '../../../engines/media/rtp/sender-wheel.js'
import {
  type RtpListener,
  RtpSession,
  type RtpSurroundings,
} from '../../../engines/media/rtp/session.js'
import { hear, LATE_MS, type StreamSource } from '../../../engines/media/rtp/stream-source.js'
import type { AudioStream } from '../../../platform/audio-offer.js'
import { parseRtp, type RtpPacket } from '../../../platform/rtp/packet.js'
import {
  type Digit,
  parseDigit,
  parseTelephoneEvent,
} from '../../../platform/rtp/telephone-event.js'
import { AudioPhone, packetOf, pressed, until } from '../../support/audio-phone.js'
import { HandScheduler } from '../../support/hand-scheduler.js'

t.test('XR2: whose packets a call takes', async t => {
  const trusted = (address: string) => address === '127.0.0.1'
  const described = { host: '192.0.2.7', port: 6_000 }
  const from = (host: string, port: number) => ({ host, port })
  const fixed = (host: string, port: number): Latch => ({ peer: from(host, port), fixed: true })
  // biome-ignore format: table
  for (const [latch, sender, after, because] of [
    [latchTo(described),        from('192.0.2.7', 6_000), fixed('192.0.2.7', 6_000), 'as described: fixed'],
    [latchTo(described),        from('192.0.2.7', 6_002), undefined,                 'another port of the same address'],
    [latchTo(described),        from('192.0.2.8', 6_000), undefined,                 'another address, right port'],
    [latchTo(described),        from('127.0.0.1', 7_000), fixed('127.0.0.1', 7_000), 'a trusted peer corrects it once'],
    [fixed('127.0.0.1', 7_000), from('127.0.0.1', 7_002), undefined,                 'but not twice'],
    [fixed('127.0.0.1', 7_000), from('192.0.2.7', 6_000), undefined,                 'and not back'],
    [fixed('192.0.2.7', 6_000), from('127.0.0.1', 7_000), undefined,                 'nor once the described one has spoken'],
    [fixed('192.0.2.7', 6_000), from('192.0.2.7', 6_000), fixed('192.0.2.7', 6_000), 'who is fixed is heard'],
  ] as const) {
    t.strictSame(admit(latch, sender, trusted), after, because)
  }
  t.equal(canonicalAddress('0:0:0:0:0:0:0:1'), '::1')
  t.equal(canonicalAddress('not:an:address'), 'not:an:address')
})

t.test('RFC 3550 §8.2: which stream of a port is listened to', async t => {
  /** `a1` is stream a, sequence 1; `+` lets the time of late packets pass. */
  const run = (script: string) => {
    let source: StreamSource = {}
    let nowMs = 0
    return script
      .split(' ')
      .map(word => {
        if (word === '+') {
          nowMs += LATE_MS
          return '+'
        }
        const packet = { ssrc: word.charCodeAt(0), sequence: Number(word.slice(1)) & 0xffff }
        const step = hear(source, packet, nowMs)
        source = step.source
        return step.outcome.slice(0, 2)
      })
      .join(' ')
  }
  // biome-ignore format: table
  for (const [script, outcomes, because] of [
    ['a1 a2 a3',             'ch cu cu',          'the first stream is listened to at once'],
    ['a1 b7 a2',             'ch ig cu',          'a stray packet changes nothing'],
    ['a1 b7 b8 b9',          'ch ig ch cu',       'two of another stream: that is the call now'],
    ['a1 b7 b7 a2',          'ch ig ig cu',       'a doubled stray packet is still one'],
    ['a1 b7 b900 a2',        'ch ig ig cu',       'two that do not belong together'],
    ['a1 b65535 b0 b1',      'ch ig ch cu',       'across the wrap'],
    ['a1 b7 b8 a2 b9',       'ch ig ch ig cu',    'late packets of the former are ignored'],
    ['a1 b7 b8 + a3 a4',     'ch ig ch + ig ch',  'later it may come back'],
    ['a1 b7 c7 b8 c8',       'ch ig ig ig ig',    'two that take turns convince nobody'],
  ] as const) {
    t.equal(run(script), outcomes, because)
  }
})

t.test('one digit a key press when a phone tells it in its audio and by INFO', async t => {
  /** `p1` pressed in the audio, `r1` its digit, `i1` INFO, `t` the timer, `+` 2 s pass. */
  const run = (script: string) => {
    let state: ArbiterState = undecided
    let atMs = 0
    let told = ''
    for (const word of script.split(' ')) {
      if (word === '+') atMs += 2_000
      const digit: Digit = parseDigit(word.slice(1)) ?? '0'
      const press = { digit, duration: 800 }
      const events: Record<string, ArbiterEvent> = {
        p: { type: 'rtp_pressed', digit, atMs },
        r: { type: 'rtp_digit', press },
        i: { type: 'info_digit', press, atMs },
        t: { type: 'timer', atMs },
      }
      const event = events[word.charAt(0)]
      if (!event) continue
      const [after, ...actions] = arbitrate(state, event)
      state = after
      for (const action of actions) if (action.type === 'digit') told += action.press.digit
    }
    return told
  }
  // biome-ignore format: table
  for (const [script, told, because] of [
    ['p1 r1 p2 r2',          '12',  'audio alone'],
    ['i1 t i2 i3',           '123', 'INFO alone: the first after the timer, the rest at once'],
    ['i1 i2 t',              '12',  'two INFO before the timer'],
    ['t',                    '',    'a timer of nothing'],
    ['p1 i1 r1 p2 r2 i2',    '12',  'both: INFO while the key is down, and after'],
    ['i1 p1 r1 i2 p2 r2',    '12',  'both: INFO first'],
    ['i1 p1 t r1',           '1',   'the timer after the press began'],
    ['i1 t p1 r1 i2 p2 r2',  '12',  'INFO was believed, then the same key came in the audio'],
    ['i1 t i1 p1 r1 p1 r1',  '111', 'a second press of the same key in the audio is a new one'],
    ['i1 t p2 r2',           '12',  'another key in the audio is a new one'],
    ['i1 t + p1 r1',         '11',  'the same key much later is a new one'],
    ['i1 t p1 r1 i1',        '1',   'once in the audio, INFO is never believed again'],
  ] as const) {
    t.equal(run(script), told, because)
  }
})

t.test('the wheel gives each member a turn every 20 ms, a quarter of them every 5 ms', async t => {
  const scheduler = new HandScheduler()
  let nowMs = 0
  const wheel = new SenderWheel({ now: () => nowMs, scheduler })
  const turns: string[] = []
  const pass = (ms: number) => {
    nowMs += ms
    scheduler.pass(ms)
  }
  const members = ['a', 'b', 'c', 'd', 'e'].map((name): WheelMember => {
    return { turn: round => void turns.push(`${name}${round}`) }
  })
  for (const one of members) wheel.join(one)
  for (let tick = 0; tick < 8; tick++) pass(5)
  t.strictSame(turns, ['b0', 'c0', 'd0', 'a1', 'e1', 'b1', 'c1', 'd1', 'a2', 'e2'])
  turns.length = 0
  pass(40)
  t.equal(turns.length, 10, 'a delay of 40 ms is made up for')
  turns.length = 0
  pass(1_000)
  t.equal(turns.length, 15, 'a stall of a second is not: 60 ms of it')
  t.equal(wheel.ticksSkipped, 188)
  t.equal(wheel.packetsLate, 5 + 10, 'of what was made up for, what was 20 ms late or more')
  t.match(turns.at(-1), /5[34]$/, 'and rounds go on with the clock')
  for (const one of members) wheel.leave(one)
  turns.length = 0
  pass(100)
  t.strictSame(turns, [], 'nobody is left')
  t.equal(scheduler.pending, 0, 'and no timer runs')
  wheel.close()
})

const streamTo = (port: number, more: Partial<AudioStream> = {}): AudioStream => ({
  law: 'PCMU',
  audioType: 0,
  keyType: 96,
  keyTypesReceived: [96],
  remote: { address: '127.0.0.1', port },
  direction: 'sendrecv',
  ptimeMs: 20,
  ...more,
})

function surroundings(more: Partial<RtpSurroundings> = {}): RtpSurroundings {
  let random = 0xfffffff0
  return {
    address: '127.0.0.1',
    ports: new PortRange(23_000, 23_998),
    wheel: new SenderWheel(systemTime),
    time: systemTime,
    trusted: () => false,
    random32: () => random++,
    mediaTimeoutMs: 0,
    keyTones: false,
    ...more,
  }
}

/** A listener that leaves all alone but what is given. */
const listener = (more: Partial<RtpListener> = {}): RtpListener => ({
  keyPressed() {},
  digit() {},
  toneHeard() {},
  mediaTimeout() {},
  ...more,
})

async function openSession(around: RtpSurroundings, told = listener()): Promise<RtpSession> {
  const session = await RtpSession.open(around, told)
  if (!session) throw new Error('this test found no port')
  return session
}

t.test('what is played arrives octet for octet, in order, once', async t => {
  const around = surroundings()
  const session = await openSession(around)
  const caller = await AudioPhone.open()
  session.agree(streamTo(caller.port))
  const octets = Buffer.from(Uint8Array.from({ length: 10 * 160 + 77 }, (_, at) => (at * 7) & 0xff))
  for (let time = 0; time < 2; time++) {
    const source = new PromptSource({ clip: new Clip('PCMU', octets), times: 1 })
    await new Promise<void>(resolve => session.play(source, resolve))
    t.equal(source.samplesPlayed, octets.length)
  }
  const { received } = caller
  await until(() => received.length >= 22)
  const heard = Buffer.concat(received.slice(0, 11).map(({ payload }) => payload))
  t.strictSame(heard.subarray(0, octets.length), octets)
  t.ok(
    heard.subarray(octets.length).every(octet => octet === 0xff),
    'then silence to the frame’s end',
  )
  const first = received[0] ?? { sequence: 0, timestamp: 0 }
  const sequences = received.map(({ sequence }) => (sequence - first.sequence) & 0xffff)
  const counted = Array.from({ length: 22 }, (_, at) => at)
  t.strictSame(sequences, counted, 'numbered without a gap, across the wrap')
  const steps = received.map(({ timestamp }) => ((timestamp - first.timestamp) >>> 0) % 160)
  t.ok(
    steps.every(step => step === 0),
    'timestamps in whole packets',
  )
  const marked = received.flatMap(({ marker }, at) => (marker ? [at] : []))
  t.strictSame(marked, [0, 11], 'marked where sound begins')
  t.equal(new Set(received.map(({ ssrc }) => ssrc)).size, 1)
  t.equal(session.counts.sent, 22)
  session.close()
  caller.close()
  around.wheel.close()
})

t.test('A-law callers hear the same clip in A-law', async t => {
  const around = surroundings()
  const session = await openSession(around)
  const caller = await AudioPhone.open()
  session.agree(streamTo(caller.port, { law: 'PCMA', audioType: 8 }))
  const clip = new Clip('PCMU', Buffer.from([0xff, 0x80, 0x00]))
  await new Promise<void>(resolve => session.play(new PromptSource({ clip, times: 1 }), resolve))
  await until(() => caller.received.length === 1)
  t.equal(caller.received[0]?.payloadType, 8)
  t.equal(caller.received[0]?.payload.subarray(0, 4).toString('hex'), 'd5aa2ad5')
  session.close()
  caller.close()
  around.wheel.close()
})

t.test('a caller on hold is sent nothing, and the prompt goes on unheard', async t => {
  const around = surroundings()
  const session = await openSession(around)
  const caller = await AudioPhone.open()
  session.agree(streamTo(caller.port, { direction: 'recvonly' }))
  const clip = new Clip('PCMU', Buffer.alloc(320, 1))
  await new Promise<void>(resolve => session.play(new PromptSource({ clip, times: 1 }), resolve))
  t.equal(session.counts.sent, 0)
  session.close()
  caller.close()
  around.wheel.close()
})

t.test('keys to the caller: each once, in order, with the sound between them', async t => {
  const scheduler = new HandScheduler()
  const time = { now: () => scheduler.nowMs, scheduler }
  const around = surroundings({ time, wheel: new SenderWheel(time) })
  const sent: RtpPacket[] = []
  const carrier = {
    ...{ port: 2, open: true, listen() {}, agree() {}, close() {} },
    send: (packet: Buffer) => {
      const read = parseRtp(Buffer.from(packet))
      if (read) sent.push(read)
      return true
    },
  }
  const session = new RtpSession(around, listener(), carrier)
  session.agree(streamTo(6_000))
  session.sendKeys([{ digit: '1', units: 400 }, { units: 1_600 }, { digit: '#', units: 800 }])
  const octets = Buffer.alloc(160, 1)
  session.play({ next: () => octets })
  scheduler.pass(1_000)
  session.play(undefined)
  session.sendKeys([{ digit: '5', units: 400 }])
  scheduler.pass(1_000)
  t.equal(scheduler.pending, 0, 'then nothing is sent any more')

  const keys = sent.filter(({ payloadType }) => payloadType === 96)
  const events = keys.map(({ payload }) => parseTelephoneEvent(payload))
  const press = (digit: Digit, lengths: readonly number[], units: number) => [
    ...lengths.map(duration => ({ digit, end: false, volume: 10, duration })),
    ...[1, 2, 3].map(() => ({ digit, end: true, volume: 10, duration: units })),
  ]
  t.strictSame(events, [
    ...press('1', [160, 320], 400),
    ...press('#', [160, 320, 480, 640], 800),
    ...press('5', [160, 320], 400),
  ])
  const { heard, listening } = keyedBy(scheduler)
  for (const { timestamp, payload } of keys) listening.receive(payload, timestamp)
  scheduler.pass(1_000)
  t.equal(heard(), '1#5', 'as a receiver hears it')
  const marked = keys.flatMap(({ marker }, at) => (marker ? [at] : []))
  t.strictSame(marked, [0, 5, 12], 'RFC 4733 §2.5.1.1: the marker is on the first packet of each')
  t.equal(new Set(keys.map(({ timestamp }) => timestamp)).size, 3, 'one timestamp a key')
  const numbers = sent.map(({ sequence }) => (sequence - (sent[0]?.sequence ?? 0)) & 0xffff)
  t.strictSame(
    numbers,
    Array.from(sent, (_, at) => at),
    'numbered with the sound',
  )
  const [sixth = sent[0]] = keys.slice(5)
  const second = sixth ? sent.indexOf(sixth) : 0
  const between = sent.slice(5, second).filter(({ payloadType }) => payloadType === 0)
  t.equal(between.length, 13, 'sound for 60 ms, and for the 200 ms of the pause')
  t.equal(session.counts.keyPacketsSent, 17)
  t.equal(session.counts.sentOctets, 17 * 4 + (sent.length - 17) * 160)

  session.agree(streamTo(6_000, { direction: 'recvonly' }))
  session.sendKeys([{ digit: '9', units: 400 }])
  scheduler.pass(1_000)
  t.equal(session.counts.keyPacketsSent, 17, 'on hold nothing leaves')
  const { keyType: _, ...without } = streamTo(6_000, { keyTypesReceived: [] })
  session.agree(without)
  session.sendKeys([{ digit: '9', units: 400 }])
  scheduler.pass(1_000)
  t.equal(session.counts.keyPacketsSent, 17, 'nor to one who has agreed to none')
  session.sendKeys(Array.from({ length: 300 }, () => ({ digit: '9', units: 400 })))
  session.close()
  scheduler.pass(20)
  t.equal(scheduler.pending, 0)
  around.wheel.close()
})

/** A receiver of keys that notes what it hears. */
function keyedBy(scheduler: HandScheduler) {
  let digits = ''
  const told = {
    keyPressed() {},
    digit: (digit: Digit) => {
      digits += digit
    },
  }
  return { heard: () => digits, listening: new KeyInput(scheduler, told) }
}

t.test('XR2: nobody but the described peer can key a digit or end a stream', async t => {
  const around = surroundings()
  let digits = ''
  const told = listener({
    digit: digit => {
      digits += digit
    },
  })
  const session = await openSession(around, told)
  const caller = await AudioPhone.open()
  const injector = await AudioPhone.open()
  await caller.send(session.port, pressed('9', { ssrc: 5, timestamp: 0 }))
  await until(() => session.counts.refused === 5)
  t.equal(digits, '', 'before a description, nobody')
  session.agree(streamTo(caller.port))
  const noise = ['00000000', '000100002112a442', '80c80001', '8000'].map(hex =>
    Buffer.from(hex, 'hex'),
  )
  await injector.send(session.port, [...noise, Buffer.alloc(1_500, 0x80)])
  await injector.send(session.port, pressed('6', { ssrc: 1, timestamp: 0 }))
  await caller.send(session.port, noise)
  await caller.send(session.port, pressed('1', { ssrc: 1, timestamp: 800 }))
  await caller.send(session.port, [packetOf({ ssrc: 7, sequence: 900 })])
  await caller.send(session.port, pressed('2', { ssrc: 1, timestamp: 1_600 }))
  await until(() => digits.length >= 2)
  t.equal(digits, '12')
  t.equal(session.counts.refused, 15, 'the injector is counted')
  session.play(new PromptSource({ clip: new Clip('PCMU', Buffer.alloc(160)), times: 1 }))
  await until(() => caller.received.length === 1)
  t.equal(injector.received.length, 0, 'and hears nothing')
  for (const one of [caller, injector]) one.close()
  session.close()
  around.wheel.close()
})

t.test('a new stream, a new payload type and a new port keep the digits', async t => {
  const around = surroundings()
  let digits = ''
  const told = listener({
    digit: digit => {
      digits += digit
    },
  })
  const session = await openSession(around, told)
  const caller = await AudioPhone.open()
  const moved = await AudioPhone.open()
  session.agree(streamTo(caller.port))
  await caller.send(session.port, pressed('1', { ssrc: 1, timestamp: 800 }))
  await caller.send(session.port, pressed('2', { ssrc: 2, timestamp: 800 }))
  await until(() => digits === '12')
  session.agree(streamTo(caller.port, { keyType: 101, keyTypesReceived: [101] }))
  const other = { ssrc: 2, payloadType: 101 }
  await caller.send(session.port, pressed('3', { ...other, timestamp: 1_600 }))
  await until(() => digits === '123')
  session.agree(streamTo(moved.port, { keyType: 101, keyTypesReceived: [101] }))
  await caller.send(session.port, pressed('4', { ...other, timestamp: 2_400 }))
  await moved.send(session.port, pressed('5', { ...other, timestamp: 3_200 }))
  await until(() => digits.length === 4)
  t.equal(digits, '1235', 'the former port is not listened to any more')
  for (const one of [caller, moved]) one.close()
  session.close()
  around.wheel.close()
})

t.test('XR3: silence for the time set is told, but not of a caller on hold', async t => {
  const scheduler = new HandScheduler()
  let timeouts = 0
  const time = { now: () => scheduler.nowMs, scheduler }
  const around = surroundings({ time, mediaTimeoutMs: 60_000 })
  const told = listener({
    mediaTimeout: () => {
      timeouts++
    },
  })
  const session = await openSession(around, told)
  session.agree(streamTo(6_000, { direction: 'sendonly' }))
  session.watch()
  scheduler.pass(600_000)
  t.equal(timeouts, 0, 'on hold')
  session.agree(streamTo(6_000))
  scheduler.pass(59_999)
  t.equal(timeouts, 0, 'one millisecond before')
  scheduler.pass(1)
  scheduler.pass(60_000)
  t.equal(timeouts, 1, 'told once')
  session.close()
  t.equal(scheduler.pending, 0)
  around.wheel.close()
})

t.test(
  'XR3: ports are even, rest before they are used again, and run out without harm',
  async t => {
    const ports = new PortRange(23_001, 23_006)
    t.strictSame([ports.size, ports.take(), ports.take()], [3, 23_002, 23_004])
    ports.giveBack(23_002)
    t.strictSame([ports.take(), ports.take(), ports.take()], [23_006, 23_002, undefined])
    t.equal(ports.taken, 3)

    const one = surroundings({ ports: new PortRange(23_102, 23_102) })
    const session = await openSession(one)
    t.equal(await RtpSession.open(one, listener()), undefined, 'none is left')
    const two = surroundings({ ports: new PortRange(23_102, 23_104) })
    const other = await openSession(two)
    t.equal(other.port, 23_104, 'a port that another program has is passed over')
    t.equal(await RtpSession.open(two, listener()), undefined)
    t.equal(two.ports.taken, 1, 'and is not lost')
    for (const opened of [session, other]) opened.close()
    await until(() => one.ports.taken + two.ports.taken === 0)
    for (const { wheel } of [one, two]) wheel.close()
  },
)

t.test('in the steady state no packet of a call is worth an allocation, in or out', async t => {
  // A young generation that holds all of it: nothing is collected while it is measured.
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  const child = fileURLToPath(new URL('../../support/packet-heap-child.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child], {
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const { received, sent, counted } = JSON.parse(stdout)
  t.ok(counted, 'every packet was counted')
  t.ok(received < 40, `${received} bytes of heap a packet received; an object would take some 60`)
  t.ok(sent < 40, `${sent} bytes of heap a packet sent`)
})

import { deepStrictEqual as deepEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { decodeG711, encodeG711, type G711Law, transcodeG711 } from '../../platform/rtp/g711.js'
import {
  next,
  QUIET_MS,
  type ReceiverAction,
  type ReceiverEvent,
  type ReceiverState,
  silent,
} from '../../platform/rtp/key-receiver.js'
import {
  formatRtp,
  parseRtp,
  sequenceDistance,
  timestampDistance,
} from '../../platform/rtp/packet.js'
import {
  type Digit,
  formatTelephoneEvent,
  keyPress,
  parseDigit,
  parseTelephoneEvent,
  type TelephoneEvent,
} from '../../platform/rtp/telephone-event.js'
import { formatWav, linearOf, readWav, type Wav, wavAs } from '../../platform/rtp/wav.js'
import { seededChance } from '../../platform/seeded-chance.js'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

t.test('RFC 3550 §5.1: what is RTP is read, and nothing else is', async t => {
  const body = '0001 000000a0 deadbeef'
  // biome-ignore format: table
  for (const [datagram, payload, because] of [
    [`8000 ${body} ff`,                        'ff',      'a plain packet'],
    [`80e5 ${body} ff`,                        'ff',      'marker and payload type 101'],
    [`8000 ${body}`,                           '',        'an empty payload is allowed'],
    [`8200 ${body} 00000001 00000002 aa`,      'aa',      'two contributing sources'],
    [`9000 ${body} bede 0001 00112233 aa`,     'aa',      'a header extension of one word'],
    [`a000 ${body} aa 00 00 03`,               'aa',      'three octets of padding'],
    [`4000 ${body} ff`,                        undefined, 'version 1'],
    [`0000 ${body} ff`,                        undefined, 'STUN and ZRTP begin with 0'],
    [`80c8 ${body} ff`,                        undefined, 'an RTCP sender report (RFC 5761)'],
    ['80c80001',                               undefined, 'RTCP of 4 octets'],
    ['',                                       undefined, 'an empty datagram'],
    [`8f00 ${body}`,                           undefined, 'fewer sources than stated'],
    [`9000 ${body} bede`,                      undefined, 'half an extension header'],
    [`9000 ${body} bede ffff 00`,              undefined, 'an extension beyond the end'],
    [`a000 ${body} aa 00 00 00`,               undefined, 'padding of nothing'],
    [`a000 ${body} aa 00 00 05`,               undefined, 'padding that reaches into the header'],
  ] as const) {
    t.equal(parseRtp(hex(datagram))?.payload.toString('hex'), payload, because)
  }
  const packet = parseRtp(hex(`80e5 ${body} ff`))
  t.match(packet, { payloadType: 101, marker: true, sequence: 1, timestamp: 160, ssrc: 0xdeadbeef })
})

t.test('every packet written is read back as it was', async t => {
  const bits = (n: number) => fc.integer({ min: 0, max: 2 ** n - 1 })
  const shape = {
    payloadType: fc.integer({ min: 0, max: 63 }),
    marker: fc.boolean(),
    sequence: bits(16),
    timestamp: bits(32),
    ssrc: bits(32),
    payload: fc.uint8Array({ maxLength: 400 }).map(octets => Buffer.from(octets)),
  }
  const packets = fc.record(shape, { noNullPrototype: true })
  t.plan(2)
  const round = fc.check(
    fc.property(packets, packet => {
      deepEqual(parseRtp(formatRtp(packet)), packet)
    }),
    { numRuns: 200 },
  )
  t.notOk(round.failed, JSON.stringify(round.counterexample))
  const noise = fc.check(
    fc.property(fc.uint8Array({ maxLength: 64 }), octets => {
      parseRtp(Buffer.from(octets))
    }),
    { numRuns: 2_000 },
  )
  t.notOk(noise.failed, 'octets of any kind are read or refused, never thrown at')
})

t.test('distances go across the wrap', async t => {
  t.equal(sequenceDistance(65_535, 0), 1)
  t.equal(sequenceDistance(0, 65_535), -1)
  t.equal(timestampDistance(0xffffff00, 0x60), 0x160)
  t.equal(timestampDistance(0x60, 0xffffff00), -0x160)
})

t.test('RFC 4733 §2.3: payloads are read and written', async t => {
  // biome-ignore format: table
  for (const [payload, event, because] of [
    ['01 0a 00a0',   { digit: '1', end: false, volume: 10, duration: 160 },  'a key going on'],
    ['0b 8a 0640',   { digit: '#', end: true, volume: 10, duration: 1600 },  'its end'],
    ['0f bf ffff',   { digit: 'D', end: true, volume: 63, duration: 65535 }, 'the largest values'],
    ['0a 00 0000',   { digit: '*', end: false, volume: 0, duration: 0 },     'the smallest'],
    ['01 4a 00a0',   { digit: '1', end: false, volume: 10, duration: 160 },  'R bit is ignored'],
    ['01 0a 00a0 00000000', { digit: '1', end: false, volume: 10, duration: 160 }, 'the first of two'],
    ['10 0a 00a0',   undefined,                                              'flash is no digit'],
    ['ff 0a 00a0',   undefined,                                              'nor is an unknown code'],
    ['01 0a 00',     undefined,                                              'too short'],
  ] as const) {
    const read = parseTelephoneEvent(hex(payload))
    t.strictSame(read, event, because)
  }
  const event: TelephoneEvent = { digit: '#', end: true, volume: 10, duration: 1_600 }
  t.equal(formatTelephoneEvent(event).toString('hex'), '0b8a0640')
  t.equal(parseDigit('a'), 'A')
  t.equal(parseDigit('E'), undefined)
  t.equal(parseDigit(''), undefined)
})

/** Runs a receiver; returns the digits it reported and what it was told to do last. */
function receive(events: readonly ReceiverEvent[]) {
  let state: ReceiverState = silent
  const actions: ReceiverAction[] = []
  for (const event of events) {
    const [after, ...taken] = next(state, event)
    state = after
    actions.push(...taken)
  }
  const digits = actions.flatMap(action => (action.type === 'digit' ? [action] : []))
  return { text: digits.map(({ digit }) => digit).join(''), digits, actions }
}

/** `1@0 1@0. 2@800`: digit, timestamp, and a point for the end; `~` is the quiet timer. */
const script = (text: string): ReceiverEvent[] =>
  text.split(/\s+/).map(word => {
    if (word === '~') return { type: 'quiet' }
    const [, digit = '', timestamp = '', end] = /^(.)@(\d+)(\.?)$/.exec(word) ?? []
    const event: TelephoneEvent = {
      digit: parseDigit(digit) ?? '0',
      end: end === '.',
      volume: 10,
      duration: end === '.' ? 800 : 320,
    }
    return { type: 'packet', timestamp: Number(timestamp), event }
  })

t.test('RFC 4733 §2.5.1.2: one digit a key press, whatever the network does', async t => {
  const wrap = 2 ** 32
  // biome-ignore format: table
  for (const [events, digits, because] of [
    ['1@0 1@0 1@0. 1@0. 1@0.',             '1',   'a press as sent: the end thrice'],
    ['1@0 1@0 ~',                          '1',   'the end is lost: quiet closes it'],
    ['1@0 1@0 ~ 1@0 1@0.',                 '1',   'quiet came too early: the rest is no second press'],
    ['1@0 ~ ~',                            '1',   'quiet fires once'],
    ['~',                                  '',    'quiet without a press'],
    ['1@0.',                               '1',   'only an end arrives'],
    ['1@0 2@800 2@800.',                   '12',  'the end of 1 is lost, 2 closes it'],
    ['1@0. 1@1120 1@1120.',                '11',  'the same key again, 40 ms after its end'],
    ['1@0. 1@1120 1@0. 1@1120.',           '11',  'a late end of the first press within the second'],
    ['1@0. 2@800. 1@0.',                   '12',  'a late end after a later press'],
    ['2@800 1@0 2@800.',                   '12',  'all but one late packet of 1 lost: it goes first'],
    ['2@800. 1@0.',                        '2',   'too late: 2 was reported, so 1 is dropped, not misplaced'],
    ['3@1600. 2@800 1@0',                  '3',   'so are two'],
    ['1@0 2@0 1@0.',                       '1',   'two codes under one timestamp: the first stands'],
    [`1@${wrap - 800} 1@${wrap - 800}. 2@0.`,  '12', 'the timestamp wraps'],
    [`1@${wrap - 800}. 2@160. 1@${wrap - 800}.`, '12', 'a late copy across the wrap'],
    ['1@0 1@65535 1@65535.',               '1',   '§2.5.1.3: a press of 9 s in two segments'],
    ['1@0 1@65535 1@0 1@65535. 1@65535.',  '1',   'its segments reordered'],
    ['1@0 1@65535 1@131070.',              '1',   'three segments'],
    ['1@0 ~ 1@65535 1@65535.',             '1',   'quiet within a long press: the rest is not a second one'],
    ['1@0. 1@65535.',                      '11',  'a press that ended has no rest'],
    ['1@900000. 2@800 2@800.',             '12',  'a new time line without a new source'],
    ['1@900000 2@800 2@800.',              '12',  'and while a press is open'],
  ] as const) {
    t.equal(receive(script(events)).text, digits, because)
  }
})

t.test('a press tells its length, and says when it begins', async t => {
  const { digits, actions } = receive(script('5@0 5@0 5@0.'))
  t.strictSame(digits, [{ type: 'digit', digit: '5', duration: 800 }])
  t.strictSame(
    actions.map(({ type }) => type),
    ['pressed', 'start_quiet_timer', 'start_quiet_timer', 'stop_quiet_timer', 'digit'],
  )
  t.equal(receive(script('1@0 1@65535 1@65535.')).digits[0]?.duration, 65_535 + 800)
})

/** A packet on its way. */
interface Flight {
  readonly arrivesMs: number
  readonly timestamp: number
  readonly event: TelephoneEvent
}

/** Sends presses over a network that loses, doubles and delays; returns what the receiver made of it. */
function overNetwork(
  presses: readonly { digit: Digit; heldMs: number; gapMs: number }[],
  network: { lossPercent: number; doublePercent: number; delayMs: number; from: number },
  chance: () => number,
) {
  const flights: Flight[] = []
  let atMs = 0
  for (const { digit, heldMs, gapMs } of presses) {
    const timestamp = (network.from + atMs * 8) >>> 0
    for (const [step, event] of keyPress(digit, heldMs).entries()) {
      const copies = chance() * 100 < network.doublePercent ? 2 : 1
      for (let copy = 0; copy < copies; copy++) {
        if (chance() * 100 < network.lossPercent) continue
        const arrivesMs = atMs + step * 20 + chance() * network.delayMs
        flights.push({ arrivesMs, timestamp, event })
      }
    }
    atMs += heldMs + gapMs
  }
  flights.sort((a, b) => a.arrivesMs - b.arrivesMs)
  const events: ReceiverEvent[] = flights.flatMap(({ arrivesMs, timestamp, event }, at) => {
    const followsMs = flights[at + 1]?.arrivesMs ?? Number.POSITIVE_INFINITY
    const packet = { type: 'packet', timestamp, event } as const
    return followsMs - arrivesMs > QUIET_MS ? [packet, { type: 'quiet' }] : [packet]
  })
  return receive(events).text
}

const isSubsequence = (part: string, whole: string) => {
  let at = 0
  for (const character of whole) if (character === part.charAt(at)) at++
  return at === part.length
}

const pressesArbitrary = fc.array(
  fc.record({
    digit: fc.constantFrom<Digit>('0', '1', '2', '3', '9', '*', '#'),
    heldMs: fc.integer({ min: 40, max: 300 }),
    gapMs: fc.integer({ min: 40, max: 400 }),
  }),
  { minLength: 1, maxLength: 20 },
)

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff })

/** Digits of a list of presses as keyed. */
const keyedBy = (presses: readonly { digit: Digit }[]) => presses.map(({ digit }) => digit).join('')

t.test('XR1: under loss, doubling and reordering no wrong digit is ever reported', async t => {
  const networks = fc.record({
    lossPercent: fc.integer({ min: 0, max: 30 }),
    doublePercent: fc.integer({ min: 0, max: 30 }),
    delayMs: fc.integer({ min: 0, max: 120 }),
    from: fc.constantFrom(0, 0xffff_f000, 0x7fff_f000),
  })
  let sent = 0
  let right = 0
  const run = fc.check(
    fc.property(pressesArbitrary, networks, seeds, (presses, network, seed) => {
      const heard = overNetwork(presses, network, seededChance(seed))
      sent += presses.length
      right += heard.length
      return isSubsequence(heard, keyedBy(presses))
    }),
    { numRuns: 1_000 },
  )
  t.notOk(run.failed, JSON.stringify(run.counterexample))
  t.ok(right / sent > 0.99, `${right} of ${sent} keys heard`)
})

t.test('XR1: without loss every digit is reported, in order, doubled or not', async t => {
  const run = fc.check(
    fc.property(
      pressesArbitrary,
      fc.integer({ min: 0, max: 20 }),
      seeds,
      (presses, delayMs, seed) => {
        const network = { lossPercent: 0, doublePercent: 20, delayMs, from: 0xffff_f000 }
        return overNetwork(presses, network, seededChance(seed)) === keyedBy(presses)
      },
    ),
    { numRuns: 500 },
  )
  t.notOk(run.failed, JSON.stringify(run.counterexample))
})

t.test('XR1: at 10 % loss the right digits are heard', async t => {
  const chance = seededChance(4_733)
  const presses = Array.from({ length: 20_000 }, () => ({
    digit: parseDigit(String(Math.floor(chance() * 10))) ?? '0',
    heldMs: 60 + Math.floor(chance() * 100),
    gapMs: 60 + Math.floor(chance() * 200),
  }))
  const network = { lossPercent: 10, doublePercent: 5, delayMs: 30, from: 0xffff_f000 }
  const heard = overNetwork(presses, network, chance)
  t.ok(isSubsequence(heard, keyedBy(presses)), 'none wrong')
  t.ok(heard.length >= 19_998, `${20_000 - heard.length} of 20,000 lost; 1 in 10,000 may be`)
})

t.test('G.711: the points of the recommendation’s tables', async t => {
  // Table 2a and 2b, ×4, and Table 1a and 1b, ×8: code on the line, value.
  // biome-ignore format: table
  for (const [law, code, value, because] of [
    ['PCMU', 0x80,  32_124, 'virtual decision value 8159: the largest output, 8031'],
    ['PCMU', 0x8f,  16_764, 'last interval of segment 8: 4191'],
    ['PCMU', 0x9f,   8_316, 'last of segment 7: 2079'],
    ['PCMU', 0xef,     132, 'last of segment 2: 33'],
    ['PCMU', 0xfe,       8, 'the second smallest: 2'],
    ['PCMU', 0xff,       0, 'positive zero'],
    ['PCMU', 0x7f,       0, 'negative zero'],
    ['PCMU', 0x00, -32_124, 'the most negative'],
    ['PCMA', 0xaa,  32_256, 'the largest output, 4032'],
    ['PCMA', 0xa5,  16_896, 'first interval of segment 7: 2112'],
    ['PCMA', 0xd5,       8, 'the smallest positive: 1'],
    ['PCMA', 0x55,      -8, 'the smallest negative'],
    ['PCMA', 0x2a, -32_256, 'the most negative'],
  ] as const) {
    t.equal(decodeG711(law, Uint8Array.of(code))[0], value, `${law} ${code.toString(16)}: ${because}`)
  }
})

t.test(
  'G.711: encoding picks the interval a sample lies in, and every code is a fixed point',
  async t => {
    for (const law of ['PCMU', 'PCMA'] as const) {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code)
      const again = encodeG711(law, decodeG711(law, codes))
      const moved = [...codes].filter(code => again[code] !== code)
      // Negative zero of µ-law is sent as positive zero.
      t.strictSame(moved, law === 'PCMU' ? [0x7f] : [], law)
      for (let sample = -32_768; sample <= 32_767; sample += 7) {
        const decoded = decodeG711(law, encodeG711(law, Int16Array.of(sample)))[0] ?? 0
        const allowed = Math.max(law === 'PCMA' ? 16 : 8, Math.abs(sample) / 16)
        if (Math.abs(decoded - sample) > allowed) t.fail(`${law} ${sample} became ${decoded}`)
      }
    }
  },
)

t.test(
  'transcoding keeps speech: 104 of 128 intervals apart, and back within one step',
  async t => {
    const codes = Buffer.from(Uint8Array.from({ length: 256 }, (_, code) => code))
    t.equal(transcodeG711('PCMU', 'PCMU', codes), codes)
    for (const [from, to] of [
      ['PCMU', 'PCMA'],
      ['PCMA', 'PCMU'],
    ] as const satisfies readonly (readonly [G711Law, G711Law])[]) {
      const before = decodeG711(from, codes)
      const after = decodeG711(to, transcodeG711(from, to, codes))
      const worst = Math.max(
        ...before.map((value, at) => Math.abs(value - (after[at] ?? 0)) - Math.abs(value) / 16),
      )
      t.ok(worst <= 16, `${from} to ${to}: ${worst}`)
    }
  },
)

t.test('a WAV file is written and read back as it was', async t => {
  fc.assert(
    fc.property(
      fc.constantFrom('PCM16', 'PCMU', 'PCMA'),
      fc.uint8Array({ maxLength: 1_000 }),
      (encoding, octets) => {
        const whole = encoding === 'PCM16' ? octets.length & ~1 : octets.length
        const wav: Wav = { encoding, samples: Buffer.from(octets.subarray(0, whole)) }
        deepEqual(readWav(formatWav(wav)), { outcome: 'read', wav })
      },
    ),
    { numRuns: 60 },
  )
  const tone: Wav = { encoding: 'PCM16', samples: Buffer.from([0, 0, 0xff, 0x7f, 0, 0x80]) }
  t.strictSame(linearOf(tone), Int16Array.of(0, 32_767, -32_768))
  t.equal(wavAs('PCMU', tone).toString('hex'), 'ff8000')
  const mu: Wav = { encoding: 'PCMU', samples: Buffer.from([0xff, 0x80]) }
  t.equal(wavAs('PCMU', mu), mu.samples)
  t.equal(wavAs('PCMA', mu).toString('hex'), 'd5aa')
})

t.test('a WAV file of another kind is refused with its reason', async t => {
  const good = formatWav({ encoding: 'PCMU', samples: Buffer.from([1, 2, 3]) })
  const changed = (at: number, octets: readonly number[]) => {
    const file = Buffer.from(good)
    Buffer.from(octets).copy(file, at)
    return file
  }
  // The format chunk begins at 12, its content at 20.
  // biome-ignore format: table
  for (const [file, outcome, what, because] of [
    [Buffer.alloc(0),                 'not_riff_wave', undefined,             'an empty file'],
    [Buffer.from('RIFX....WAVEfmt '), 'not_riff_wave', undefined,             'big-endian'],
    [Buffer.from('RIFF....AVI fmt '), 'not_riff_wave', undefined,             'a film'],
    [good.subarray(0, 12),            'no_format',     undefined,             'cut after its head'],
    [good.subarray(0, 40),            'no_samples',    undefined,             'cut before its samples'],
    [changed(20, [0x31, 0]),          'unsupported',   'format 49',           'GSM'],
    [changed(22, [2, 0]),             'unsupported',   '2 channels',          'stereo'],
    [changed(24, [0x44, 0xac, 0, 0]), 'unsupported',   '44100 samples a second', 'a music file'],
    [changed(34, [4, 0]),             'unsupported',   '4 bits',              'a lie about its width'],
  ] as const) {
    t.match(readWav(file), { outcome, ...(what && { what }) }, because)
  }
  const unfinished = readWav(changed(good.length - 8, [0xff, 0xff, 0xff, 0xff]))
  t.match(unfinished, { outcome: 'read' }, 'a length beyond the end is the end')
})

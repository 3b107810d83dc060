import t from 'tap'
import {
  infoCame,
  type ToneArbiterState,
  toneCame,
  unheard,
} from '../../../engines/media/channel/tone-arbiter.js'
import { PortRange } from '../../../engines/media/rtp/port-range.js'
import { SenderWheel } from '../../../engines/media/rtp/sender-wheel.js'
import { RtpSession } from '../../../engines/media/rtp/session.js'
import type { AudioStream } from '../../../platform/audio-offer.js'
import {
  type Digit,
  formatTelephoneEvent,
  keyPress,
  parseDigit,
} from '../../../platform/rtp/telephone-event.js'
import { seededChance } from '../../../platform/seeded-chance.js'
import { keysInGuidance } from '../../support/guidance-talk-off.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import {
  EVERY_KEY,
  inTurn,
  isPart,
  keysHeard,
  keysIn,
  keysInNoise,
  packetsOf,
  sines,
  soundOf,
  type ToneKey,
} from '../../support/tone-line.js'

t.setTimeout(120_000)

/** Every key once, each made in the same way. */
const everyKey = (way: Omit<ToneKey, 'digit'>) =>
  inTurn(...EVERY_KEY.map(digit => soundOf({ ...way, digit })))

const ALL = EVERY_KEY.join('')

t.test('ITU-T Q.24: what is a key, and what is none', async t => {
  // biome-ignore format: table
  for (const [way, accepted, because] of [
    [{},                                   true,  'Q.24: 40 ms of tone, 40 ms of pause'],
    [{ ms: 50, pauseMs: 50 },              true,  'as phones make them'],
    [{ ms: 500, pauseMs: 40 },             true,  'a key held long is one key'],
    [{ ms: 25 },                           false, 'too short'],
    [{ ms: 10, pauseMs: 10 },              false, 'a click'],
    [{ rowOff: 0.015, columnOff: 0.015 },  true,  '±1.5 % must be accepted: both high'],
    [{ rowOff: -0.015, columnOff: -0.015 }, true, 'both low'],
    [{ rowOff: 0.015, columnOff: -0.015 }, true,  'one high, one low'],
    [{ rowOff: -0.015, columnOff: 0.015 }, true,  'one low, one high'],
    [{ rowOff: 0.035 },                    false, '±3.5 % must be refused: the row high'],
    [{ rowOff: -0.035 },                   false, 'the row low'],
    [{ columnOff: 0.035 },                 false, 'the column high'],
    [{ columnOff: -0.035 },                false, 'the column low'],
    [{ rowDbm0: -3, columnDbm0: -3 },      true,  'Q.24 (NTT): −3 dBm is accepted'],
    [{ rowDbm0: -24, columnDbm0: -24 },    true,  '−24 dBm is'],
    [{ rowDbm0: -30, columnDbm0: -30 },    false, 'below −29 dBm it is refused'],
    [{ rowDbm0: -10, columnDbm0: -30 },    false, 'one of the tones below it'],
    [{ rowDbm0: -8, columnDbm0: -16 },     true,  'Q.24 (AT&T): the row 8 dB above'],
    [{ rowDbm0: -16, columnDbm0: -8 },     true,  'the column 8 dB above'],
    [{ rowDbm0: -6, columnDbm0: -19 },     false, 'the row 13 dB above'],
    [{ rowDbm0: -19, columnDbm0: -6 },     false, 'the column 13 dB above'],
  ] as const) {
    for (const law of ['PCMU', 'PCMA'] as const) {
      t.equal(keysHeard(everyKey(way), law), accepted ? ALL : '', `${because} (${law})`)
    }
  }
})

t.test('Q.24: 40 ms are enough, 25 ms too few, wherever in a packet they begin', async t => {
  for (let lead = 0; lead < 160; lead += 7) {
    const before = new Float64Array(lead)
    const keys = (ms: number) =>
      inTurn(
        before,
        ...['1', '5', '5', 'D'].map(text => soundOf({ digit: parseDigit(text) ?? '0', ms })),
      )
    t.equal(keysHeard(keys(40)), '155D', `${lead} samples late`)
    t.equal(keysHeard(keys(25)), '', `${lead} samples late`)
  }
})

t.test('Q.24: an interruption is none, a pause is one', async t => {
  const part = (ms: number, pauseMs: number) => soundOf({ digit: '5', ms, pauseMs })
  // biome-ignore format: table
  for (const [sound, keys, because] of [
    [inTurn(part(60, 10), part(60, 40)),     '5',   'an interruption of 10 ms'],
    [inTurn(part(60, 40), part(60, 40)),     '55',  'a pause of 40 ms'],
    [inTurn(part(60, 0), soundOf({ digit: '6', ms: 100 })), '56', 'one key behind the other, without a pause'],
    [inTurn(part(100, 0), sines(2_000, [[440, -10]])), '5',   'something else sounds from then on'],
  ] as const) {
    t.equal(keysHeard(sound), keys, because)
  }
  const { lengthsMs } = keysIn(packetsOf(inTurn(part(200, 100), part(60, 100))))
  t.ok(Math.abs((lengthsMs[0] ?? 0) - 200) <= 20, `${lengthsMs[0]} ms of 200`)
  t.ok(Math.abs((lengthsMs[1] ?? 0) - 60) <= 20, `${lengthsMs[1]} ms of 60`)
})

t.test('other sound than the two tones of a key is none', async t => {
  // biome-ignore format: table
  for (const [parts, because] of [
    [[[697, -10]],                              'one tone'],
    [[[697, -10], [770, -10]],                  'two of rows'],
    [[[1_209, -10], [1_336, -10]],              'two of columns'],
    [[[697, -10], [1_209, -10], [1_477, -10]],  'three tones'],
    [[[697, -10], [770, -10], [1_209, -10]],    'three tones, two of rows'],
    [[[440, -10], [350, -10]],                  'a dial tone'],
    [[[400, -10]],                              'Japan’s dial tone'],
    [[[697, -10], [1_209, -10], [2_418, -6]],   'a harmonic, as speech has it'],
    [[[1_100, -10]],                            'a fax'],
    [[[2_100, -10]],                            'a modem'],
  ] as const) {
    t.equal(keysHeard(sines(8_000, parts)), '', because)
  }
})

t.test('XR1: keys in noise', async t => {
  // biome-ignore format: table
  for (const [snrDb, count, least, because] of [
    [30, 100, 1,     'a good line'],
    [20, 100, 1,     'a middling one'],
    [15, 300, 0.996, 'XR1: 99.9 % at 15 dB, of 10,000 at night'],
    [12, 100, 0.98,  'a bad one'],
    [3,  100, 0,     'one on which hardly a key is heard'],
  ] as const) {
    const { share, right } = keysInNoise(snrDb, count, 24)
    t.ok(share >= least, `${because}: ${share * 100} % at ${snrDb} dB`)
    t.ok(right, `none is taken for another, or for two, at ${snrDb} dB`)
  }
})

t.test('lost, late and doubled packets: fewer keys, never one twice', async t => {
  const chance = seededChance(4)
  const keyed = Array.from({ length: 100 }, () => EVERY_KEY[Math.floor(chance() * 16)] ?? '0')
  const sound = inTurn(...keyed.map(digit => soundOf({ digit, ms: 120, pauseMs: 90 })))
  const packets = packetsOf(sound)
  t.equal(keysIn(packets).keys, keyed.join(''), 'all of them where nothing is lost')
  const doubled = packets.flatMap(packet => (chance() < 0.2 ? [packet, packet] : [packet]))
  t.equal(keysIn(doubled).keys, keyed.join(''), 'doubled')
  const lossy = packets.filter(() => chance() >= 0.03)
  const { keys } = keysIn(lossy)
  t.ok(isPart(keys, keyed.join('')), `${keys.length} of 100 at 3 % loss, in order`)
  t.ok(keys.length >= 90, `${keys.length} of 100`)
  const stopped = packets.slice(0, 4)
  t.equal(keysIn(stopped).keys, keyed[0], 'a sender that falls silent has released its key')
})

t.test('talk-off: no key is heard in the product’s own guidance', async t => {
  // The whole of it: test/night/key-tones.test.ts.
  const { found, clips, seconds } = keysInGuidance(20)
  t.strictSame(found, [], `${clips} clips, ${Math.round(seconds)} s of speech`)
  t.ok(seconds > 40, `${seconds} s`)
})

t.test('tones count where they are looked for, and no telephone-event is agreed', async t => {
  const stream: AudioStream = {
    ...{ law: 'PCMU', audioType: 0, keyTypesReceived: [], ptimeMs: 20, direction: 'sendrecv' },
    remote: { address: '127.0.0.1', port: 6_000 },
  }
  const withEvents: AudioStream = { ...stream, keyType: 96, keyTypesReceived: [96] }
  // biome-ignore format: table
  for (const [agreed, setting, application, keys, because] of [
    [stream,     false, undefined, '',    'off, as it is unless set'],
    [stream,     true,  undefined, '159', 'on'],
    [stream,     false, true,      '159', 'off, but an application wants them (start_dtmf)'],
    [stream,     true,  false,     '',    'on, but an application wants none (stop_dtmf)'],
    [withEvents, true,  undefined, '7',   'telephone-event is agreed: that alone counts'],
  ] as const) {
    const scheduler = new HandScheduler()
    const time = { now: () => scheduler.nowMs, scheduler }
    const around = {
      ...{ address: '127.0.0.1', ports: new PortRange(2, 2), trusted: () => false },
      ...{ wheel: new SenderWheel(time), time, random32: () => 1, mediaTimeoutMs: 0 },
      keyTones: setting,
    }
    let heard = ''
    const note = (digit: Digit) => {
      heard += digit
    }
    const listener = { keyPressed() {}, digit: note, toneHeard: note, mediaTimeout() {} }
    const carrier = { port: 2, open: true, listen() {}, agree() {}, send: () => true, close() {} }
    const session = new RtpSession(around, listener, carrier)
    session.agree(agreed)
    if (application !== undefined) session.detectTones(application)
    const tones = (['1', '5', '9'] as const).map(digit => soundOf({ digit, ms: 60, pauseMs: 60 }))
    for (const { payload, timestamp } of packetsOf(inTurn(...tones))) {
      const header = { payloadType: 0, marker: false, ssrc: 5, timestamp }
      session.packet({ ...header, sequence: timestamp / 160, payload: Buffer.from(payload) })
      scheduler.pass(20)
    }
    for (const event of keyPress('7', 60)) {
      const header = { payloadType: 96, marker: false, ssrc: 5, sequence: 50, timestamp: 4_000 }
      session.packet({ ...header, payload: formatTelephoneEvent(event) })
    }
    t.equal(heard, keys, because)
    session.close()
    t.equal(scheduler.pending, 0)
  }
})

t.test('keys in the sound and by INFO: one a press', async t => {
  /** `t1` a tone, `i1` INFO, `+` 2 s pass. */
  const run = (script: string) => {
    let state: ToneArbiterState = unheard
    let atMs = 0
    let told = ''
    for (const word of script.split(' ')) {
      if (word === '+') {
        atMs += 2_000
        continue
      }
      const digit: Digit = parseDigit(word.slice(1)) ?? '0'
      const came = word.startsWith('t') ? toneCame : infoCame
      const [after, isNew] = came(state, digit, atMs)
      state = after
      if (isNew) told += digit
    }
    return told
  }
  // biome-ignore format: table
  for (const [script, told, because] of [
    ['t1 t2 t2',          '122', 'tones alone'],
    ['i1 i2 i2',          '122', 'INFO alone'],
    ['t1 i1 t2 i2',       '12',  'both: the tone first, then INFO wins'],
    ['i1 t1 i2 t2',       '12',  'both: INFO first'],
    ['t1 t2 i1 i2 i3 t3', '123', 'INFO late, and in order'],
    ['t1 t1 i1 i1 i1',    '111', 'the same key thrice, the third by INFO alone'],
    ['t1 + i1',           '11',  'INFO much later is another press'],
    ['t7 i1 t1 i2',       '712', 'a tone in speech that was none: INFO goes on'],
  ] as const) {
    t.equal(run(script), told, because)
  }
})

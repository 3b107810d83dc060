import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { next, type ReceiverState, silent } from '../../platform/rtp/key-receiver.js'
import { formatRtp, parseRtp, type RtpPacket } from '../../platform/rtp/packet.js'
import { type Digit, parseTelephoneEvent } from '../../platform/rtp/telephone-event.js'
import { readWav, wavAs } from '../../platform/rtp/wav.js'
import { parseSdp } from '../../platform/sdp.js'
import { seededChance } from '../../platform/seeded-chance.js'
import {
  ClipLibrary,
  libraryClipSamples,
  readClipLibrary,
} from '../../switch-sim/handset/clip-library.js'
import { Heard } from '../../switch-sim/handset/heard.js'
import { ClipListener, hears } from '../../switch-sim/handset/hears.js'
import { Pacer } from '../../switch-sim/handset/pacer.js'
import { type CallProgress, Phone } from '../../switch-sim/handset/phone.js'
import { RtpStream } from '../../switch-sim/handset/rtp-stream.js'
import { demonstrationPassword } from '../../switch-sim/mls/subscribers/demonstration.js'
import { DIGEST_REALM } from '../../switch-sim/mls/subscribers/subscriber.js'
import { sdp } from '../support/raw-phone.js'
import { openSwitchRig, type SwitchRig } from '../support/switch-rig.js'

const FRAME = 160

/** Octets that sound like nothing else, the same for each seed; never quiet at the ends. */
function noise(seed: number, length: number): Buffer {
  const chance = seededChance(seed)
  return Buffer.from(Array.from({ length }, () => Math.floor(chance() * 0x7e)))
}

const quiet = (length: number) => Buffer.alloc(length, 0xff)

/** A stream of packets of 20 ms with these samples. */
function packets(samples: Buffer, { ssrc = 1, timestamp = 0, sequence = 0 } = {}): RtpPacket[] {
  return Array.from({ length: Math.ceil(samples.length / FRAME) }, (_, index) => ({
    payloadType: 0,
    marker: index === 0,
    sequence: (sequence + index) & 0xffff,
    timestamp: (timestamp + index * FRAME) >>> 0,
    ssrc,
    payload: samples.subarray(index * FRAME, (index + 1) * FRAME),
  }))
}

function heardOf(...streams: readonly RtpPacket[][]): Heard {
  const heard = new Heard()
  for (const packet of streams.flat()) heard.accept(packet, packet.payload)
  return heard
}

t.test('what is heard is put in order by its time stamps', async t => {
  const samples = noise(1, 10 * FRAME)
  const sent = packets(samples, { timestamp: 0xffff_ff00 })
  const same = (heard: Heard, because: string) =>
    t.ok(heard.samples.equals(samples) && heard.came.every(one => one === 1), because)
  same(heardOf(sent), 'in order, across the wrap')
  same(heardOf(sent, sent), 'every packet twice')
  const [first, ...rest] = sent
  same(heardOf(first ? [first] : [], rest.reverse()), 'the others backwards')

  const lost = heardOf(sent.filter((_, index) => index !== 4))
  t.ok(
    lost.samples.subarray(4 * FRAME, 5 * FRAME).equals(quiet(FRAME)),
    'silence for what was lost',
  )
  t.ok(lost.came.subarray(4 * FRAME, 5 * FRAME).every(one => one === 0))
  t.equal(lost.came.filter(one => one === 1).length, 9 * FRAME)

  const again = packets(samples, { ssrc: 2, timestamp: 77 })
  t.ok(heardOf(sent, again).samples.equals(Buffer.concat([samples, samples])), 'another source')
  const jump = packets(samples, { timestamp: 0x4000_0000 })
  t.equal(heardOf(sent, jump).length, 2 * samples.length, 'a new time line is no hour of silence')
  const old = packets(noise(2, FRAME), { timestamp: 0xffff_ff00 })
  const long = packets(noise(3, 60 * FRAME), { timestamp: 0xffff_ff00 })
  t.equal(
    heardOf(long, old).length,
    60 * FRAME,
    'a copy from more than a second ago changes nothing',
  )
})

const clip = (id: string, samples: Buffer) => ({
  id,
  text: '',
  samples: libraryClipSamples(samples),
})

const one = noise(11, 4_000)
const two = noise(12, 2_500)
const oneLonger = Buffer.concat([one, noise(13, 1_000)])
const library = new ClipLibrary([clip('one', one), clip('two', two), clip('longer', oneLonger)])

const told = (heard: Heard) =>
  hears(heard, library).map(({ clip, whole, length }) => `${clip}${whole ? '' : ` cut ${length}`}`)

t.test('clips are recognised by their samples, in order', async t => {
  const zeros = Buffer.from(two.map(octet => (octet === 0x41 ? 0xff : octet)))
  // biome-ignore format: table
  for (const [parts, expected, because] of [
    [[one],                                  ['one'],               'one'],
    [[quiet(777), one, quiet(5), two],       ['one', 'two'],        'one after the other, quiet around'],
    [[one, one, two, one],                   ['one', 'one', 'two', 'one'], 'again and again, without a gap'],
    [[oneLonger],                            ['longer'],            'the longest of those that begin alike'],
    [[oneLonger.subarray(0, 4_600)],         ['one'],               'a longer one cut behind the shorter'],
    [[one.subarray(0, 1_000), two],          ['one cut 1000', 'two'], 'cut by the next'],
    [[one.subarray(0, 900)],                 ['one cut 900'],       'cut at the end'],
    [[one.subarray(0, 799), quiet(500)],     [],                    'too little to tell'],
    [[noise(99, 3_000), two],                ['two'],               'behind something unknown'],
    [[],                                     [],                    'nothing'],
  ] as const) {
    const heard = heardOf(packets(Buffer.concat(parts)))
    t.strictSame(told(heard), expected, because)
  }
  const withZeros = new ClipLibrary([clip('zeros', zeros)])
  const other = zeros.map(octet => (octet === 0xff ? 0x7f : octet))
  t.equal(
    hears(heardOf(packets(Buffer.from(other))), withZeros)[0]?.whole,
    true,
    'both zeros are one',
  )

  const sent = packets(Buffer.concat([quiet(480), one, two]))
  const withLoss = sent.filter((_, index) => index !== 10 && index !== 20)
  t.strictSame(
    told(heardOf(withLoss)),
    ['one', 'two'],
    'where a packet was lost anything may have been',
  )
})

t.test('a sender that falls behind pauses within a clip and does not cut it', async t => {
  const sent = packets(Buffer.concat([one, quiet(320), two]))
  /** The same packets, those from `index` on `samples` later. */
  const late = (index: number, samples: number) =>
    sent.map((packet, at) =>
      at < index ? packet : { ...packet, timestamp: (packet.timestamp + samples) >>> 0 },
    )
  t.strictSame(told(heardOf(late(10, 1_600))), ['one', 'two'], 'a pause of 200 ms')
  t.strictSame(told(heardOf(late(10, 1_600).slice(0, 20))), ['one cut 3200'], 'and then cut')
  t.strictSame(
    told(heardOf(late(10, 1_600).filter((_, index) => index !== 10))),
    ['one cut 3360', 'two'],
    'time that passed with a packet lost is no pause',
  )
})

t.test(
  'a listener tells each clip once it has ended, and in the end the same as all at once',
  async t => {
    const whole = Buffer.concat([quiet(800), one, quiet(1_600), oneLonger, two, quiet(3_200)])
    const heard = new Heard()
    const listener = new ClipListener(heard, library)
    const ends: string[] = []
    for (const [index, packet] of packets(whole).entries()) {
      heard.accept(packet, packet.payload)
      for (const { clip } of listener.next()) ends.push(`${clip} ${index}`)
    }
    t.strictSame(listener.last(), [])
    t.strictSame(
      ends.map(end => end.split(' ')[0]),
      hears(heard, library).map(({ clip }) => clip),
    )
    const firstEnd = Number(ends[0]?.split(' ')[1]) * FRAME
    t.ok(firstEnd > 4_800 && firstEnd < 4_800 + 3 * 1_600, 'soon after its end')
  },
)

t.test('the committed clips are told apart, each by its own path', async t => {
  const folder = join(PRODUCT_FOLDER, 'guidance-audio', 'clips')
  const committed = readClipLibrary(folder)
  const samplesOf = (id: string) => {
    const read = readWav(readFileSync(join(folder, `${id}.wav`)))
    if (read.outcome !== 'read') throw new Error(id)
    return wavAs('PCMU', read.wav)
  }
  const ids = ['announcement/not-permitted', 'ja/3000', 'ja/1-yen', 'en/welcome', 'ja/welcome']
  const heard = heardOf(packets(Buffer.concat(ids.map(samplesOf))))
  const clips = hears(heard, committed)
  t.strictSame(
    clips.map(({ clip, whole }) => [clip, whole]),
    ids.map(id => [id, true]),
  )
  t.match(clips[0]?.text, 'カードの登録はご利用になれません')
})

/** The digits that a receiver reads in a stream of packets. */
function digitsIn(datagrams: readonly Buffer[], keyType = 101): string {
  let state: ReceiverState = silent
  let digits = ''
  for (const datagram of datagrams) {
    const packet = parseRtp(datagram)
    const event = packet?.payloadType === keyType && parseTelephoneEvent(packet.payload)
    if (!packet || !event) continue
    const [after, ...actions] = next(state, { type: 'packet', timestamp: packet.timestamp, event })
    state = after
    for (const action of actions) if (action.type === 'digit') digits += action.digit
  }
  return digits
}

t.test('keys go out as RFC 4733 says, one at a time, in place of the audio', async t => {
  const stream = new RtpStream({ ssrc: 7, sequence: 0xffff, timestamp: 0xffff_ffff })
  const keys = '12345678901234#*'
  const pressed = [...keys].map(key => stream.press(key as Digit, 100, 60))
  const sent = Array.from({ length: 250 }, () => stream.next({ audioType: 0, keyType: 101 }))
  await Promise.all(pressed)
  t.equal(digitsIn(sent), keys)
  const read = sent.map(datagram => parseRtp(datagram))
  t.strictSame(
    read.map(packet => packet?.sequence),
    sent.map((_, index) => (0xffff + index) & 0xffff),
    'sequence numbers without a gap',
  )
  const press = read.filter(packet => packet?.payloadType === 101).slice(0, 8)
  t.strictSame(
    press.map(packet => packet?.marker),
    [true, ...Array(7).fill(false)],
  )
  t.equal(new Set(press.map(packet => packet?.timestamp)).size, 1, 'one time stamp a press')
  t.equal(
    press.filter(packet => (packet?.payload.readUInt8(1) ?? 0) & 0x80).length,
    3,
    'three ends',
  )
  const lossy = sent.filter((_, index) => index % 3 !== 0)
  t.equal(digitsIn(lossy), keys, 'every third packet lost')

  const without = new RtpStream({ ssrc: 7, sequence: 0, timestamp: 0 })
  without.press('1', 100, 60)
  t.equal(
    parseRtp(without.next({ audioType: 0 }))?.payloadType,
    0,
    'no keys where none were agreed',
  )
})

t.test('the pacer keeps its pace, makes a late turn good, and forgets a long stop', async t => {
  let now = 0
  const pacer = new Pacer(() => now)
  let sent = 0
  const waited = async (ms: number) => {
    now += ms
    const before = sent
    // The turn comes by a real timer; how many packets it sends is decided by the clock above.
    for (let look = 0; look < 500 && sent === before; look++) {
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    return sent - before
  }
  const stop = pacer.every20Ms(() => {
    sent++
  })
  t.equal(await waited(20), 1)
  t.equal(await waited(60), 3, 'late by two packets')
  t.equal(await waited(10_000), 1, 'a machine that slept sends no burst')
  stop()
})

/** A peer's end of the audio: sends what it is told, keeps what comes. */
async function audioPeer(t: { teardown(end: () => unknown): unknown }) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const came: Buffer[] = []
  socket.on('message', datagram => came.push(datagram))
  return {
    port: socket.address().port,
    came,
    /** Sends samples at the pace of audio. */
    async play(samples: Buffer, port: number): Promise<void> {
      for (const packet of packets(samples, { ssrc: 5, timestamp: 1_000 })) {
        socket.send(formatRtp(packet), port, '127.0.0.1')
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
  }
}

const webSocketPort = (rig: SwitchRig): number =>
  rig.engine.engine.listening.sip.find(({ protocol }) => protocol === 'ws')?.port ?? 0

/** A way to a port that can be cut. */
async function wayTo(t: Test, port: number): Promise<{ port: number; cut(): void }> {
  const ends: Socket[] = []
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const end of [near, far]) ends.push(end.on('error', () => {}))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const cut = () => {
    for (const end of ends) end.destroy()
  }
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, cut }
}

async function phoneOf(
  rig: SwitchRig,
  number: string,
  password?: string,
  port = webSocketPort(rig),
): Promise<Phone> {
  const chance = seededChance(Number(number))
  return Phone.on({
    server: `ws://127.0.0.1:${port}`,
    domain: 'mls.mcscp',
    credentials: {
      username: number,
      password: password ?? demonstrationPassword(rig.home, number as never) ?? '',
      realm: DIGEST_REALM,
    },
    address: '127.0.0.1',
    pacer: new Pacer(() => performance.now()),
    random: bound => Math.floor(chance() * bound),
  })
}

t.test('a handset calls over WebSocket, hears, keys, and hangs up', async t => {
  const rig = await openSwitchRig(t)
  const peer = await audioPeer(t)
  const phone = await phoneOf(rig, '09010000001')
  t.equal(await phone.register(), 200)
  const progress: CallProgress[] = []
  const calling = phone.call('1400', step => progress.push(step))
  const invite = await rig.mcscp.request()
  const audio = parseSdp(invite.body.toString())?.media[0]
  t.strictSame(audio?.formats, ['0', '101'])
  rig.mcscp.reply(invite, '180 Ringing')
  const answer = sdp(peer.port)
    .replace('RTP/AVP 0', 'RTP/AVP 0 96')
    .replace('a=sendrecv', 'a=rtpmap:96 telephone-event/8000\r\na=sendrecv')
  rig.mcscp.reply(invite, '200 OK', { body: answer })
  const call = await calling
  t.equal((await rig.mcscp.request()).method, 'ACK')

  await peer.play(Buffer.concat([one, quiet(800), two]), audio?.port ?? 0)
  const pressed = [...'90#'].map(key => call.press(key as Digit))
  await Promise.all(pressed)
  const info = call.press('1', 'info')
  const asked = await rig.mcscp.request()
  t.match(asked.body.toString(), /^Signal=1\r\nDuration=60/)
  rig.mcscp.reply(asked, '200 OK')
  await info
  await call.hangUp()
  rig.mcscp.reply(await rig.mcscp.request(), '200 OK')
  t.strictSame(await call.ended, { how: 'hung_up', by: 'caller' })
  t.equal(digitsIn(peer.came, 96), '90#')
  t.strictSame(told(call.heard), ['one', 'two'])
  t.match(progress, [{ type: 'provisional', status: 180 }, { type: 'answered' }])
  await phone.off()
  t.equal((await rig.counts()).registered, 0, 'switched off, it is registered no more')
})

t.test('an announcement is heard in early media, and ends the call unanswered', async t => {
  const rig = await openSwitchRig(t)
  const peer = await audioPeer(t)
  const ship = await phoneOf(rig, '09010016001')
  const progress: CallProgress[] = []
  const calling = ship.call('1400', step => progress.push(step))
  const invite = await rig.media.request()
  const audio = parseSdp(invite.body.toString())?.media[0]
  const call = await calling
  rig.media.reply(invite, '183 Session Progress', { body: sdp(peer.port) })
  await peer.play(two, audio?.port ?? 0)
  rig.media.reply(invite, '480 Temporarily Unavailable')
  t.strictSame(await call.ended, { how: 'refused', status: 403 })
  t.strictSame(told(call.heard), ['two'])
  t.strictSame(progress, [{ type: 'provisional', status: 183 }], 'never answered')
  await ship.off()
})

t.test('a handset that loses the switch knows that its calls are over', async t => {
  const rig = await openSwitchRig(t)
  const way = await wayTo(t, webSocketPort(rig))
  const phone = await phoneOf(rig, '09010000001', undefined, way.port)
  const talking = await phone.call('1400', () => {})
  rig.mcscp.reply(await rig.mcscp.request(), '200 OK', { body: sdp(4_000) })
  t.equal((await rig.mcscp.request()).method, 'ACK')
  const dialling = await phone.call('1400', () => {})
  rig.mcscp.reply(await rig.mcscp.request(), '180 Ringing')
  way.cut()
  t.strictSame(await talking.ended, { how: 'cut_off' })
  t.strictSame(await dialling.ended, { how: 'cut_off' })
  await phone.off()
})

t.test('a handset that gives up, and one with a wrong password', async t => {
  const rig = await openSwitchRig(t)
  const phone = await phoneOf(rig, '09010000001')
  const call = await phone.call('1400', () => {}, ['P-Asserted-Identity: <sip:09010000002@x>'])
  const invite = await rig.mcscp.request()
  t.strictSame(invite.headers.all('P-Asserted-Identity'), ['<sip:09010000001@mls.mcscp>'])
  rig.mcscp.reply(invite, '180 Ringing')
  await call.hangUp()
  const cancel = await rig.mcscp.request()
  t.equal(cancel.method, 'CANCEL')
  rig.mcscp.reply(cancel, '200 OK')
  rig.mcscp.reply(invite, '487 Request Terminated')
  t.strictSame(await call.ended, { how: 'cancelled' })
  await phone.off()

  const stranger = await phoneOf(rig, '09010000002', 'wrong')
  t.equal(await stranger.register(), 401)
  const refused = await stranger.call('1400', () => {})
  t.strictSame(await refused.ended, { how: 'refused', status: 407 })
  await stranger.off()
})

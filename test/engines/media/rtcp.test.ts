import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import type { ReportRoad } from '../../../engines/media/rtp/carrier.js'
import { PortRange } from '../../../engines/media/rtp/port-range.js'
import { Reception } from '../../../engines/media/rtp/reception.js'
import { formatReport, parseReports, type Report } from '../../../engines/media/rtp/rtcp-packet.js'
import { SenderWheel } from '../../../engines/media/rtp/sender-wheel.js'
import { RtpSession } from '../../../engines/media/rtp/session.js'
import { UdpCarrier } from '../../../engines/media/rtp/udp-carrier.js'
import { bindFreePort, bindPort } from '../../../engines/media/rtp/udp-port.js'
import type { AudioStream } from '../../../platform/audio-offer.js'
import { parseRtp } from '../../../platform/rtp/packet.js'
import { packetOf, until } from '../../support/audio-phone.js'
import { HandScheduler } from '../../support/hand-scheduler.js'

t.setTimeout(120_000)

const BLOCK = {
  ...{ ssrc: 0x11223344, fractionLost: 64, lost: -2, highest: 0x1_0005, jitter: 12 },
  ...{ lastReport: 0xabcd0000, sinceLastReport: 65_536 },
}
const SENDER = { ntpSeconds: 1, ntpFraction: 2 ** 31, timestamp: 800, packets: 5, octets: 800 }
const BLOCK_HEX = '1122334440fffffe000100050000000cabcd000000010000'
const NAME_HEX = '81ca0003000000070103614062000000'

t.test('RFC 3550 §6.4: reports octet for octet, and what is none', async t => {
  const receiver = formatReport({ ssrc: 7, blocks: [BLOCK] }, 'a@b')
  t.equal(receiver.toString('hex'), `81c9000700000007${BLOCK_HEX}${NAME_HEX}`)
  const sender = formatReport({ ssrc: 7, sender: SENDER, blocks: [] }, 'a@b')
  const senderHex = `80c8000600000007${'00000001'}${'80000000'}${'00000320'}${'00000005'}${'00000320'}`
  t.equal(sender.toString('hex'), `${senderHex}${NAME_HEX}`)
  t.strictSame(parseReports(receiver), [{ ssrc: 7, blocks: [BLOCK] }])
  t.strictSame(parseReports(sender), [{ ssrc: 7, sender: SENDER, blocks: [] }])
  // biome-ignore format: table
  for (const [hex, because] of [
    ['',                                   'nothing'],
    ['80c9',                               'too short'],
    [NAME_HEX,                             'no report at its beginning'],
    [`41c9000700000007${BLOCK_HEX}`,       'another version'],
    [`a1c9000700000007${BLOCK_HEX}`,       'padding in the first'],
    [`81c9000800000007${BLOCK_HEX}`,       'longer than it is'],
    ['82c9000100000007',                   'fewer blocks than it says'],
    ['80c8000100000007',                   'a sender without its figures'],
    [`80c900010000000780ca`,               'something behind it'],
    ['000100002112a442000000000000000000', 'STUN'],
  ] as const) {
    t.equal(parseReports(Buffer.from(hex, 'hex')), undefined, because)
  }
})

t.test('RFC 3550 §A.1, §A.3, §A.8: loss, wraps and jitter', async t => {
  /** Packets by number, each 20 ms after the one before; `3+5` comes 5 ms late. */
  const figures = (script: string, first = 0) => {
    const words = script.split(' ').map(word => word.split('+').map(Number))
    const [[begin = 0] = []] = words
    const reception = new Reception(1, (first + begin) & 0xffff)
    for (const [number = 0, lateMs = 0] of words) {
      const sequence = (first + number) & 0xffff
      reception.take(sequence, number * 160, number * 20 + lateMs, true)
    }
    const { fractionLost, lost, highest, jitter } = reception.report()
    return [fractionLost, lost, highest - first, jitter]
  }
  // biome-ignore format: table
  for (const [script, expected, because] of [
    ['0 1 2 3',            [0, 0, 3, 0],     'all'],
    ['0 1 3',              [64, 1, 3, 0],    'one of four lost'],
    ['0 2 1 3',            [0, 0, 3, 0],     'one out of order'],
    ['0 1 1 2',            [0, -1, 2, 0],    'one doubled'],
    ['0 1+16 2 3+16 4',    [0, 0, 4, 29],    'jitter: 128 units four times, each a sixteenth nearer'],
  ] as const) {
    t.strictSame(figures(script), expected, because)
    t.strictSame(figures(script, 65_534), expected, `${because}, across the wrap`)
  }
  const reception = new Reception(1, 10)
  for (const sequence of [10, 11, 13]) reception.take(sequence, 0, 0, false)
  t.equal(reception.report().fractionLost, 64)
  for (const sequence of [14, 15]) reception.take(sequence, 0, 0, false)
  t.match(reception.report(), { fractionLost: 0, lost: 1 }, 'the share is of the time since')
  reception.take(40_000, 0, 0, false)
  t.match(reception.report(), { lost: 0, highest: 40_000 }, 'a sender that began anew')
})

const streamTo = (port: number): AudioStream => ({
  ...{ law: 'PCMU', audioType: 0, keyTypesReceived: [], ptimeMs: 20, direction: 'sendrecv' },
  remote: { address: '127.0.0.1', port },
})

/** What a session of these tests is made of, in a time that is moved by hand. */
function surroundings() {
  const scheduler = new HandScheduler()
  const time = { now: () => scheduler.nowMs, scheduler }
  const wheel = new SenderWheel(time)
  const around = {
    ...{ address: '127.0.0.1', ports: new PortRange(25_000, 25_998), trusted: () => false },
    ...{ wheel, time, random32: () => 2 ** 31, mediaTimeoutMs: 0, keyTones: false },
  }
  return { scheduler, around }
}

const silentListener = { keyPressed() {}, digit() {}, toneHeard() {}, mediaTimeout() {} }

t.test('§6.2 to §6.4: who sends reports as a sender, who does not as a receiver', async t => {
  const { scheduler, around } = surroundings()
  const told: (Report | undefined)[] = []
  const sentRaw: Buffer[] = []
  let bring: (datagram: Buffer) => void = () => {}
  const reports: ReportRoad = {
    send: datagram => {
      sentRaw.push(datagram)
      told.push(parseReports(datagram)?.[0])
    },
    listen: take => {
      bring = take
    },
  }
  const carrier = {
    port: 2,
    open: true,
    reports,
    listen() {},
    agree() {},
    send: () => true,
    close() {},
  }
  const session = new RtpSession(around, silentListener, carrier)
  scheduler.pass(60_000)
  t.equal(told.length, 0, 'before anything is agreed nobody is told anything')
  session.agree(streamTo(6_000))
  session.agree(streamTo(6_000))
  scheduler.pass(2_000)
  t.equal(told.length, 0)
  scheduler.pass(100)
  t.strictSame(
    told,
    [{ ssrc: 2 ** 31, blocks: [] }],
    'the first after half the interval, nobody heard',
  )

  for (const sequence of [1, 2, 4]) {
    const packet = parseRtp(packetOf({ ssrc: 9, sequence, timestamp: sequence * 160 }))
    if (packet) session.packet(packet)
  }
  const theirs = {
    ntpSeconds: 0x1234,
    ntpFraction: 0x56780000,
    timestamp: 0,
    packets: 1,
    octets: 1,
  }
  bring(formatReport({ ssrc: 9, sender: theirs, blocks: [] }, 'caller'))
  bring(Buffer.from('nonsense'))
  const octets = Buffer.alloc(160, 1)
  session.play({ next: () => octets })
  scheduler.pass(4_200)
  const [, second] = told
  const packets = second?.sender?.packets ?? 0
  t.ok(packets > 190 && packets <= session.counts.sent, `a sender: ${packets} packets by then`)
  t.equal(second?.sender?.octets, packets * 160)
  t.match(second?.blocks, [
    { ssrc: 9, fractionLost: 64, lost: 1, highest: 4, lastReport: 0x12345678 },
  ])
  const rest = (second?.blocks[0]?.sinceLastReport ?? 0) / 65_536
  t.ok(rest > 3.9 && rest < 4.2, `${rest} s after their report`)
  t.strictSame(session.reporter?.received, { packets: 1, octets: 28 + 20 })

  session.play(undefined)
  const { ntpSeconds = 0, ntpFraction = 0 } = second?.sender ?? {}
  const lastReport = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0
  scheduler.pass(1_000)
  const block = { ...BLOCK, ssrc: session.ssrc, lost: 3, lastReport, sinceLastReport: 32_768 }
  const askedMs = scheduler.nowMs - (ntpSeconds * 1_000 + (ntpFraction / 2 ** 32) * 1_000)
  bring(formatReport({ ssrc: 9, blocks: [block] }, 'caller'))
  t.equal(session.reporter?.lostThere, 3)
  const tripMs = session.reporter?.roundTripMs ?? 0
  t.ok(Math.abs(tripMs - (askedMs - 500)) < 1, `${tripMs} ms there and back`)
  scheduler.pass(4_200)
  scheduler.pass(4_200)
  t.equal(told.at(-1)?.sender, undefined, 'silent since: a receiver again')
  const before = sentRaw.length
  session.close()
  t.equal(sentRaw.length, before + 1, 'one last word')
  t.equal(parseReports(sentRaw.at(-1) ?? Buffer.alloc(0))?.length, 1, 'it begins with a report')
  const goodbye = Buffer.from('81cb000180000000', 'hex')
  t.strictSame(sentRaw.at(-1)?.subarray(-8), goodbye, '§6.6: and ends with a BYE')
  const count = told.length
  scheduler.pass(60_000)
  t.equal(told.length, count)
  t.equal(scheduler.pending, 0, 'and no timer is left')
})

t.test(
  '§11: reports go to and come from the port beside, and only the caller’s address',
  async t => {
    const { scheduler, around } = surroundings()
    const session = await RtpSession.open(around, silentListener)
    const phone = await bindFreePort('127.0.0.1', around.ports)
    const phoneReports = phone && (await bindPort('127.0.0.1', phone.port + 1))
    if (!session || !phone || !phoneReports) throw new Error('this test found no ports')
    const stranger = createSocket('udp4')
    stranger.bind(0, '127.0.0.2')
    await once(stranger, 'listening')
    session.agree(streamTo(phone.port))
    const arrived = once(phoneReports, 'message')
    scheduler.pass(2_100)
    const [datagram, from] = await arrived
    t.equal(parseReports(datagram)?.[0]?.ssrc, session.ssrc)
    t.equal(from.port, session.port + 1)
    const report = formatReport({ ssrc: 9, blocks: [] }, 'x')
    // The stranger's is sent, and so waits in the socket, before the caller's.
    await new Promise(sent => stranger.send(report, session.port + 1, '127.0.0.1', sent))
    phoneReports.send(report, session.port + 1, '127.0.0.1')
    await until(() => (session.reporter?.received.packets ?? 0) > 0)
    t.equal(session.reporter?.received.packets, 1, 'the caller’s alone')
    t.equal(session.counts.received + session.counts.refused, 0, 'none of it is audio')
    session.close()
    for (const socket of [phone.socket, phoneReports, stranger]) socket.close()
    around.wheel.close()
  },
)

t.test('without the port beside there are no reports, and the call goes on', async t => {
  const { around } = surroundings()
  const taken = await bindPort('127.0.0.1', 25_901)
  const carrier = await UdpCarrier.open({ ...around, ports: new PortRange(25_900, 25_900) })
  t.equal(carrier?.port, 25_900)
  t.equal(carrier?.reports, undefined)
  carrier?.close()
  taken?.close()
})

t.test(
  '§6.3.7: who has sent nothing says no goodbye; who has, does so from a port that closes',
  async t => {
    const { around } = surroundings()
    const phone = await bindFreePort('127.0.0.1', around.ports)
    const phoneReports = phone && (await bindPort('127.0.0.1', phone.port + 1))
    const silent = await RtpSession.open(around, silentListener)
    const speaker = await RtpSession.open(around, silentListener)
    if (!phone || !phoneReports || !silent || !speaker) throw new Error('this test found no ports')
    t.teardown(() => {
      for (const socket of [phone.socket, phoneReports]) socket.close()
      around.wheel.close()
    })
    const arrived = once(phoneReports, 'message')
    silent.agree(streamTo(phone.port))
    silent.close()
    speaker.agree(streamTo(phone.port))
    const octets = Buffer.alloc(160, 1)
    speaker.play({ next: () => octets })
    speaker.turn(1)
    speaker.close()
    const [datagram] = await arrived
    const goodbye = Buffer.alloc(8)
    goodbye.writeUInt32BE(0x81cb0001, 0)
    goodbye.writeUInt32BE(speaker.ssrc, 4)
    t.strictSame(datagram.subarray(-8), goodbye)
    t.equal(parseReports(datagram)?.[0]?.sender?.packets, 1, 'with what was sent in all')
  },
)

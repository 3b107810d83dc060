import { createServer, type Socket } from 'node:net'
import { encodeFrame, FrameReader } from '../../engines/signalling/port/frame.js'
import { formatReplyFrame, type ReplyFrame } from '../../engines/signalling/port/reply-frame.js'
import { sdp } from './raw-phone.js'

/** The INVITE of a caller, as an engine delivers it. */
const INVITE = [
  'INVITE sip:1400@127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bKone',
  'From: <sip:phone@127.0.0.1>;tag=phone',
  'To: <sip:1400@127.0.0.1>',
  'Call-ID: one',
  'CSeq: 1 INVITE',
  'Contact: <sip:phone@127.0.0.1:5062>',
  'Content-Type: application/sdp',
  '',
  sdp(4_000),
].join('\r\n')

const PASSAGE = {
  bytes: INVITE.length,
  protocol: 'udp',
  address: '127.0.0.1',
  port: 5062,
  time: '00:00:00.000000',
}

/**
 * An engine that lets an application in and brings it a call. It is killed as soon as it gets an answer,
 * and never tells what became of it; or when it has told that an INVITE of the application's is on its
 * way. Resolves to its port.
 */
export function vanishingEngine(t: { teardown(end: () => unknown): unknown }): Promise<number> {
  const server = createServer(socket => serve(socket))
  t.teardown(() => server.close())
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
}

function serve(socket: Socket): void {
  const reader = new FrameReader()
  const send = (frame: ReplyFrame) => socket.write(encodeFrame(formatReplyFrame('m', frame)))
  socket.on('error', () => {})
  socket.on('data', chunk => {
    const reading = reader.read(chunk)
    for (const payload of reading.outcome === 'payloads' ? reading.payloads : []) {
      const [to = '', verb, word] = payload.split(/[|\r]/)
      if (verb === 'sip') {
        if (payload.includes('INVITE sip:')) send(sent(to))
        return void socket.end()
      }
      send({ kind: 'ok', to, fields: verb === 'authenticate' ? ['udp/127.0.0.1:5060'] : [] })
      if (word === 'invite') send(delivery())
    }
  })
}

const sent = (to: string): ReplyFrame => ({
  kind: 'request_sent',
  to,
  passage: PASSAGE,
  transactionId: 'ours',
  message: Buffer.from(INVITE),
})

const delivery = (): ReplyFrame => ({
  kind: 'delivery',
  source: 'network',
  passage: PASSAGE,
  transactionId: 'transaction',
  dialogId: '',
  receivedOn: { host: '127.0.0.1', port: 5060 },
  message: Buffer.from(INVITE),
})

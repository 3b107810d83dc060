import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { MeasuredEngine } from '../test/support/measured-engine.js'
import type { Owner } from '../test/support/sip-peer.js'
import { runSippScenario } from '../test/support/sipp.js'
import { alone } from './alone.js'
import { loadAverage, machine } from './machine.js'
import { cpuMsOf } from './process-cost.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly rate: number
  readonly rounds: number
  readonly seconds: number
}

/** How long each call hears its tone, in ms, and in packets of 20 ms. */
const TONE_MS = 2_000
const TONE_PACKETS = TONE_MS / 20

/** Of the packets of the tones so many must come; what hears them is one socket for all. */
const HEARD = 0.99

/** Longest that SIPp waits for its last call, in s. */
const PATIENCE_S = 30

const LOOPBACK = '127.0.0.1'

/** What one round came to. */
interface Round {
  readonly calls: number
  readonly failed: number
  readonly retransmissions: number
  /** Of the packets that the tones are made of, how many came. */
  readonly heard: number
  /** Processor time for a call, in ms: of the engine, and of the application. */
  readonly engineMs: number
  readonly applicationMs: number
}

/** `event-socket-calls`: the call of a modesl application, at a rate. */
export const eventSocketCalls = (): Command =>
  new Command('event-socket-calls')
    .summary('200 calls a second that a modesl application answers, plays a tone to and hangs up')
    .description(
      'SIPp makes 200 calls a second to a media engine, which hands each to a modesl application over a\n' +
        'connection of its own: it answers, plays a tone of two seconds, and hangs up. The rounds are each other’s\n' +
        'control; FreeSWITCH is no package of npm or Debian, so no peer runs beside. SIPp must be installed. The\n' +
        'exit code is 0 when every call was answered and hung up, nothing was sent again, and 99 % of the packets\n' +
        'of the tones came.',
    )
    .option('--rate <number>', 'calls a second', wholeNumber(1, 1_000), 200)
    .option(
      '--rounds <number>',
      'how many rounds; one more, the first, is dropped',
      wholeNumber(1, 20),
      3,
    )
    .option('--seconds <number>', 'how long calls are made in a round', wholeNumber(1, 60), 8)
    .action(async (options: Options) => {
      process.exitCode = (await alone(owner => run(owner, options))) ? 0 : 1
    })

async function run(owner: Owner, { rate, rounds, seconds }: Options): Promise<boolean> {
  const loadBefore = loadAverage()
  const application = await startApplication(owner)
  const engine = await MeasuredEngine.start(owner, {
    engine: 'media',
    secret: 'the secret of a bench',
    dialplan: [
      { destination: 'tone', actions: [['socket', `${LOOPBACK}:${application.port} async full`]] },
    ],
  })
  const listener = await listen(owner)
  const measured: Round[] = []
  for (let round = 0; round <= rounds; round++) {
    const [engineBefore, applicationBefore] = [cpuMsOf(engine.pid), cpuMsOf(application.pid)]
    const heardBefore = listener.packets
    const calls = rate * seconds
    const { successful, retransmissions } = await runSippScenario(scenario(listener.port), [
      `${LOOPBACK}:${engine.sipPort}`,
      ...['-s', 'tone', '-i', LOOPBACK, '-r', `${rate}`, '-m', `${calls}`, '-l', `${calls}`],
      ...['-timeout', `${seconds + PATIENCE_S}s`],
    ])
    console.error(`round ${round} of ${rounds}`)
    if (round === 0) continue
    measured.push({
      ...{ calls, retransmissions },
      failed: calls - successful,
      heard: (listener.packets - heardBefore) / (calls * TONE_PACKETS),
      engineMs: (cpuMsOf(engine.pid) - engineBefore) / calls,
      applicationMs: (cpuMsOf(application.pid) - applicationBefore) / calls,
    })
  }
  tell(rate, measured)
  const line = { bench: 'event-socket-calls', at: new Date().toISOString(), rate, rounds, seconds }
  const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
  console.log(JSON.stringify({ ...line, measured, ...around }))
  return measured.every(
    ({ failed, retransmissions, heard }) => failed === 0 && retransmissions === 0 && heard >= HEARD,
  )
}

async function startApplication(owner: Owner): Promise<{ port: number; pid: number }> {
  const entry = fileURLToPath(new URL('event-socket-calls/application.js', import.meta.url))
  const application = fork(entry, [`tone_stream://%(${TONE_MS},0,440)`])
  const ended = once(application, 'exit')
  owner.teardown(async () => {
    if (application.connected) application.disconnect()
    await ended
  })
  const [port] = await once(application, 'message')
  return { port, pid: application.pid ?? 0 }
}

/** One socket that hears the tones of all calls, and counts. */
async function listen(owner: Owner): Promise<{ readonly port: number; readonly packets: number }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1_048_576 })
  const counted = { port: 0, packets: 0 }
  socket.on('message', () => counted.packets++)
  socket.bind(0, LOOPBACK)
  await once(socket, 'listening')
  owner.teardown(() => socket.close())
  counted.port = socket.address().port
  return counted
}

/** A caller who waits until it is hung up on. */
const scenario = (audioPort: number): string => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="tone">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio ${audioPort} RTP/AVP 0
]]></send>
<recv response="100" optional="true"/>
<recv response="200"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`

function tell(rate: number, rounds: readonly Round[]): void {
  const row = (name: string, ...cells: readonly string[]) =>
    console.log(`${name.padEnd(40)}${cells.map(cell => cell.padStart(10)).join('')}`)
  const each = (of: (round: Round) => string) => rounds.map(of)
  row(`${rate} calls/s`, ...rounds.map((_, n) => `round ${n + 1}`))
  row('calls', ...each(({ calls }) => `${calls}`))
  row('calls that failed', ...each(({ failed }) => `${failed}`))
  row('messages sent again', ...each(({ retransmissions }) => `${retransmissions}`))
  row('packets of the tones that came, %', ...each(({ heard }) => (heard * 100).toFixed(1)))
  row('CPU of the engine, ms a call', ...each(({ engineMs }) => engineMs.toFixed(2)))
  row('CPU of the application, ms a call', ...each(({ applicationMs }) => applicationMs.toFixed(2)))
}

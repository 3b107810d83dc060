import { randomInt } from 'node:crypto'
import { getPriority } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { Command } from 'commander'
import type { SipResponse } from '../engines/signalling/sip/message.js'
import { parseSdp } from '../platform/sdp.js'
import { Pacer } from '../switch-sim/handset/pacer.js'
import { RtpPort } from '../switch-sim/handset/rtp-port.js'
import { MeasuredEngine } from '../test/support/measured-engine.js'
import { RawPhone, sdp } from '../test/support/raw-phone.js'
import type { Owner } from '../test/support/sip-peer.js'
import { alone } from './alone.js'
import { evennessOf, StreamJitter } from './jitter.js'
import { loadAverage, machine } from './machine.js'
import { cpuMsOf } from './process-cost.js'
import { type RawRound, RawStreams } from './raw-streams.js'
import { type Side, sideBySide } from './side-by-side.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly calls: number
  readonly rounds: number
  readonly seconds: number
}

const LOOPBACK = '127.0.0.1'

/** A tone without end, so that the engine sends as long as the call lasts. */
const TONE = 'tone_stream://v=-13;%(1000,0,400);loops=-1'

/** Rest between two rounds, so that one does not hear the end of the other, in ms. */
const REST_MS = 500

/** The raw sender's processor time over the engine's (bench Q7). */
const GOAL = 0.6

/** An A/A control outside of these says that the machine was too busy to compare anything on. */
const CONTROL_MIN = 0.95
const CONTROL_MAX = 1.05

/** `rtp-calls`: bench Q7. */
export const rtpCalls = (): Command =>
  new Command('rtp-calls')
    .summary('500 calls with audio both ways in one process, beside a raw sender')
    .description(
      'Makes 500 calls to a media engine in a process of its own, which plays a tone to each and hears quiet from\n' +
        'each; in turns with the calls (A B B A …) a raw node:dgram sender of as many streams. Prints a table of how\n' +
        'evenly packets came and what the sender cost, and one line of JSON. The exit code is 0 when every call was\n' +
        'answered and no packet of it was lost.',
    )
    .option('--calls <number>', 'how many at once', wholeNumber(1, 1_000), 500)
    .option('--rounds <number>', 'rounds of each side, an even number', wholeNumber(2, 20), 2)
    .option('--seconds <number>', 'how long each round is', wholeNumber(1, 60), 8)
    .action(async (options: Options) => {
      process.exitCode = (await alone(owner => run(owner, options))) ? 0 : 1
    })

/** What either side came to in a round. */
type Round = RawRound

async function run(owner: Owner, { calls, rounds, seconds }: Options): Promise<boolean> {
  const loadBefore = loadAverage()
  const engine = await MeasuredEngine.start(owner, {
    engine: 'media',
    secret: 'the secret of a bench',
    dialplan: [
      {
        destination: 'tone',
        actions: [
          ['answer', ''],
          ['playback', TONE],
        ],
      },
    ],
  })
  const raw = await RawStreams.open(calls, getPriority())
  owner.teardown(() => raw.close())
  const pacer = new Pacer(() => performance.now())
  const ofCalls: Round[] = []
  const ofRaw: Round[] = []
  for (const side of turns(rounds)) {
    if (side === 'calls') ofCalls.push(await callsRound(engine, pacer, calls, seconds))
    else ofRaw.push(await raw.round(pacer, seconds))
    console.error(`${side}: ${(side === 'calls' ? ofCalls : ofRaw).length} of ${rounds}`)
    await after(REST_MS)
  }
  const ratio = costOf(ofRaw) / costOf(ofCalls)
  const control = { calls: controlOf(ofCalls), raw: controlOf(ofRaw) }
  const [product, floor] = [sideOf(ofCalls), sideOf(ofRaw)]
  console.log(sideBySide(product, floor).join('\n'))
  console.log(`CPU, raw : product ${ratio.toFixed(2)} (goal ${GOAL})`)
  console.log(`A/A control: calls ${control.calls.toFixed(2)}, raw ${control.raw.toFixed(2)}`)
  if (Object.values(control).some(one => one < CONTROL_MIN || one > CONTROL_MAX))
    console.log('NOISY: rounds of one side differ.')
  const line = { bench: 'rtp-calls', at: new Date().toISOString(), calls, rounds, seconds }
  const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
  console.log(JSON.stringify({ ...line, ratio, control, product, raw: floor, ...around }))
  return product.lost === 0 && product.streams === calls * rounds
}

/** A B B A A B B A …: neither side has the earlier half. */
const turns = (rounds: number): ('calls' | 'raw')[] =>
  Array.from({ length: rounds }, (_, n) =>
    n % 2 === 0 ? (['calls', 'raw'] as const) : (['raw', 'calls'] as const),
  ).flat()

/** Calls that are all up before anything is measured, and end after it. */
async function callsRound(
  engine: MeasuredEngine,
  pacer: Pacer,
  calls: number,
  seconds: number,
): Promise<Round> {
  return alone(async owner => {
    const phone = await RawPhone.open(engine.sipPort)
    owner.teardown(() => phone.close())
    const random = (bound: number) => randomInt(bound)
    const ends = await Promise.all(
      Array.from({ length: calls }, () => RtpPort.open({ address: LOOPBACK, pacer, random })),
    )
    owner.teardown(() => {
      for (const end of ends) end.close()
    })
    const answers: SipResponse[] = []
    for (const end of ends) answers.push(await answeredCall(phone, end))
    const streams = ends.map(() => new StreamJitter())
    const lostBefore = lostOf(ends)
    const [cpuMs, beganMs] = [cpuMsOf(engine.pid), performance.now()]
    for (const [n, end] of ends.entries()) {
      end.onHeard(packet => streams[n]?.accept(packet, performance.now()))
    }
    await after(seconds * 1_000)
    for (const end of ends) end.onHeard(() => {})
    const measured = {
      cpuMs: cpuMsOf(engine.pid) - cpuMs,
      measuredSeconds: (performance.now() - beganMs) / 1_000,
      lost: lostOf(ends) - lostBefore,
    }
    for (const answer of answers) {
      phone.askIn(answer, 'BYE', 2)
      await phone.answer()
    }
    return { streams, ...measured }
  })
}

let dialled = 0

/** A call that is up, with quiet on its way to the engine. */
async function answeredCall(phone: RawPhone, end: RtpPort): Promise<SipResponse> {
  phone.ask('INVITE', `rtp-${dialled++}`, { user: 'tone', body: sdp(end.port) })
  const answer = await phone.answer()
  if (answer.status !== 200) throw new Error(`a call was answered with ${answer.status}`)
  phone.askIn(answer, 'ACK', 1)
  end.agree({
    law: 'PCMU',
    audioType: 0,
    keyTypesReceived: [],
    remote: { address: LOOPBACK, port: parseSdp(answer.body.toString())?.media[0]?.port ?? 0 },
    direction: 'sendrecv',
    ptimeMs: 20,
  })
  return answer
}

const lostOf = (ends: readonly RtpPort[]): number =>
  ends.reduce((sum, end) => sum + end.heard.lostPackets, 0)

/** Processor time of the sender for a second of one stream, in ms. */
const costOf = (rounds: readonly Round[]): number =>
  rounds.reduce((sum, one) => sum + one.cpuMs, 0) /
  rounds.reduce((sum, one) => sum + one.streams.length * one.measuredSeconds, 0)

/** One half of a side's rounds over the other: what the machine does alone. */
const controlOf = (rounds: readonly Round[]): number =>
  costOf(rounds.filter((_, n) => n % 2 === 0)) / costOf(rounds.filter((_, n) => n % 2 === 1))

const sideOf = (rounds: readonly Round[]): Side => ({
  ...evennessOf(rounds.flatMap(({ streams }) => streams)),
  lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
  cpuMsPerStreamSecond: costOf(rounds),
})

import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { type ClipFile, phrase, TONES } from '../../guidance-audio/phrase.js'
import { ivr } from '../../ivr/main.js'
import { SetClock } from '../../platform/clock.js'
import { readWav, wavAs } from '../../platform/rtp/wav.js'
import { freshHome } from '../support/fresh-home.js'
import { mediaBench } from '../support/media-bench.js'
import { scpSocketOf } from '../support/scp-socket.js'

const TOKEN = '0123456789abcdef0123456789abcdef'
const PIN = '72345678901234'

/** ivr between an scp of the test and this repository's own media engine, whose time runs ten times faster. */
async function network(t: Test) {
  const scp = await scpSocketOf(t, ({ path }) => {
    if (path.endsWith('/permission')) {
      return { status: 200, body: { outcome: 'permitted', registered: 0, remaining: 50_000 } }
    }
    const bought = { faceValue: 3_000, registered: 3_000, chargedAt: 1 }
    return { status: 200, body: { outcome: 'redeemed', ...bought } }
  })
  const home = freshHome(t)
  symlinkSync(scp.path, join(home.sockets, 'scp.sock'))
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const running = await ivr.start({
    home,
    given: { MCSCP_IVR_PORT: '0' },
    clock: new SetClock(epochMs(0)),
    log,
  })
  t.teardown(() => running.close())
  const bench = mediaBench(CLIPS_FOLDER)
  t.teardown(() => bench.close())
  const call = () =>
    bench.call([
      ['set', `sip_h_X-Call-Session=${TOKEN}`],
      ['socket', `${running.listening['event socket']} async full`],
    ])
  return { bench, call, logged, running, questions: scp.questions }
}

/** What a clip sounds like on the wire. */
function samplesOf(clip: ClipFile): Buffer {
  const read = readWav(readFileSync(join(CLIPS_FOLDER, clip)))
  if (read.outcome !== 'read') throw new Error(`${clip} cannot be read`)
  return wavAs('PCMU', read.wav)
}

/** Finds clips in what was heard, each after the other; returns the first that is missing. */
function missing(heard: Buffer, clips: readonly ClipFile[]): ClipFile | undefined {
  let at = 0
  return clips.find(clip => {
    const samples = samplesOf(clip)
    const found = heard.indexOf(samples, at)
    at = found + samples.length
    return found < 0
  })
}

t.test(
  'on our own media engine a card is charged, and the caller hears it sample by sample',
  async t => {
    const { bench, call, logged, questions } = await network(t)
    const { leg, channel } = call()
    leg.press(`${PIN}#`)
    await channel.ended
    const heard = Buffer.concat(leg.heard)
    const success = phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(3_000) })
    const clips = [...success, ...phrase('ja', 'next-card'), ...phrase('ja', 'goodbye')]
    t.equal(missing(heard, clips), undefined, 'every clip is there, whole and in order')
    t.strictSame(
      leg.deeds.filter(deed => deed === '200' || deed.startsWith('BYE')),
      ['200', 'BYE NORMAL_CLEARING'],
    )
    t.strictSame(
      questions.flatMap(({ body }) => (body ? [JSON.parse(body)] : [])),
      [{ pin: PIN }],
      'all digits, each once',
    )
    for (const line of [...logged, ...bench.logged]) t.notMatch(line, PIN.slice(0, 8))
  },
)

t.test(
  'a number begun again is still too short, and what was typed after it is no number',
  async t => {
    const { call, questions } = await network(t)
    const { leg, channel } = call()
    leg.press(`12*34#${PIN}#`)
    const told = phrase('ja', 'too-few-digits')
    for (let turn = 0; turn < 1_000; turn += 1) {
      if (missing(Buffer.concat(leg.heard), told) === undefined) break
      await nextTurn()
    }
    leg.hangUp()
    await channel.ended
    const heard = Buffer.concat(leg.heard)
    t.equal(missing(heard, told), undefined)
    t.equal(missing(heard, [TONES.cleared]), TONES.cleared, 'the tone was cut by the next key')
    t.ok(questions.every(({ body }) => body === ''))
  },
)

t.test('the caller hangs up, or the engine is lost: the dialogue ends', async t => {
  const { bench, call, logged } = await network(t)
  const endings = () => logged.filter(line => line.includes('charge call ended')).length
  const left = call()
  await heardSomething(left.leg.heard)
  left.leg.hangUp()
  await left.channel.ended
  const cut = call()
  await heardSomething(cut.leg.heard)
  await bench.switchboard.close()
  for (let turn = 0; endings() < 2 && turn < 2_000; turn += 1) await nextTurn()
  t.equal(endings(), 2)
})

async function heardSomething(heard: readonly unknown[]): Promise<void> {
  while (heard.length === 0) await nextTurn()
}

const nextTurn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5))

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Action } from '../../../engines/media/channel/channel.js'
import { HeardAudio } from '../../../engines/media/recording/heard-audio.js'
import { recordingPath, WavFile } from '../../../engines/media/recording/wav-file.js'
import { decodeG711 } from '../../../platform/rtp/g711.js'
import { linearOf, readWav } from '../../../platform/rtp/wav.js'
import { packetOf, until } from '../../support/audio-phone.js'
import { mediaBench } from '../../support/media-bench.js'
import { audioPortOf, channelOf, engines, offer } from '../../support/media-engine-rig.js'

t.setTimeout(120_000)

/** A frame of one octet, all through. */
const frame = (octet: number, timestamp: number, samples = 160) => ({
  law: 'PCMU' as const,
  payload: Buffer.alloc(samples, octet),
  timestamp: timestamp >>> 0,
})

const LOUD = 0x80
const LEVEL = decodeG711('PCMU', Buffer.of(LOUD))[0] ?? 0

t.test('what was heard stands in its place, whatever the network did', async t => {
  /** `3` frame 3 loud; each frame that is given back is told as `l`, silence as `-`. */
  const run = (script: string, from = 0) => {
    const audio = new HeardAudio()
    const parts = script.split(' ').map(word => audio.take(frame(LOUD, from + Number(word) * 160)))
    const all = [...parts, audio.finish()].flatMap(part => [...part])
    t.equal(audio.samples, all.length)
    return Array.from({ length: Math.ceil(all.length / 160) }, (_, at) =>
      all[at * 160] === LEVEL ? 'l' : '-',
    ).join('')
  }
  // biome-ignore format: table
  for (const [script, heard, because] of [
    ['0 1 2 3',                     'llll',                        'in order'],
    ['0 2 1 3',                     'llll',                        'out of order'],
    ['0 1 1 3',                     'll-l',                        'doubled, and one lost'],
    ['0 4 20',                      'l---l---------------l',       'silence that was never sent'],
    ['0 20 1',                      'l-------------------l',       'too late to find its place'],
    ['0 100000 100001',             'lll',                         'a new time line goes on at once'],
    ['0 1 -900000 -899999',         'llll',                        'backwards too'],
  ] as const) {
    t.equal(run(script), heard, because)
    t.equal(run(script, 2 ** 32 - 320), heard, `${because}, across the wrap`)
  }
})

t.test('nothing is recorded outside the folder', async t => {
  // biome-ignore format: table
  for (const [folder, name, path] of [
    ['/r',      'a.wav',        '/r/a.wav'],
    ['/r',      'b/c.WAV',      '/r/b/c.WAV'],
    ['/r',      '/r/d.wav',     '/r/d.wav'],
    ['/r',      '../a.wav',     undefined],
    ['/r',      '/etc/a.wav',   undefined],
    ['/r',      'a.mp3',        undefined],
    ['/r',      'a.wav\0',      undefined],
    [undefined, 'a.wav',        undefined],
  ] as const) {
    t.equal(recordingPath(folder, name), path, JSON.stringify(name))
  }
})

/** Runs actions on a call whose caller speaks, loud or softly, once it is recorded. */
async function recorded(folder: string | undefined, actions: readonly Action[], octet = LOUD) {
  const bench = mediaBench('.', 20, folder)
  const { leg, channel } = bench.call(actions)
  let timestamp = 0
  while (!channel.hungUp && channel.variable('silence_hits_exhausted') === undefined) {
    await new Promise(setImmediate)
  }
  await until(() => channel.hungUp || leg.speak(frame(octet, 0)))
  // Half a minute of speech at once: time is the timestamps' affair.
  while (leg.speak(frame(octet, timestamp)) && timestamp < 30 * 8_000) timestamp += 160
  if (channel.variable('silence_hits_exhausted') === 'false') leg.press('5*')
  await channel.ended
  await bench.close()
  return { leg, channel }
}

const facts = [
  'record_seconds',
  'record_ms',
  'record_samples',
  'playback_terminator_used',
  'silence_hits_exhausted',
]

t.test('record: until a key, until silence, and what it leaves', async t => {
  const folder = t.testdir({})
  // biome-ignore format: table
  for (const [argument, octet, left, because] of [
    ['a/keyed.wav',              LOUD, ['30', '30020', '240160', '*', 'false'], 'a terminator; other keys are lost'],
    ['loud.wav 60 200 5',        LOUD, ['30', '30020', '240160', '*', 'false'], 'never silent'],
    ['soft.wav 60 200 5',        0xfe, ['5', '5200', '41600', undefined, 'true'], 'five seconds of silence'],
    ['soft3.wav 60 200',         0xfe, ['3', '3200', '25600', undefined, 'true'], 'three unless said'],
  ] as const) {
    const { channel } = await recorded(folder, [['answer', ''], ['record', argument]], octet)
    t.strictSame(facts.map(name => channel.variable(name)), left, because)
    const [name = ''] = argument.split(' ')
    const reading = readWav(readFileSync(join(folder, name)))
    if (reading.outcome !== 'read') throw new Error(reading.outcome)
    const samples = linearOf(reading.wav)
    t.equal(samples.length, Number(left[2]), 'as many as it says')
    t.equal(samples[100], octet === LOUD ? LEVEL : decodeG711('PCMU', Buffer.of(octet))[0])
  }
})

t.test(
  'record: the caller hangs up; the limit; what may not be recorded ends the call',
  async t => {
    const folder = t.testdir({})
    const bench = mediaBench('.', 20, folder)
    const { leg, channel } = bench.call([
      ['answer', ''],
      ['record', 'gone.wav'],
    ])
    await until(() => leg.speak(frame(LOUD, 0)))
    leg.hangUp()
    await channel.ended
    t.equal(channel.variable('record_samples'), '160')
    t.equal(readFileSync(join(folder, 'gone.wav')).length, 44 + 320)
    const limited = bench.call([
      ['answer', ''],
      ['record', 'limited.wav +1'],
    ])
    await limited.channel.ended
    t.equal(limited.channel.variable('record_samples'), '0', 'nobody spoke')
    await bench.close()
    for (const [into, name] of [
      [undefined, 'a.wav'],
      [folder, '../a.wav'],
      [folder, ''],
    ] as const) {
      const { leg } = await recorded(into, [
        ['answer', ''],
        ['record', name],
      ])
      t.strictSame(leg.deeds, ['200', 'BYE DESTINATION_OUT_OF_ORDER'], name)
    }
    t.strictSame(readdirSync(folder).sort(), ['gone.wav', 'limited.wav'])
    t.notOk(existsSync(join(folder, '..', 'a.wav')))
  },
)

t.test('a disk that refuses is told, and nothing more is written', async t => {
  const file = await WavFile.create(join(t.testdir({}), 'x.wav'))
  await file.close()
  file.append(new Int16Array(10))
  await file.close().catch(() => undefined)
  t.ok(file.failed)
  await t.rejects(WavFile.create('/dev/null/x.wav'))
})

const engine = engines(t)

t.test('a call is recorded from its packets, key packets left out', async t => {
  const folder = t.testdir({})
  const { media, sip, audio, close } = await engine(9, {
    recordings: folder,
    dialplan: [
      {
        destination: 'mail',
        actions: [
          ['answer', ''],
          ['record', 'mail.wav'],
        ],
      },
    ],
  })
  t.teardown(close)
  sip.ask('INVITE', 'mail-1', { user: 'mail', body: offer(audio.port) })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  // Set in the moment when it begins to listen.
  await until(() => channel.variable('silence_hits_exhausted') === 'false')
  const toPort = audioPortOf(answer)
  const spoken = [0, 1, 2, 3, 4].map(at =>
    packetOf({ ssrc: 5, sequence: at, timestamp: at * 160, payload: Buffer.alloc(160, LOUD) }),
  )
  await audio.send(toPort, spoken)
  await audio.press(toPort, '*', { ssrc: 5, timestamp: 800 })
  const bye = await sip.request()
  sip.reply(bye, '200 OK')
  await channel.ended
  const reading = readWav(readFileSync(join(folder, 'mail.wav')))
  if (reading.outcome !== 'read') throw new Error(reading.outcome)
  const samples = linearOf(reading.wav)
  t.equal(samples.length, 800, 'all that was said')
  t.ok(samples.every(sample => sample === LEVEL))
})

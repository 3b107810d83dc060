import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Channel, Gone } from '../../ivr/channel.js'
import { type ClipPath, isPlayableFolder, promptOf, quoted } from '../../ivr/clip-prompt.js'
import { EventSocket } from '../../ivr/event-socket.js'
import { type Execution, FakeFreeswitch, type Reaction } from '../support/fake-freeswitch.js'
import { fixtureFolder, skipForWant } from '../support/fixtures.js'
import { readRecording, sentBy } from '../support/wire-recording.js'

const CLIP = 'ja/welcome.wav'
const OTHER = 'ja/locked.wav'

/** Every clip in one folder. */
const within = (folder: string) => (clip: string) => `${folder}/${clip}`

/** Where the media engine hands its calls over, with those that came and what was logged. */
async function listen(t: Test, changed: { callsMax?: number; clipPaths?: () => ClipPath } = {}) {
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const channels: Channel[] = []
  const waiting: ((channel: Channel) => void)[] = []
  const eventSocket = await EventSocket.listen(
    {
      address: '127.0.0.1',
      port: 0,
      clipPaths: () => within('/clips'),
      callsMax: 10,
      ...changed,
    },
    log,
    channel => {
      const next = waiting.shift()
      if (next) next(channel)
      else channels.push(channel)
    },
  )
  t.teardown(() => eventSocket.close())
  const port = Number(eventSocket.address.split(':').at(-1))
  const next = (): Promise<Channel> => {
    const channel = channels.shift()
    return channel ? Promise.resolve(channel) : new Promise(resolve => waiting.push(resolve))
  }
  return { eventSocket, port, next, logged }
}

/** A call that was taken. */
async function taken(t: Test, react?: (execution: Execution) => Reaction) {
  const socket = await listen(t)
  const far = await FakeFreeswitch.call(socket.port, react, {
    'X-Call-Session': '0123456789abcdef0123456789abcdef',
    'X-Language': 'en',
  })
  return { ...socket, far, channel: await socket.next() }
}

const goneOf = (channel: Channel): Promise<Gone> => new Promise(resolve => channel.onGone(resolve))

t.test(
  'nothing is executed before all three agreements, and no foreign event is asked for',
  async t => {
    const { far, channel } = await taken(t)
    t.strictSame(
      far.commands.map(({ line }) => line),
      ['connect', 'myevents json', 'event json BACKGROUND_JOB CHANNEL_EXECUTE_COMPLETE'],
      'myevents before the events of every channel',
    )
    t.equal(channel.callSession, '0123456789abcdef0123456789abcdef')
    t.equal(channel.language, 'en')
    t.ok(far.wholeSegments, 'a command leaves in one piece')
  },
)

t.test('before the answer keys are made secret, and playing uncuttable', async t => {
  const { far, channel } = await taken(t)
  t.equal(await channel.answer(), 'answered')
  t.strictSame(far.executed, ['set sensitive_dtmf=true', 'set playback_terminators=none', 'answer'])
  t.ok(far.wholeSegments)
})

t.test('one key at a time, its variable unset at once', async t => {
  const keys = ['5', '#', '*', '', 'D', 'x']
  const { far, channel } = await taken(t, ({ application }) => {
    if (application !== 'play_and_get_digits') return {}
    const key = keys.shift()
    return key ? { variables: { d: key } } : {}
  })
  const read = 'play_and_get_digits 1 1 1'
  // biome-ignore format: table
  for (const [clips, waitMs, key, executed, because] of [
    [[CLIP, OTHER], 5_000,   '5',       [`${read} 5000 none file_string:///clips/ja/welcome.wav!/clips/ja/locked.wav silence_stream://10 d`, 'unset d'], 'a digit cuts the prompt'],
    [[],            1_500,   '#',       [`${read} 1500 none silence_stream://10 silence_stream://10 d`, 'unset d'], '# is a key, not a terminator'],
    [[],            1_499.2, '*',       [`${read} 1500 none silence_stream://10 silence_stream://10 d`, 'unset d'], 'whole ms'],
    [[],            0,       undefined, [`${read} 1 none silence_stream://10 silence_stream://10 d`],              'no key: nothing to unset'],
    [[],            1,       'D',       [`${read} 1 none silence_stream://10 silence_stream://10 d`, 'unset d'],   'all sixteen keys'],
    [[],            1,       undefined, [`${read} 1 none silence_stream://10 silence_stream://10 d`, 'unset d'],   'what is no key is none'],
  ] as const) {
    far.executions.length = 0
    t.equal(await channel.readKey(clips, waitMs), key, because)
    t.strictSame(far.executed, executed, because)
  }
})

t.test('notices are played to the end, as one file', async t => {
  const { far, channel, logged } = await taken(t, ({ argument }) => ({
    response: argument.includes('locked') ? 'FILE NOT FOUND' : 'FILE PLAYED',
  }))
  t.equal(await channel.play([CLIP, 'ja/goodbye.wav']), 'played')
  t.strictSame(far.executed, ['playback file_string:///clips/ja/welcome.wav!/clips/ja/goodbye.wav'])
  t.notMatch(logged.join(), /clip not found/)
  t.equal(await channel.play([OTHER]), 'played', 'a missing clip does not stop the call')
  t.match(logged.join(), /clip not found/)
  await channel.flushKeys()
  t.equal(far.executed.at(-1), 'flush_dtmf')
})

t.test('clips are named so that the media engine reads them as one argument', async t => {
  t.equal(promptOf(within('/a b'), []), 'silence_stream://10')
  t.equal(quoted(promptOf(within('/a b'), [CLIP])), "'file_string:///a b/ja/welcome.wav'")
  t.equal(quoted(promptOf(within('/ab'), [CLIP])), 'file_string:///ab/ja/welcome.wav')
  // biome-ignore format: table
  for (const [folder, playable] of [
    ['/a b/カード', true], ["/it's", false], ['/a!b', false], ['/$x', false], ['/a\nb', false],
    ['C:\\clips', false],
  ] as const) t.equal(isPlayableFolder(folder), playable, folder)
})

t.test('a hang-up is noticed in every state, however it comes', async t => {
  const runsOn = (application: string) => (one: Execution) =>
    one.application === application ? 'runs_on' : { variables: { d: '1' } }
  const ways: readonly [string, Gone, (far: FakeFreeswitch) => void][] = [
    ['the caller hangs up', 'hung_up', far => far.hangUp()],
    ['a disconnect notice', 'hung_up', far => far.notice()],
    ['the connection ends', 'link_lost', far => far.end()],
    ['the connection breaks', 'link_lost', far => far.reset()],
  ]
  for (const [how, why, leave] of ways) {
    const states: readonly [string, (channel: Channel) => Promise<unknown>, unknown][] = [
      ['set', channel => channel.answer(), 'gone'],
      ['answer', channel => channel.answer(), 'gone'],
      ['playback', channel => channel.play([CLIP]), 'gone'],
      ['play_and_get_digits', channel => channel.readKey([CLIP], 5_000), 'gone'],
      ['unset', channel => channel.readKey([CLIP], 5_000), 'gone'],
      ['flush_dtmf', channel => channel.flushKeys(), undefined],
    ]
    for (const [application, run, outcome] of states) {
      const { far, channel } = await taken(t, runsOn(application))
      const running = run(channel)
      await far.until(application)
      leave(far)
      t.equal(await goneOf(channel), why, `${how} during ${application}`)
      t.equal(await running, outcome)
      t.equal(await channel.play([CLIP]), 'gone', 'and whatever is asked after it')
      await far.closed
    }
    const { far, channel } = await taken(t)
    leave(far)
    t.equal(await goneOf(channel), why, `${how} while nothing runs`)
    await channel.hangup()
  }
})

t.test('hanging up: in order, also while something runs, and told once', async t => {
  const { far, channel } = await taken(t, () => 'runs_on')
  let told = 0
  channel.onGone(() => {
    told += 1
  })
  const playing = channel.play([CLIP])
  await far.until('playback')
  await channel.hangup()
  t.equal(await playing, 'gone')
  t.equal(far.executed.at(-1), 'hangup NORMAL_CLEARING')
  await far.closed
  t.equal(told, 1)
  t.equal(await goneOf(channel), 'hung_up', 'late listeners are told as well')

  const refused = await taken(t)
  await refused.channel.refuse()
  t.equal(refused.far.executed.at(-1), 'hangup CALL_REJECTED')
})

t.test('what cannot be read breaks one connection, never the program', async t => {
  const socket = await listen(t)
  const sound = await FakeFreeswitch.call(socket.port)
  const other = await socket.next()
  // biome-ignore format: table
  for (const [message, because] of [
    ['Content-Type: command/reply\nReply-Text: 50% off\n\n',            'a stray % in a header'],
    ['Content-Length: 9\nContent-Type: text/event-json\n\n{"a":"5"x',   'an event that is no JSON'],
    ['Content-Length: 4\nContent-Type: text/event-json\n\nnull',        'an event that is null'],
    ['Content-Type: command/reply\nReply-Text: -ERR invalid session id\n\n', 'a refused command'],
  ] as const) {
    const far = await FakeFreeswitch.call(socket.port, () => 'runs_on')
    const channel = await socket.next()
    const playing = channel.play([CLIP])
    await far.until('playback')
    far.send(message)
    t.equal(await playing, 'gone', because)
    t.equal(await goneOf(channel), 'link_lost', because)
    await far.closed
  }
  t.notMatch(socket.logged.join(), /"5"|50%/, 'what was received is not logged')
  t.equal(await other.play([CLIP]), 'played', 'other calls go on')
  sound.hangUp()
  await goneOf(other)
})

t.test('a connection that names no channel is no call', async t => {
  const { port, eventSocket } = await listen(t)
  const nameless = 'Event-Name: CHANNEL_DATA\nContent-Type: command/reply\nReply-Text: %2BOK\n\n'
  const far = await FakeFreeswitch.call(port, undefined, {}, { channelData: nameless })
  await far.closed
  const gone = await FakeFreeswitch.call(
    port,
    undefined,
    {},
    {
      channelData: 'Content-Type: x\n',
    },
  )
  gone.reset()
  await gone.closed
  t.ok(eventSocket.address)
})

t.test('one call more than allowed is not taken, and room is made by one that ends', async t => {
  const { port, next } = await listen(t, { callsMax: 1 })
  const first = await FakeFreeswitch.call(port)
  const channel = await next()
  const second = await FakeFreeswitch.call(port)
  await second.closed
  t.equal(second.written, '', 'it is not spoken with')
  first.hangUp()
  await goneOf(channel)
  await FakeFreeswitch.call(port)
  t.ok(await next(), 'the third is taken')
})

t.test('a port that is taken is refused', async t => {
  const { port } = await listen(t)
  const again = EventSocket.listen(
    { address: '127.0.0.1', port, clipPaths: () => within('/'), callsMax: 1 },
    pino({ level: 'silent' }),
    () => {},
  )
  await t.rejects(again, { code: 'EADDRINUSE' })
})

t.test('closing breaks what is left', async t => {
  const { eventSocket, channel, far } = await taken(t)
  eventSocket.close()
  t.equal(await goneOf(channel), 'link_lost')
  await far.closed
})

t.test('the channel of a real FreeSWITCH is read', async t => {
  const folder = fixtureFolder('WIRE_CAPTURE_DIR')
  if (!folder) return skipForWant(t, 'WIRE_CAPTURE_DIR', 1, 'recordings')
  const { port, next } = await listen(t)
  const sent = sentBy(readRecording(join(folder, 'esl-outbound.cap')), 'conn1', 'C')
  const block = sent.subarray(0, sent.indexOf('\n\n') + 2)
  const far = await FakeFreeswitch.call(port, undefined, {}, { channelData: block })
  const channel = await next()
  t.equal(channel.callSession, undefined, 'that call carried no session')
  const answered = channel.answer()
  await far.until('set')
  const recorded = /^Unique-ID: (.+)$/m.exec(block.toString())?.[1]
  t.equal(far.commands.at(-1)?.line, `sendmsg ${recorded}`)
  far.end()
  t.equal(await answered, 'gone')
})

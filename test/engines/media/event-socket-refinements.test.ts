import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readEventSocketUsers } from '../../../engines/media/event-socket/users.js'
import { execute, recorded, told, withRaw } from '../../support/event-socket-calls.js'
import { mediaBench } from '../../support/media-bench.js'
import { apiAnswer, modeslInbound, replied } from '../../support/modesl.js'
import { RawEventSocket, type RawMessage, rawApplication } from '../../support/raw-event-socket.js'

const PASSWORD = 'a-password-of-this-test'

t.test('§3: what the real server’s source answers where the recordings do not ask', async t => {
  await withRaw(async raw => {
    await raw.command('connect')
    // biome-ignore format: table
    for (const [command, reply, because] of [
      ['filter',                    '-ERR command not found',                    'a word alone'],
      ['filter add Unique-ID x',    '+OK filter added. [Unique-ID]=[x]',         'add may be said'],
      ['filter delete',             '-ERR invalid syntax',                       'of nothing'],
      ['FILTER DELETE Unique-ID',   '+OK filter deleted. [Unique-ID][]',         'of any value'],
      ['linger soon',               '+OK will linger 0 seconds',                 'atoi'],
      ['linger -1',                 '+OK will linger',                           'for ever'],
      ['nolinger',                  '+OK will not linger',                       'and not at all'],
      ['log',                       '+OK log level  [7]',                        'debug unless said'],
      ['log err',                   '+OK log level err [3]',                     'by name'],
      ['log nonsense',              '-ERR invalid log level',                    'no such level'],
      ['noevents',                  '-ERR not listening for events',             'nothing was asked for'],
      ['event DTMF,CHANNEL_ANSWER', '-ERR no keywords supplied',                 'blanks part them'],
      ['event switch_event_dtmf',   '+OK event listener enabled plain',          'the long name, in any case'],
      ['nixevent DTMF',             '+OK events nixed',                          'given up'],
      ['noevents',                  '+OK no longer listening for events',        'it was listening all the same'],
      ['event xml',                 '-ERR no keywords supplied',                 'a format alone'],
      ['event DTMF',                '+OK event listener enabled xml',            'which counts'],
      ['divert_events maybe',       '+OK events not diverted',                   'on is on'],
      ['sendmsg\nsession-id: nope', '-ERR invalid session id [nope]',            'the uuid in a line of its own'],
      ['userauth a@b:c',            '-ERR command not found',                    'outbound has no password'],
    ] as const) {
      t.equal(await raw.command(command), reply, `${command}: ${because}`)
    }
    t.match(await raw.command('sendevent'), /^\+OK [0-9a-f-]{36}$/, 'an event without a name')
    await raw.command('exit')
  })
})

t.test('§4: loops, and what yes is', async t => {
  const { channel } = await withRaw(async raw => {
    await raw.command('connect')
    await raw.command('event json CHANNEL_EXECUTE_COMPLETE')
    await raw.command(`${execute('set', 'a=1')}\nloops: 0`)
    await raw.command(`${execute('sleep', '600')}\nloops: 2\nevent-lock: yes\nEvent-UUID: twice`)
    await raw.command(execute('set', 'b=2'))
    const events: RawMessage[] = []
    while (events.length < 3) {
      const message = await raw.nextOf('text/event-json')
      if (message) events.push(message)
    }
    t.strictSame(told(events), [
      'COMPLETE sleep _none_',
      'COMPLETE sleep _none_',
      'COMPLETE set _none_',
    ])
    const uuids = events.map(({ body }) => JSON.parse(body)['Application-UUID'])
    t.equal(uuids[0], 'twice')
    t.equal(uuids[1], 'twice')
    await raw.command('exit')
  })
  t.equal(channel.variable('a'), undefined, 'no times is not once')
})

/** The next event that an application is told in JSON. */
async function eventOf(raw: RawEventSocket): Promise<Record<string, string>> {
  const message = await raw.nextOf('text/event-json')
  return JSON.parse(message?.body ?? '{}')
}

t.test('divert_events: keys go to the one that controls the call, and to nobody else', async t => {
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD)
  const application = await rawApplication()
  const { leg, channel } = bench.call([['socket', `127.0.0.1:${application.port} async full`]])
  const raw = await application.next()
  await raw.command('connect')
  const operator = await modeslInbound(port, PASSWORD)
  await new Promise<void>(resolve => operator.subscribe(['DTMF'], resolve))
  const overheard = recorded(operator)
  await raw.command('event json CHANNEL_HOLD')
  await raw.command(execute('answer'))
  leg.press('1')
  t.equal(await raw.command('divert_events on'), '+OK events diverted')
  leg.press('2')
  const event = await eventOf(raw)
  t.equal(event['DTMF-Digit'], '2', 'though it never asked for DTMF')
  t.equal(await raw.command('divert_events off'), '+OK events not diverted')
  leg.press('3')
  t.equal(await apiAnswer(operator, 'uuid_exists', [channel.uuid]), 'true')
  t.strictSame(
    overheard.filter(words => words.startsWith('DTMF')),
    ['DTMF 1', 'DTMF 3'],
  )
  t.equal(await replied(operator, 'divert_events on'), '-ERR not controlling a session.')
  t.equal(await replied(operator, `myevents ${channel.uuid}`), '+OK Events Enabled')
  t.equal(await replied(operator, 'getvar sip_from_user'), '0312345678', 'attached, as if its own')
  await raw.command('exit')
  await channel.ended
  operator.disconnect()
  application.close()
  await bench.close()
})

t.test('sendevent: subclasses, its own line, a body, the channel it names', async t => {
  await withRaw(async (raw, _, uuid) => {
    await raw.command('connect')
    await raw.command('event json SOCKET_DATA CUSTOM my::ev')
    await raw.command('sendevent CUSTOM\nEvent-Subclass: other::ev')
    await raw.command(
      'sendevent CUSTOM\nEvent-Subclass: my::ev\nfoo: b%20r\ncontent-length: 2\n\nhi',
    )
    const custom = await eventOf(raw)
    t.equal(custom['Event-Subclass'], 'my::ev', 'the other was not asked for')
    t.equal(custom.Command, 'sendevent CUSTOM')
    t.equal(custom.foo, 'b%20r')
    t.equal(custom._body, 'hi')
    await raw.command(`sendevent nonsense\nunique-id: ${uuid}`)
    const unnamed = await eventOf(raw)
    t.equal(unnamed['Event-Name'], 'SOCKET_DATA')
    await raw.command('exit')
  })
})

/** Where the calls of these tests may be transferred to. */
const DIALPLAN = [
  {
    destination: 'desk-([0-9]+)',
    actions: [
      ['set', 'desk=$1'],
      ['park', ''],
    ],
  },
  { destination: 'itself', actions: [['transfer', 'itself']] },
] as const

/** Waits for an event by its words, and gives all words up to it. */
async function toldUntil(raw: RawEventSocket, last: string): Promise<string[]> {
  const words: string[] = []
  while (words.at(-1) !== last) {
    const message = await raw.next()
    if (!message) break
    words.push(...told([message]))
  }
  return words
}

t.test('transfer: what runs ends from the inside, and the application hears on', async t => {
  const { channel, leg } = await withRaw(
    async (raw, leg) => {
      await raw.command('connect')
      await raw.command('myevents json')
      raw.send(`${execute('answer')}\n\n`)
      raw.send(`${execute('playback', 'tone_stream://%(60000,0,440)')}\n\n`)
      await toldUntil(raw, 'EXECUTE playback')
      leg.press('7')
      raw.send(`${execute('transfer', '-bleg desk-1')}\n\n`)
      raw.send(`${execute('transfer', 'desk-42 XML default')}\n\n`)
      t.strictSame(await toldUntil(raw, 'COMPLETE set _none_'), [
        'DTMF 7',
        'EXECUTE transfer',
        'COMPLETE transfer _none_',
        'EXECUTE transfer',
        'COMPLETE transfer _none_',
        'COMPLETE playback PLAYBACK ERROR',
        'UNPARK',
        'COMPLETE socket PLAYBACK ERROR',
        'CS_ROUTING',
        'CS_EXECUTE',
        'EXECUTE set',
        'COMPLETE set _none_',
      ])
      t.equal(await raw.command('getvar desk'), '42')
      await raw.command(execute('set', 'still=here'))
      await raw.command('exit')
      leg.hangUp()
    },
    { dialplan: DIALPLAN },
  )
  t.equal(channel.cause, 'NORMAL_CLEARING', 'not by the end of the connection')
  t.equal(channel.destination, 'desk-42')
  t.equal(channel.variable('still'), 'here', 'commands reach the call where it is')
  t.match(channel.variable('transfer_source'), /^\d+:[0-9a-f-]{36}:bl_xfer:desk-42\/default\/XML$/)
  t.strictSame(leg.deeds, ['200'], 'the caller hung up')
})

t.test('a transfer that leads nowhere ends the call', async t => {
  // biome-ignore format: table
  for (const [extension, because] of [
    ['desk-x',             'nothing is dialled so'],
    ['desk-1 XML public',  'a context that is not there'],
    ['desk-1 enum',        'a dialplan that is not there'],
    ['desk-1,park inline', 'applications in place of an extension: a caller’s words might name them'],
  ] as const) {
    const { channel } = await withRaw(
      async raw => {
        await raw.command('connect')
        await raw.command(execute('transfer', extension))
      },
      { dialplan: DIALPLAN },
    )
    t.equal(channel.cause, 'NO_ROUTE_DESTINATION', because)
  }
})

t.test('an extension that leads to itself comes to an end', async t => {
  for (const [hops, transfers] of [
    ['', 69],
    ['3', 2],
  ] as const) {
    const { channel } = await withRaw(
      async raw => {
        await raw.command('connect')
        await raw.command(execute('set', `max_forwards=${hops}`))
        await raw.command(execute('transfer', 'itself'))
      },
      { dialplan: DIALPLAN },
    )
    t.equal(channel.cause, 'EXCHANGE_ROUTING_ERROR')
    t.equal(channel.transfers, transfers)
    t.equal(channel.variable('transfer_history')?.match(/bl_xfer:itself/g)?.length, transfers)
    t.match(channel.variable('transfer_history'), /^ARRAY::[^|]+\|:[^|]+/)
  }
})

t.test('uuid_transfer, xferext, and a transfer of those who key nothing that fits', async t => {
  const pagd =
    "1 1 2 1000 # silence_stream://20 silence_stream://20 d [0-9] 1000 'desk-3 XML default'"
  // biome-ignore format: table
  for (const [command, desk, because] of [
    [(uuid: string) => `api uuid_transfer ${uuid} -both desk-1`,             '1', 'from outside'],
    [() => execute('play_and_get_digits', pagd),                            '3', 'as the last argument says'],
    [() => 'sendmsg\ncall-command: xferext\napplication: set desk=9\napplication: park', '9', 'applications listed'],
  ] as const) {
    const { channel } = await withRaw(
      async (raw, leg, uuid) => {
        await raw.command('connect')
        await raw.command('event json CHANNEL_PARK')
        raw.send(`${command(uuid)}\n\n`)
        await raw.nextOf('text/event-json')
        leg.hangUp()
      },
      { dialplan: DIALPLAN },
    )
    t.equal(channel.variable('desk'), desk, because)
  }
})

t.test('echo: the caller hears what it says, in order, and keys stay', async t => {
  const bench = mediaBench('.')
  t.teardown(() => bench.close())
  const { leg, channel } = bench.call([
    ['answer', ''],
    ['echo', ''],
  ])
  const said = [1, 2, 3].map(value => Buffer.alloc(160, value))
  const speak = (payload: Buffer) => leg.speak({ law: 'PCMU', payload, timestamp: 0 })
  while (!speak(Buffer.alloc(80, 9))) await new Promise(resolve => setImmediate(resolve))
  for (const payload of said) speak(payload)
  leg.press('5')
  const heard = () => leg.heard.map(octets => octets[0]).filter(value => value !== 0xff)
  while (heard().length < 3) await new Promise(resolve => setImmediate(resolve))
  t.strictSame(heard(), [1, 2, 3], 'and nothing of a packet of another length')
  t.equal(channel.digits.take()?.digit, '5')
  leg.hangUp()
  await channel.ended
})

t.test('send_dtmf, uuid_send_dtmf: keys, pauses, lengths', async t => {
  const { leg } = await withRaw(async (raw, _, uuid) => {
    await raw.command('connect')
    await raw.command('event json CHANNEL_EXECUTE_COMPLETE')
    // biome-ignore format: table
    for (const keys of ['1w#', '12@100+3@1', '~W*x', '9@99999']) {
      await raw.command(execute('send_dtmf', keys))
      await raw.nextOf('text/event-json')
    }
    raw.send(`api uuid_send_dtmf ${uuid} 5@100\n\n`)
    t.equal((await raw.nextOf('api/response'))?.body, `+OK ${uuid} sent DTMF 5@100.\n`)
    raw.send('api uuid_send_dtmf nope 5\n\n')
    t.equal((await raw.nextOf('api/response'))?.body, '-ERR Cannot locate session!\n')
    raw.send(`api uuid_send_dtmf ${uuid}\n\n`)
    t.equal((await raw.nextOf('api/response'))?.body, '-USAGE: <uuid> <dtmf_data>\n')
    await raw.command('exit')
  })
  t.strictSame(leg.deeds.slice(0, 5), [
    'keys 12000 w4000 #2000',
    'keys 1800 2800 3400',
    'keys w8000 *2000',
    'keys 965535',
    'keys 5800',
  ])
})

t.test('userauth: each may do what its lists say, and nothing else', async t => {
  const file = join(t.testdir({}), 'users.json')
  const entries = [
    {
      name: 'watch@default',
      password: 'watch-password-1',
      events: 'HEARTBEAT CUSTOM my::ev',
      api: 'status show',
      log: false,
    },
    { name: 'all@default', password: 'all-of-it-password' },
  ]
  writeFileSync(file, JSON.stringify(entries), { mode: 0o600 })
  const users = readEventSocketUsers(file)
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD, users)
  const come = async (words: string) => {
    const raw = await RawEventSocket.open(port)
    await raw.next()
    raw.send(`userauth ${words}\n\n`)
    return { raw, answer: Object.fromEntries((await raw.next())?.headers ?? []) }
  }
  // biome-ignore format: table
  for (const [words, because] of [
    ['watch@default:all-of-it-password', 'the password of another'],
    ['watch:watch-password-1',           'no domain'],
    ['nobody@default:watch-password-1',  'nobody'],
    [`watch@default:${PASSWORD}`,        'the password of the socket itself'],
    ['watch@default',                    'no password'],
  ] as const) {
    const { raw, answer } = await come(words)
    t.equal(answer['Reply-Text'], '-ERR invalid', because)
    t.equal((await raw.rest()).length, 1, 'and goodbye')
  }
  const watch = await come('watch@default:watch-password-1')
  t.strictSame(watch.answer, {
    'Content-Type': 'command/reply',
    'Reply-Text': '+OK accepted',
    'Allowed-Events': 'HEARTBEAT CUSTOM my::ev',
    'Allowed-API': 'status show',
    'Allowed-LOG': 'false',
  })
  // biome-ignore format: table
  for (const [command, reply] of [
    ['event json HEARTBEAT',        '+OK event listener enabled json'],
    ['event json CUSTOM my::ev',    '+OK event listener enabled json'],
    ['event json CUSTOM other::ev', '-ERR permission denied'],
    ['event json CHANNEL_ANSWER',   '-ERR permission denied'],
    ['event json ALL',              '-ERR permission denied'],
    ['api uuid_dump x',             '-ERR permission denied'],
    ['bgapi hupall',                '-ERR permission denied'],
    ['log debug',                   '-ERR permission denied'],
  ] as const) {
    t.equal(await watch.raw.command(command), reply, command)
  }
  watch.raw.send('api STATUS\n\n')
  t.match((await watch.raw.nextOf('api/response'))?.body, 'is ready')
  const all = await come('all@default:all-of-it-password')
  t.equal(all.answer['Allowed-API'], 'all')
  t.equal(await all.raw.command('event json ALL'), '+OK event listener enabled json')
  t.equal(await all.raw.command('log'), '+OK log level  [7]')
  await bench.close()
  // biome-ignore format: table
  for (const [text, code, because] of [
    ['[{"name":"a@b","password":"short"}]',        'SECRET_REFUSED',  'a short password'],
    ['[{"name":"a","password":"long-enough-for-us"}]', 'FILE_UNREADABLE', 'no domain'],
    ['{"a":',                                      'FILE_UNREADABLE', 'no JSON'],
    ['{}',                                         'FILE_UNREADABLE', 'no list'],
    ['[{"name":"a@b","password":"long-enough-for-us","evnts":"x"}]', 'FILE_UNREADABLE', 'a field that nobody knows'],
    ['[{"name":"a@b","password":"long-enough-for-us","log":"no"}]', 'FILE_UNREADABLE', 'a word in place of true or false'],
  ] as const) {
    writeFileSync(file, text)
    t.throws(() => readEventSocketUsers(file), { code }, because)
  }
  t.throws(() => readEventSocketUsers(`${file}.none`), { code: 'FILE_UNREADABLE' })
})

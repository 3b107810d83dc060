import t from 'tap'
import { execute, recorded, told, withRaw } from '../../support/event-socket-calls.js'
import { mediaBench } from '../../support/media-bench.js'
import { apiAnswer, modeslInbound, replied } from '../../support/modesl.js'
import {
  type RawEventSocket,
  type RawMessage,
  rawApplication,
} from '../../support/raw-event-socket.js'

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

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute, recorded, told, withRaw } from '../../support/event-socket-calls.js'
import { fixtureFolder, skipForWant } from '../../support/fixtures.js'
import { mediaBench } from '../../support/media-bench.js'
import { apiAnswer, type ModeslEvent, modeslInbound, replied } from '../../support/modesl.js'
import { RawEventSocket, type RawMessage, rawApplication } from '../../support/raw-event-socket.js'

const PASSWORD = 'a-password-of-this-test'

t.test('§6: linger: after the call commands are answered, until the time is over', async t => {
  await withRaw(async (raw, leg, uuid) => {
    await raw.command('connect')
    t.equal(await raw.command('linger 1'), '+OK will linger 1 seconds')
    await raw.command('event json CHANNEL_HANGUP_COMPLETE')
    await raw.command(execute('answer'))
    leg.hangUp()
    const notice = await raw.nextOf('text/disconnect-notice')
    t.strictSame(Object.fromEntries(notice?.headers ?? []), {
      'Content-Type': 'text/disconnect-notice',
      'Controlled-Session-UUID': uuid,
      'Content-Disposition': 'linger',
      'Channel-Name': 'sofia/internal/0312345678@127.0.0.1:5170',
      'Linger-Time': '1',
      'Content-Length': '0',
    })
    t.equal(await raw.command('getvar hangup_cause'), 'NORMAL_CLEARING')
    t.equal(await raw.command(execute('log', 'INFO x')), '+OK', 'accepted, and nothing runs')
    raw.send(`api uuid_exists ${uuid}\n\n`)
    t.equal((await raw.next())?.body, 'false')
    const [goodbye] = await raw.rest()
    t.strictSame(Object.fromEntries(goodbye?.headers ?? []), {
      'Content-Type': 'text/disconnect-notice',
      'Controlled-Session-UUID': uuid,
      'Content-Disposition': 'disconnect',
      'Content-Length': '67',
    })
    t.equal(goodbye?.body, 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n')
  })
})

t.test('§6: plain linger lasts until exit or nolinger', async t => {
  for (const goodbye of ['exit', 'nolinger']) {
    await withRaw(async (raw, leg) => {
      await raw.command('connect')
      t.equal(await raw.command('linger'), '+OK will linger')
      leg.hangUp()
      const notice = await raw.nextOf('text/disconnect-notice')
      t.equal(notice?.headers.get('Linger-Time'), '-1')
      t.ok(await raw.command(goodbye))
      t.strictSame(told(await raw.rest()), ['notice disconnect'], goodbye)
    })
  }
})

t.test('§4: a call refused before the answer says its cause', async t => {
  // biome-ignore format: table
  for (const [cause, deed] of [
    ['CALL_REJECTED', 'refused CALL_REJECTED'],
    ['17',            'refused USER_BUSY'],
    ['nonsense',      'refused NORMAL_CLEARING'],
  ] as const) {
    const { leg } = await withRaw(async raw => {
      await raw.command('connect')
      await raw.command('myevents json')
      t.equal(await raw.command(`sendmsg\ncall-command: hangup\nhangup-cause: ${cause}`), '+OK')
      t.strictSame(told(await raw.rest()), [
        'HANGUP',
        'UNPARK',
        'COMPLETE socket _none_',
        'CS_HANGUP',
        'CS_REPORTING',
        'HANGUP_COMPLETE',
        'notice disconnect',
      ])
    })
    t.strictSame(leg.deeds, [deed])
  }
})

t.test('§7: the application goes: the call ends, unless it said resume', async t => {
  const after = [['respond', '486 Busy Here']] as const
  // biome-ignore format: table
  for (const [leave, deeds, because] of [
    [async (raw: RawEventSocket) => { await raw.command('exit') }, ['refused NORMAL_CLEARING'], 'exit'],
    [async (raw: RawEventSocket) => { raw.reset() }, ['refused NORMAL_CLEARING'], 'a broken connection'],
    [async (raw: RawEventSocket) => { await raw.command('resume'); await raw.command('exit') }, ['486 Busy Here'], 'resume, then exit'],
    [async (raw: RawEventSocket) => { await raw.command('resume'); raw.reset() }, ['486 Busy Here'], 'resume, then a broken connection'],
    [async (raw: RawEventSocket) => { await raw.command(execute('set', 'socket_resume=true')); await raw.command('exit') }, ['486 Busy Here'], 'the variable'],
  ] as const) {
    const { leg } = await withRaw(
      async raw => {
        await raw.command('connect')
        await leave(raw)
      },
      { after },
    )
    t.strictSame(leg.deeds, deeds, because)
  }
})

t.test('§7: nobody answers: the next host is tried, then the dialplan goes on', async t => {
  const bench = mediaBench('.')
  const application = await rawApplication()
  const nobody = await rawApplication()
  nobody.close()
  const hosts = `127.0.0.1:${nobody.port}|127.0.0.1:${application.port}`
  const { channel } = bench.call([['socket', `${hosts} async full`]])
  const raw = await application.next()
  t.match(await raw.command('connect'), /OK/)
  await raw.command('exit')
  await channel.ended
  const alone = bench.call([['socket', `127.0.0.1:${nobody.port} async full`]])
  await alone.channel.ended
  t.strictSame(alone.leg.deeds, ['refused NORMAL_CLEARING'])
  t.match(bench.logged.join(''), 'no application answered')
  application.close()
  await bench.close()
})

t.test('§4: without async each answer waits, and events follow when all have ended', async t => {
  await withRaw(
    async raw => {
      raw.send('connect\n\nmyevents json\n\n')
      const connected = await raw.next()
      t.equal(connected?.headers.get('Socket-Mode'), 'static')
      t.equal(connected?.headers.get('Control'), 'full')
      await raw.next()
      const commands = [
        execute('answer'),
        execute('playback', 'tone_stream://%(200,0,440)'),
        execute('set', 'a=b'),
      ]
      raw.send(commands.map(command => `${command}\n\n`).join(''))
      for (const _ of commands) {
        t.equal((await raw.next())?.headers.get('Reply-Text'), '+OK', 'before any event')
      }
      const seven = [1, 2, 3, 4, 5, 6, 7]
      const events: RawMessage[] = []
      for (const _ of seven) {
        const message = await raw.next()
        if (message) events.push(message)
      }
      t.strictSame(told(events), [
        'EXECUTE answer',
        'ANSWER',
        'COMPLETE answer _none_',
        'EXECUTE playback',
        'COMPLETE playback FILE PLAYED',
        'EXECUTE set',
        'COMPLETE set _none_',
      ])
      await raw.command('exit')
    },
    { words: 'full' },
  )
})

t.test('§3: without full only the commands for the channel itself are known', async t => {
  await withRaw(
    async raw => {
      t.match(await raw.command('connect'), /OK/)
      // biome-ignore format: table
      for (const [command, reply] of [
        ['api status',                         '-ERR command not found'],
        ['bgapi status',                       '-ERR command not found'],
        ['event json ALL',                     '-ERR command not found'],
        ['sendevent CUSTOM',                   '-ERR command not found'],
        ['linger',                             '-ERR command not found'],
        ['getvar sip_from_user',               '0312345678'],
        ['filter a b',                         '+OK filter added. [a]=[b]'],
        ['divert_events on',                   '+OK events diverted'],
        ['myevents',                           '+OK Events Enabled'],
        ['sendmsg\ncall-command: none',        '+OK'],
        ['exit',                               '+OK bye'],
      ] as const) {
        t.equal(await raw.command(command), reply, command)
      }
    },
    { words: 'async' },
  )
})

t.test('a caller’s name or a variable can begin no line and break no parser', async t => {
  await withRaw(async raw => {
    await raw.command('connect')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the channel.
    const evil = '100% \\r\\nReply-Text: +OK ${sip_from_user}'
    raw.send(
      `${execute('set').replace('execute-app-arg: ', 'content-type: text/plain\n')}content-length: ${4 + evil.length}\n\nbad=${evil}`,
    )
    await raw.nextOf('command/reply')
    raw.send(`api uuid_setvar x y z\n\n`)
    await raw.next()
    t.equal(await raw.command('getvar bad'), '100%25 \\r\\nReply-Text: +OK 0312345678')
    await raw.command('exit')
  })
  await withRaw(async raw => {
    await raw.command('connect')
    raw.send(
      'sendmsg\ncall-command: execute\nexecute-app-name: set\ncontent-type: text/plain\ncontent-length: 11\n\nbad=a\nb: c%',
    )
    await raw.nextOf('command/reply')
    t.equal(await raw.command('getvar bad'), 'a%0Ab: c%25')
    await raw.command('exit')
  })
})

t.test('§8: the inbound socket asks for the password first', async t => {
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD)
  const stranger = await RawEventSocket.open(port)
  t.equal((await stranger.next())?.headers.get('Content-Type'), 'auth/request')
  t.equal(await stranger.command('api status'), '-ERR command not found')
  t.equal(await stranger.command('event json ALL'), '-ERR command not found')
  t.equal(await stranger.command(`auth ${PASSWORD.slice(1)}`), '-ERR invalid')
  const [goodbye] = await stranger.rest()
  t.strictSame(Object.fromEntries(goodbye?.headers ?? []), {
    'Content-Type': 'text/disconnect-notice',
    'Content-Length': '67',
  })

  const modesl = await modeslInbound(port, PASSWORD)
  const events = recorded(modesl)
  const { leg, channel } = bench.call([
    ['answer', ''],
    ['park', ''],
  ])
  const exists = await apiAnswer(modesl, 'uuid_exists', [channel.uuid])
  t.equal(exists, 'true')
  const playing = new Promise<ModeslEvent>(resolve => {
    modesl.execute('playback', 'tone_stream://%(100,0,440)', channel.uuid, resolve)
  })
  t.equal((await playing).getHeader('Application-Response'), 'FILE PLAYED')
  // biome-ignore format: table
  for (const [command, reply] of [
    ['linger',              '-ERR not controlling a session'],
    ['nolinger',            '-ERR not controlling a session'],
    ['connect',             '-ERR command not found'],
    ['getvar x',            '-ERR command not found'],
    ['resume',              '-ERR command not found'],
    ['auth again',          '-ERR command not found'],
    ['sendmsg\ncall-command: hangup', '-ERR invalid session id []'],
    ['myevents nope',       '-ERR invalid uuid'],
  ] as const) {
    t.equal(await replied(modesl, command), reply, command)
  }
  leg.hangUp()
  await channel.ended
  t.equal(await apiAnswer(modesl, 'uuid_exists', [channel.uuid]), 'false')
  t.ok(events.includes('COMPLETE park FILE PLAYED'))
  modesl.disconnect()
  await bench.close()
})

t.test('XE1: after ten wrong passwords an address is not listened to', async t => {
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD)
  for (let tries = 0; tries < 10; tries++) {
    const raw = await RawEventSocket.open(port)
    t.equal(await raw.command('auth wrong'), '-ERR invalid')
  }
  const locked = await RawEventSocket.open(port)
  const [message] = await locked.rest()
  t.equal(message?.headers.get('Content-Type'), 'text/rude-rejection')
  t.notOk(bench.logged.some(line => line.includes(PASSWORD) || line.includes('auth')))
  await bench.close()
})

t.test('§9: api answers', async t => {
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD)
  const modesl = await modeslInbound(port, PASSWORD)
  const { leg, channel } = bench.call([
    ['answer', ''],
    ['park', ''],
  ])
  const { uuid } = channel
  // biome-ignore format: table
  for (const [command, words, answer, because] of [
    ['uuid_getvar',    [uuid, 'sip_from_user'], '0312345678',             'a variable'],
    ['uuid_getvar',    [uuid, 'nosuch'],        '_undef_',                 'none'],
    ['uuid_getvar',    ['nope', 'x'],           '-ERR No such channel!\n', 'of no channel'],
    ['uuid_setvar',    [uuid, 'abc', 'd e'],    '+OK\n',                   'set'],
    ['uuid_getvar',    [uuid, 'abc'],           'd e',                     'and read'],
    ['uuid_setvar',    [uuid, 'abc'],           '+OK\n',                   'taken away'],
    ['uuid_getvar',    [uuid, 'abc'],           '_undef_',                 'and gone'],
    ['uuid_exists',    ['nope'],                'false',                   'no such channel'],
    ['uuid_recv_dtmf', [uuid, '5'],             `+OK ${uuid} received DTMF 5.\n`, 'a key nobody pressed'],
    ['uuid_break',     ['nope'],                '-ERR No such channel!\n', 'of no channel'],
    ['uuid_recv_dtmf', [uuid, 'x'],             '-USAGE: <uuid> <dtmf_data>\n', 'no key'],
    ['uuid_recv_dtmf', ['nope', '5'],           '-ERR Cannot locate session!\n', 'of no channel'],
    ['uuid_getvar',    [uuid],                  '-USAGE: <uuid> <var>\n',  'no name'],
    ['uuid_getvar',    [uuid, 'sip_from_user', 'x'], '0312345678',         'further words are left alone'],
    ['uuid_kill',      [],                      '-USAGE: <uuid> [cause]\n', 'nobody'],
    ['uuid_setvar_multi', [uuid, 'm=1;n=2=3;o'], '+OK\n',                  'several'],
    ['uuid_getvar',    [uuid, 'n'],             '2=3',                     'to the end'],
    ['uuid_setvar_multi', [uuid, '=1'],         '-ERR No variable specified\n', 'without a name'],
    ['uuid_answer',    ['nope'],                '-ERROR\n',                'of no channel'],
    ['uuid_answer',    [uuid],                  '+OK\n',                   'once more does no harm'],
    ['uuid_broadcast', ['nope', 'x'],           '-ERR invalid uuid\n',     'of no channel'],
    ['uuid_broadcast', [uuid, 'set::heard=1'],  '+OK Message sent\n',      'an application'],
    ['uuid_getvar',    [uuid, 'heard'],         '1',                       'which ran'],
    ['echo',           ['hi there'],            'hi there',                'as it was'],
    ['echo',           [],                      '-ERR no reply\n',         'nothing is said in words'],
    ['global_getvar',  ['hostname'],            'bench',                   'of the engine'],
    ['nosuchcmd',      [],                      '-ERR nosuchcmd Command not found!\n', 'unknown'],
    ['uuid_kill',      ['nope'],                '-ERR No such channel!\n', 'of no channel'],
    ['uuid_kill',      [uuid, 'USER_BUSY'],     '+OK\n',                   'ends the call'],
    ['uuid_kill',      [uuid],                  '-ERR No such channel!\n', 'which is gone at once'],
  ] as const) {
    t.equal(await apiAnswer(modesl, command, [...words]), answer, `${command}: ${because}`)
  }
  t.match(await apiAnswer(modesl, 'create_uuid', []), /^[0-9a-f-]{36}$/)
  t.match(await apiAnswer(modesl, 'status', []), /^UP 0 years, .*\n.* is ready\n1 session\(s\)/)
  t.match(await apiAnswer(modesl, 'show', ['channels', 'as', 'json']), /"row_count":0/)
  await channel.ended
  t.strictSame(leg.deeds, ['200', 'BYE USER_BUSY'])
  const second = bench.call([['park', '']])
  t.match(await apiAnswer(modesl, 'show', ['channels', 'as', 'json']), second.channel.uuid)
  t.match(await apiAnswer(modesl, 'uuid_dump', [second.channel.uuid]), 'Event-Name: CHANNEL_DATA\n')
  const dumped = await apiAnswer(modesl, 'uuid_dump', [second.channel.uuid, 'json'])
  t.equal(JSON.parse(dumped)['Unique-ID'], second.channel.uuid)
  t.match(await apiAnswer(modesl, 'uuid_dump', [second.channel.uuid, 'xml']), '<Unique-ID>')
  t.match(await apiAnswer(modesl, 'hupall', []), 'MANAGER_REQUEST')
  await second.channel.ended
  modesl.disconnect()
  await bench.close()
})

t.test('a filter lets only what it names through', async t => {
  const bench = mediaBench('.')
  const { port } = await bench.listen(PASSWORD)
  const modesl = await modeslInbound(port, PASSWORD)
  await new Promise<void>(resolve => modesl.subscribe('all', resolve))
  const events = recorded(modesl)
  t.equal(
    await replied(modesl, 'filter Event-Name /ANSWER$/'),
    '+OK filter added. [Event-Name]=[/ANSWER$/]',
  )
  t.equal(await replied(modesl, 'filter Event-Name [x'), '+OK filter added. [Event-Name]=[[x]')
  t.equal(await replied(modesl, 'filter Event-Name /[x/'), '+OK filter added. [Event-Name]=[/[x/]')
  await bench.call([['answer', '']]).channel.ended
  await replied(modesl, 'filter delete all')
  await replied(modesl, 'filter Event-Name -CHANNEL_STATE')
  await bench.call([]).channel.ended
  await replied(modesl, 'filter add event-name /^channel_(?!execute)/i')
  await bench.call([]).channel.ended
  await replied(modesl, 'noevents')
  await bench.call([]).channel.ended
  await replied(modesl, 'event json ALL')
  t.strictSame(events, ['ANSWER', 'CREATE', 'HANGUP', 'HANGUP_COMPLETE', 'DESTROY'])
  modesl.disconnect()
  await bench.close()
})

const captures = fixtureFolder('WIRE_CAPTURE_DIR')

/** The commands and replies of one part of a recording of the real server. */
function recordedReplies(file: string, part: string): { command: string; reply: unknown }[] {
  const lines = readFileSync(join(captures ?? '', file), 'utf8').split('\n')
  const pairs: { command: string; reply: unknown }[] = []
  let command: string | undefined
  for (const line of lines) {
    const [, sent] = new RegExp(`^${part} >> (".*")$`).exec(line) ?? []
    const [, got, body] =
      new RegExp(`^${part} << \\+\\d+ (\\{.*?\\})(?: body=(".*))?$`).exec(line) ?? []
    if (sent !== undefined) command = JSON.parse(sent)
    if (got === undefined || command === undefined) continue
    pairs.push({
      command,
      reply: { ...JSON.parse(got), ...(body ? { body: JSON.parse(body) } : {}) },
    })
    command = undefined
  }
  return pairs
}

/** Ids and what only a real FreeSWITCH can say are left out of the comparison. */
const withoutIds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'some-uuid'))

t.test('§3: the replies that a real server gave', async t => {
  if (!captures) return skipForWant(t, 'WIRE_CAPTURE_DIR', 53, 'recorded replies')
  const pairs = recordedReplies('esl-raw.log', 'C1')
  const apart = /^api (status|uuid_exists|global_getvar)|execute-app-name: (answer|hangup)/
  let compared = 0
  await withRaw(async raw => {
    raw.send('connect\n\n')
    await raw.next()
    for (const { command, reply } of pairs) {
      if (apart.test(command)) continue
      raw.send(command)
      let got = await raw.next()
      while (got?.headers.get('Content-Type')?.startsWith('text/event')) got = await raw.next()
      const ours = {
        ...Object.fromEntries(got?.headers ?? []),
        ...(got?.body ? { body: got.body } : {}),
      }
      t.strictSame(withoutIds(ours), withoutIds(reply), JSON.stringify(command))
      compared++
    }
    await raw.command('exit')
  })
  t.ok(compared > 40, `${compared} replies compared`)
})

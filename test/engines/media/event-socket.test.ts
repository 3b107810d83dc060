import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { recorded, withModesl } from '../../support/event-socket-calls.js'
import { fixtureFolder, skipForWant } from '../../support/fixtures.js'
import { apiAnswer, executed, type ModeslEvent, replied } from '../../support/modesl.js'

t.test('§10: the sample conversation, word by word', async t => {
  const { told, leg } = await withModesl(async (modesl, leg) => {
    const uuid = modesl.getInfo().getHeader('Unique-ID') ?? ''
    t.equal(modesl.getInfo().getHeader('Event-Name'), 'CHANNEL_DATA')
    t.equal(modesl.getInfo().getHeader('variable_sip_call_id'), '1-17498@127.0.0.1')
    t.equal(await replied(modesl, 'linger 1'), '+OK will linger 1 seconds')
    t.equal((await executed(modesl, 'answer')).getHeader('Answer-State'), 'answered')
    const played = await executed(modesl, 'playback', 'tone_stream://%(300,0,800)')
    t.equal(played.getHeader('Application-Response'), 'FILE PLAYED')
    t.equal(played.getHeader('variable_playback_ms'), '300')
    const entry =
      '4 8 2 6000 # tone_stream://%(400,0,440) tone_stream://%(300,0,200) pin ^\\d{4}$ 3000'
    const reading = executed(modesl, 'play_and_get_digits', entry)
    await replied(modesl, 'getvar uuid')
    leg.press('1234#')
    const read = await reading
    t.equal(read.getHeader('variable_pin'), '1234')
    t.equal(read.getHeader('variable_read_result'), 'success')
    t.equal(read.getHeader('variable_read_terminator_used'), '#')
    t.equal(read.getHeader('Application-Data'), entry)
    t.equal(await apiAnswer(modesl, 'uuid_getvar', [uuid, 'pin']), '1234')
    await executed(modesl, 'set', 'foo=bar baz')
    t.equal(await replied(modesl, 'getvar foo'), 'bar baz')
    const uptime = await new Promise<ModeslEvent>(resolve => modesl.bgapi('uptime', '', resolve))
    t.match(uptime.getBody(), /^\d+\n$/)
    t.equal(uptime.getHeader('Job-Owner-UUID'), uuid)
    await executed(modesl, 'hangup', 'NORMAL_CLEARING')
  })
  t.strictSame(told, [
    'EXECUTE answer',
    'ANSWER',
    'COMPLETE answer _none_',
    'EXECUTE playback',
    'COMPLETE playback FILE PLAYED',
    'EXECUTE play_and_get_digits',
    'DTMF 1',
    'DTMF 2',
    'DTMF 3',
    'DTMF 4',
    'DTMF #',
    'COMPLETE play_and_get_digits _none_',
    'EXECUTE set',
    'COMPLETE set _none_',
    'BACKGROUND_JOB',
    'EXECUTE hangup',
    'HANGUP',
    'COMPLETE hangup _none_',
    'UNPARK',
    'COMPLETE socket _none_',
    'CS_HANGUP',
    'CS_REPORTING',
    'HANGUP_COMPLETE',
    'notice linger',
    'notice disconnect',
  ])
  t.strictSame(leg.deeds, ['200', 'BYE NORMAL_CLEARING'])
})

t.test('§11: keys read one at a time: none is lost, none is told or logged', async t => {
  const keys = '73910482650174'
  // biome-ignore format: table
  for (const [rhythm, because] of [
    [[keys],                                'all typed ahead, in the first prompt'],
    [[...keys],                             'each when it is asked for'],
    [['7', '391', '0', '4826501', '74'],    'in bursts'],
  ] as const) {
    const { told, channel, logged } = await withModesl(
      async (modesl, leg) => {
        await executed(modesl, 'answer')
        const bursts = [...rhythm]
        let heard = ''
        while (heard.length < keys.length) {
          const reading = executed(
            modesl,
            'play_and_get_digits',
            '1 1 1 6000 none tone_stream://%(3000,0,440) silence_stream://10 d',
          )
          if (heard.length === rhythm.join('').length - bursts.join('').length) {
            await replied(modesl, 'getvar uuid')
            leg.press(bursts.shift() ?? '')
          }
          const read = await reading
          t.equal(read.getHeader('variable_read_result'), 'success')
          heard += read.getHeader('variable_d') ?? ''
          await executed(modesl, 'unset', 'd')
        }
        t.equal(heard, keys, because)
        await executed(modesl, 'hangup')
      },
      [['set', 'sensitive_dtmf=true']],
    )
    t.notOk(told.some(words => words.startsWith('DTMF')), 'no DTMF event')
    t.equal(channel.variable('digits_dialed'), undefined, 'no record of what was dialled')
    t.equal(channel.variable('d'), undefined)
    t.notOk(logged.join('').includes(keys), 'no log line holds the keys')
  }
})

t.test('without sensitive_dtmf the record of what was dialled is in the last event', async t => {
  const { channel, told } = await withModesl(async (modesl, leg) => {
    await executed(modesl, 'answer')
    leg.press('12')
    await executed(modesl, 'hangup')
  })
  t.equal(channel.variable('digits_dialed'), '12')
  t.strictSame(
    told.filter(words => words.startsWith('DTMF')),
    ['DTMF 1', 'DTMF 2'],
  )
})

t.test('§4: the caller hangs up: each application that runs ends exactly once', async t => {
  // biome-ignore format: table
  for (const [application, argument, response, because] of [
    ['playback', 'tone_stream://%(60000,0,440)', 'PLAYBACK ERROR', 'while it sounds'],
    ['sleep', '60000', '_none_', 'while it waits'],
    ['play_and_get_digits', '1 1 1 60000 # tone_stream://%(60000,0,440) silence_stream://10 d', '_none_', 'in the prompt'],
    ['play_and_get_digits', '1 1 3 60000 # silence_stream://20 silence_stream://10 d', '_none_', 'waiting for a key'],
    ['read', '1 4 silence_stream://20 d 60000 #', '_none_', 'waiting for a key'],
    ['park', '', '_none_', 'parked'],
  ] as const) {
    const { told } = await withModesl(async (modesl, leg) => {
      await executed(modesl, 'answer')
      const running = executed(modesl, application, argument)
      await replied(modesl, 'getvar uuid')
      leg.hangUp()
      t.equal((await running).getHeader('Hangup-Cause'), 'NORMAL_CLEARING')
    })
    const complete = told.filter(words => words.startsWith(`COMPLETE ${application}`))
    t.strictSame(complete, [`COMPLETE ${application} ${response}`], `${application}: ${because}`)
    t.strictSame(
      told.slice(told.indexOf('HANGUP')).filter(words => words !== 'UNPARK'),
      [
        'HANGUP',
        `COMPLETE ${application} ${response}`,
        `COMPLETE socket ${response}`,
        'CS_HANGUP',
        'CS_REPORTING',
        'HANGUP_COMPLETE',
        'notice disconnect',
      ],
      because,
    )
  }
})

t.test('§4: what is asked for meanwhile runs inside, and ends first', async t => {
  const { told, leg } = await withModesl(async modesl => {
    await executed(modesl, 'answer')
    const outer = executed(modesl, 'playback', 'tone_stream://%(500,0,440)')
    const inner = executed(modesl, 'sleep', '400')
    const set = executed(modesl, 'set', 'a=b')
    await Promise.all([outer, inner, set])
    await executed(modesl, 'hangup')
  })
  t.strictSame(told.slice(3, 9), [
    'EXECUTE playback',
    'EXECUTE sleep',
    'EXECUTE set',
    'COMPLETE set _none_',
    'COMPLETE sleep _none_',
    'COMPLETE playback FILE PLAYED',
  ])
  t.equal(leg.heard.length, 25, 'the outer one was silent meanwhile and then played whole')
})

t.test('§4: the call ends from the inside outwards', async t => {
  const { told } = await withModesl(async (modesl, leg) => {
    await executed(modesl, 'answer')
    const outer = executed(modesl, 'playback', 'tone_stream://%(50000,0,440)')
    const inner = executed(modesl, 'sleep', '40000')
    await replied(modesl, 'getvar uuid')
    leg.hangUp()
    await Promise.all([outer, inner])
  })
  t.strictSame(told.slice(3, 9), [
    'EXECUTE playback',
    'EXECUTE sleep',
    'HANGUP',
    'COMPLETE sleep _none_',
    'COMPLETE playback PLAYBACK ERROR',
    'UNPARK',
  ])
})

t.test('§4: with event-lock what follows waits for the end', async t => {
  const { told } = await withModesl(async modesl => {
    await executed(modesl, 'answer')
    modesl.setEventLock(true)
    const first = executed(modesl, 'playback', 'tone_stream://%(300,0,440)')
    modesl.setEventLock(false)
    const second = executed(modesl, 'set', 'a=b')
    await Promise.all([first, second])
    await executed(modesl, 'hangup')
  })
  t.strictSame(told.slice(3, 7), [
    'EXECUTE playback',
    'COMPLETE playback FILE PLAYED',
    'EXECUTE set',
    'COMPLETE set _none_',
  ])
})

t.test('uuid_break ends what is innermost, with all everything', async t => {
  const { told } = await withModesl(async (modesl, _, told) => {
    const uuid = modesl.getInfo().getHeader('Unique-ID') ?? ''
    const begun = () => told.filter(words => words === 'EXECUTE playback').length
    await executed(modesl, 'answer')
    for (const words of [[uuid], [uuid, 'all']]) {
      const before = begun()
      const outer = executed(modesl, 'playback', 'tone_stream://%(50000,0,440)')
      const inner = executed(modesl, 'playback', 'tone_stream://%(40000,0,440)')
      while (begun() < before + 2) await replied(modesl, 'getvar uuid')
      t.equal(await apiAnswer(modesl, 'uuid_break', words), '+OK\n')
      const playedMs = Number((await inner).getHeader('variable_playback_ms'))
      t.ok(playedMs < 40_000, `the inner one was cut after ${playedMs} ms`)
      if (words.length === 1) await apiAnswer(modesl, 'uuid_break', words)
      t.equal((await outer).getHeader('Application-Response'), 'FILE PLAYED')
    }
    await executed(modesl, 'hangup')
  })
  t.equal(told.filter(words => words === 'COMPLETE playback FILE PLAYED').length, 4)
})

t.test('an unknown application ends the call, and what follows never runs', async t => {
  const { told, leg } = await withModesl(async modesl => {
    await executed(modesl, 'answer')
    modesl.execute('no_such_application', 'x')
    modesl.execute('set', 'a=b')
  })
  t.notOk(told.some(words => words.includes('no_such_application') || words.includes('set')))
  t.strictSame(leg.deeds, ['200', 'BYE DESTINATION_OUT_OF_ORDER'])
})

t.test('the outbound socket hears of its own channel alone, before myevents too', async t => {
  await withModesl(async modesl => {
    const told = recorded(modesl)
    const other = await withModesl(async another => {
      await executed(another, 'answer')
      await executed(another, 'hangup')
    })
    t.ok(other.told.includes('COMPLETE answer _none_'))
    t.strictSame(told, [], 'nothing of another call')
    await executed(modesl, 'hangup')
  })
})

const captures = fixtureFolder('WIRE_CAPTURE_DIR')

t.test('§2, §5: the headers that a real server’s events had', async t => {
  if (!captures) return skipForWant(t, 'WIRE_CAPTURE_DIR', 25, 'recorded events')
  const capture = readFileSync(join(captures, 'esl-outbound.cap'), 'utf8')
  const theirs = new Map<string, string[]>()
  for (const [body] of capture.matchAll(/\{"Event-Name":.*?"\}/gs)) {
    const event: Record<string, string> = JSON.parse(body)
    const key = `${event['Event-Name']} ${event.Application ?? ''}`
    theirs.set(
      key,
      Object.keys(event).filter(name => !/^variable_|^_body$/.test(name)),
    )
  }
  const ours = new Map<string, string[]>()
  await withModesl(async (modesl, leg) => {
    modesl.onAny((_, event) => {
      const name = event?.getHeader?.('Event-Name')
      if (!name) return
      const key = `${name} ${event.getHeader('Application') ?? ''}`
      const names = event.headers.map(header => header.name)
      ours.set(
        key,
        names.filter(one => !/^variable_|^_body$/.test(one)),
      )
    })
    await executed(modesl, 'answer')
    await executed(modesl, 'playback', 'tone_stream://%(100,0,800)')
    leg.press('1')
    await executed(
      modesl,
      'play_and_get_digits',
      '1 1 1 2000 # silence_stream://20 silence_stream://20 pin',
    )
    await executed(modesl, 'set', 'foo=bar')
    await new Promise<ModeslEvent>(resolve => modesl.bgapi('uptime', '', resolve))
    await executed(modesl, 'hangup', 'DESTINATION_OUT_OF_ORDER')
  })
  for (const [key, names] of theirs) {
    t.strictSame(ours.get(key)?.toSorted(), names.toSorted(), key)
  }
  t.ok(theirs.size > 10, `${theirs.size} kinds of events compared`)
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Action } from '../../../engines/media/channel/channel.js'
import {
  parseHangupCause,
  reasonHeaderOf,
  statusOf,
} from '../../../engines/media/channel/hangup-cause.js'
import {
  mediaContradictions,
  mediaSettings,
  productDialplan,
} from '../../../engines/media/config.js'
import { compileDialplan } from '../../../engines/media/dialplan.js'
import { CommandReader } from '../../../engines/media/event-socket/framing.js'
import { lineEncode, urlEncode } from '../../../engines/media/event-socket/url-encode.js'
import { PromptSource } from '../../../engines/media/playback/clip.js'
import { ClipShelf } from '../../../engines/media/playback/clip-shelf.js'
import { RecentlyUsed } from '../../../engines/media/playback/recently-used.js'
import { parseToneStream } from '../../../engines/media/playback/tone.js'
import { formatWav } from '../../../platform/rtp/wav.js'
import { readSettings } from '../../../platform/settings.js'
import { until } from '../../support/audio-phone.js'
import { mediaBench } from '../../support/media-bench.js'

const folder = t.testdir({})
mkdirSync(join(folder, 'inner'))
const SHORT = Buffer.alloc(800, 1)
const ODD = Buffer.alloc(170, 2)
writeFileSync(join(folder, 'short.wav'), formatWav({ encoding: 'PCMU', samples: SHORT }))
writeFileSync(join(folder, 'inner', 'odd.wav'), formatWav({ encoding: 'PCMU', samples: ODD }))
writeFileSync(
  join(folder, 'linear.wav'),
  formatWav({ encoding: 'PCM16', samples: Buffer.alloc(320) }),
)
writeFileSync(join(folder, 'broken.wav'), 'RIFF')

t.test('what a name stands for', async t => {
  const shelf = new ClipShelf(folder)
  // biome-ignore format: table
  for (const [name, samples, times, because] of [
    ['short.wav',                                  800,  1,         'a file of the folder'],
    ['inner/odd.wav',                              170,  1,         'in a folder of it'],
    [join(folder, 'short.wav'),                    800,  1,         'an absolute path'],
    ['linear.wav',                                 160,  1,         '16-bit linear'],
    ['file_string://short.wav!inner/odd.wav',      970,  1,         'one after the other without a gap'],
    ['file_string://short.wav!silence_stream://40!short.wav', 1_920, 1, 'with a pause between'],
    ['silence_stream://100',                       160,  5,         '100 ms of silence'],
    ['silence_stream://1',                         160,  1,         'never less than a frame'],
    ['silence_stream://-1',                        160,  Infinity,  'for ever'],
    ['silence_stream://100,1400',                  160,  5,         'a level of noise is not used'],
    ['tone_stream://%(100,0,440)',                 800,  1,         'a tone'],
    ['tone_stream://%(100,50,440,480);loops=3',    1_200, 3,        'two frequencies, three times'],
    ['tone_stream://v=-20;%(10,0,440);loops=-1',   160,  Infinity,  'for ever: whole frames, so that nothing falls between'],
    ['nothing.wav',                                undefined, 0,    'no such file'],
    ['broken.wav',                                 undefined, 0,    'no WAV'],
    ['inner',                                      undefined, 0,    'a folder'],
    ['',                                           undefined, 0,    'no name'],
    ['file_string://short.wav!nothing.wav',        undefined, 0,    'one part missing: nothing at all'],
    ['file_string://silence_stream://86400000',    undefined, 0,    'longer than memory should hold'],
    ['silence_stream://soon',                      undefined, 0,    'no number'],
    ['tone_stream://%(a,0,440)',                   undefined, 0,    'no number'],
    ['tone_stream://nonsense',                     undefined, 0,    'no tone'],
    ['http://example/short.wav',                   undefined, 0,    'nothing is fetched'],
  ] as const) {
    const prompt = await shelf.find(name)
    t.equal(prompt?.clip.samples, samples, `${name}: ${because}`)
    t.equal(prompt?.times ?? 0, times, because)
  }
  const before = await shelf.find('short.wav')
  t.equal((await shelf.find('short.wav'))?.clip, before?.clip, 'read once')
  writeFileSync(join(folder, 'changing.wav'), formatWav({ encoding: 'PCMU', samples: SHORT }))
  const old = await shelf.find('changing.wav')
  writeFileSync(join(folder, 'changing.wav'), formatWav({ encoding: 'PCMU', samples: ODD }))
  t.equal(old?.clip.samples, 800)
  t.equal((await shelf.find('changing.wav'))?.clip.samples, 170, 'and again when it has changed')
})

t.test('a prompt counts what was played, to the sample', async t => {
  const shelf = new ClipShelf(folder)
  const prompt = await shelf.find('file_string://short.wav!inner/odd.wav')
  if (!prompt) throw new Error('the clips of this test are missing')
  const source = new PromptSource({ ...prompt, times: 2 })
  const played: number[] = []
  let octets = 0
  for (let frame = source.next('PCMU'); frame; frame = source.next('PCMU')) {
    octets += frame.length
    played.push(source.samplesPlayed)
  }
  t.strictSame(played.slice(0, 8), [160, 320, 480, 640, 800, 960, 970, 1_130])
  t.equal(source.samplesPlayed, 1_940)
  t.equal(octets, 14 * 160)
  t.equal(
    parseToneStream('%(200000,0,440)'),
    undefined,
    'a tone beyond two minutes is not computed',
  )
})

t.test('memory has a bound: what was not used for the longest gives way', async t => {
  const kept = new RecentlyUsed<number>(10, weight => weight)
  for (const weight of [4, 3, 2]) kept.set(`w${weight}`, weight)
  t.equal(kept.get('w4'), 4)
  kept.set('w5', 5)
  t.strictSame(
    [kept.get('w3'), kept.get('w2'), kept.get('w4'), kept.weight],
    [undefined, undefined, 4, 9],
  )
  kept.set('w4', 11)
  t.strictSame([kept.get('w4'), kept.weight], [undefined, 0], 'too heavy alone')
})

/** Runs actions on a call; `keys` are pressed before the first, `later` when the last waits. */
async function callOf(actions: readonly Action[], keys = '', later = '') {
  const bench = mediaBench(folder, 20)
  const { leg, channel } = bench.call(actions)
  leg.press(keys)
  if (later !== '') {
    await until(() => channel.variable('current_application') === actions.at(-1)?.[0])
    leg.press(later)
  }
  await channel.ended
  await bench.close()
  return { leg, channel }
}

const FACTS = ['pin', 'read_result', 'read_terminator_used', 'pin_invalid']

t.test('play_and_get_digits and read: digits, result, terminator, what did not fit', async t => {
  const s = 'silence_stream://20'
  const pagd = 'play_and_get_digits'
  // biome-ignore format: table
  for (const [application, argument, keys, pin, result, terminator, invalid, because] of [
    [pagd,   `1 1 1 2000 none ${s} ${s} pin`,         '7',      '7',       'success', undefined, undefined, 'one key'],
    [pagd,   `1 1 1 2000 none ${s} ${s} pin`,         '#',      '#',       'success', undefined, undefined, 'no terminator: # is a key'],
    [pagd,   `1 1 1 2000 # ${s} ${s} pin`,            '#',      undefined, 'success', '#',       undefined, 'only the terminator where one key is asked: empty'],
    [pagd,   `2 4 1 2000 # ${s} ${s} pin`,            '#',      undefined, 'failure', '#',       undefined, 'only the terminator where two are asked'],
    [pagd,   `0 4 1 2000 # ${s} ${s} pin`,            '#',      undefined, 'success', '#',       undefined, 'nothing is allowed'],
    [pagd,   `4 8 1 2000 # ${s} ${s} pin`,            '1234#',  '1234',    'success', '#',       undefined, 'ended by the terminator'],
    [pagd,   `4 8 1 2000 # ${s} ${s} pin`,            '123#',   undefined, 'failure', '#',       undefined, 'too few'],
    [pagd,   `4 4 1 2000 # ${s} ${s} pin`,            '12345',  '1234',    'success', undefined, undefined, 'the last key is not read'],
    [pagd,   `2 8 1 2000 # ${s} ${s} pin`,            '123',    '123',     'timeout', undefined, undefined, 'enough, and no terminator in time: as good'],
    [pagd,   `4 8 1 2000 # ${s} ${s} pin`,            '123',    undefined, 'failure', undefined, undefined, 'too few in time'],
    [pagd,   `4 8 2 1000 # ${s} ${s} pin`,            '',       undefined, 'failure', undefined, undefined, 'nothing, twice'],
    [pagd,   `2 6 1 2000 # ${s} ${s} pin ^9\\d+$`,    '1234#',  undefined, 'success', '#',       '1234',    'the pattern refuses'],
    [pagd,   `2 6 2 2000 # ${s} ${s} pin ^9\\d+$`,    '12#91#', '91',      'success', '#',       '12',      'the second try fits'],
    [pagd,   `2 6 1 2000 # ${s} ${s} pin [`,          '12#',    undefined, 'success', '#',       '12',      'a pattern that is none'],
    [pagd,   `1 2 1 2000 *# ${s} ${s} pin`,           '1*',     '1',       'success', '*',       undefined, 'either terminator'],
    [pagd,   `1 1 1 2000 none nothing.wav ${s} pin`,  '7',      undefined, 'failure', undefined, undefined, 'no prompt, no try'],
    [pagd,   `1 1 1 2000 none '${s}' '${s}' pin`,     '7',      '7',       'success', undefined, undefined, 'quoted'],
    ['read', `1 4 ${s} pin 2000 #`,                   '12#',    '12',      'success', '#',       undefined, 'read'],
    ['read', `2 4 ${s} pin 1000 #`,                   '1',      '1',       'failure', undefined, undefined, 'too few in time'],
    ['read', `1 4 silence pin 1000`,                  '12#',    '12',      'success', '#',       undefined, 'no prompt, # unless said'],
  ] as const) {
    const { channel } = await callOf([['answer', ''], [application, argument]], keys)
    const facts = FACTS.map(name => channel.variable(name))
    t.strictSame(facts, [pin, result, terminator, invalid], `${argument}, ${keys}: ${because}`)
  }
})

t.test('playback: keys that end it, and what it says', async t => {
  const tone = 'tone_stream://%(60000,0,440)'
  // biome-ignore format: table
  for (const [terminators, keys, used, because] of [
    [undefined, '12*',  '*',       '* unless set'],
    ['3',       '1*3',  '3',       'the one that is set'],
    ['12',      '32',   '2',       'any of several'],
    ['any',     '7',    '7',       'any at all'],
  ] as const) {
    const set: Action[] = terminators ? [['set', `playback_terminators=${terminators}`]] : []
    const { channel } = await callOf([['answer', ''], ...set, ['playback', tone]], '', keys)
    t.equal(channel.variable('playback_terminator_used'), used, because)
    t.equal(channel.variable('current_application_response'), 'FILE PLAYED')
  }
  const none = await callOf(
    [
      ['answer', ''],
      ['set', 'playback_terminators=none'],
      ['playback', 'short.wav'],
    ],
    '1*#',
  )
  t.equal(none.channel.variable('playback_terminator_used'), undefined)
  t.equal(none.channel.variable('playback_samples'), '800')
  const endless: Action = ['endless_playback', 'short.wav']
  const bench = mediaBench(folder, 20)
  const { leg, channel } = bench.call([['answer', ''], endless])
  await until(() => leg.heard.length > 30)
  leg.press('*')
  await channel.ended
  await bench.close()
  t.equal(channel.variable('playback_terminator_used'), '*', 'six times and more, until a key')
  const missing = await callOf([
    ['answer', ''],
    ['playback', 'nothing.wav'],
  ])
  t.equal(missing.channel.variable('current_application_response'), 'FILE NOT FOUND')
})

t.test('sleep ends at a key and leaves it; flush_dtmf forgets; set, unset', async t => {
  const read: Action = ['read', '1 1 silence d 1000 none']
  const slept = await callOf([['answer', ''], ['sleep', '60000'], read], '5')
  t.equal(slept.channel.variable('d'), '5')
  const flushed = await callOf([['answer', ''], ['flush_dtmf', ''], read], '5')
  t.equal(flushed.channel.variable('d'), undefined)
  const { channel } = await callOf([
    ['set', 'a=1=2'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the channel.
    ['set', 'b=<${a}${none}>'],
    ['set', 'c=x'],
    ['set', 'c='],
    ['set', 'd=x'],
    ['unset', 'd'],
    ['set', 'e=$'],
    ['export', 'f=1'],
    ['multiset', 'g=1 h=2=3'],
    ['multiset', '^^;i=a b;j=c'],
    ['log', 'INFO nothing of it is written'],
    ['eval', 'nothing'],
    ['info', ''],
  ])
  const values = ['a', 'b', 'c', 'd', 'e'].map(name => channel.variable(name))
  t.strictSame(values, ['1=2', '<1=2>', undefined, undefined, '$'])
  const more = ['f', 'g', 'h', 'i', 'j'].map(name => channel.variable(name))
  t.strictSame(more, ['1', '1', '2=3', 'a b', 'c'])
})

t.test('before the answer: ringing, early media, refusal', async t => {
  // biome-ignore format: table
  for (const [actions, deeds, because] of [
    [[['ring_ready', ''], ['answer', '']],                     ['180', '200', 'BYE NORMAL_CLEARING'],            'rung, then answered'],
    [[['pre_answer', ''], ['playback', 'short.wav'], ['hangup', 'CALL_REJECTED']], ['183', 'refused CALL_REJECTED'], 'an announcement'],
    [[['playback', 'short.wav']],                              ['183', 'refused NORMAL_CLEARING'],               'played: early media by itself'],
    [[['respond', '180'], ['respond', '183']],                 ['180', '183', 'refused NORMAL_CLEARING'],        'respond below 200'],
    [[['respond', '486 Busy Here'], ['answer', '']],           ['486 Busy Here'],                                'refused, and nothing follows'],
    [[['answer', ''], ['respond', '486'], ['hangup', '17']],   ['200', 'BYE USER_BUSY'],                         'too late to refuse'],
    [[['answer', ''], ['answer', '']],                         ['200', 'BYE NORMAL_CLEARING'],                   'answered once'],
    [[['nonsense', ''], ['answer', '']],                       ['refused DESTINATION_OUT_OF_ORDER'],             'an unknown application'],
  ] as const) {
    const { leg } = await callOf(actions)
    t.strictSame(leg.deeds, deeds, because)
  }
})

t.test('causes: names, numbers, SIP statuses, Reason', async t => {
  // biome-ignore format: table
  for (const [text, cause, status, reason] of [
    ['CALL_REJECTED',      'CALL_REJECTED',      603, 'Q.850;cause=21;text="CALL_REJECTED"'],
    ['user_busy',          'USER_BUSY',          486, 'Q.850;cause=17;text="USER_BUSY"'],
    ['19',                 'NO_ANSWER',          480, 'Q.850;cause=19;text="NO_ANSWER"'],
    ['16',                 'NORMAL_CLEARING',    480, 'Q.850;cause=16;text="NORMAL_CLEARING"'],
    ['UNALLOCATED_NUMBER', 'UNALLOCATED_NUMBER', 404, 'Q.850;cause=1;text="UNALLOCATED_NUMBER"'],
    ['MEDIA_TIMEOUT',      'MEDIA_TIMEOUT',      480, 'Q.850;cause=127;text="MEDIA_TIMEOUT"'],
  ] as const) {
    t.equal(parseHangupCause(text), cause)
    t.equal(statusOf(cause), status)
    t.equal(reasonHeaderOf(cause), reason)
  }
  t.equal(parseHangupCause('nonsense'), undefined)
})

t.test('the product’s dialplan, and what may be dialled', async t => {
  const settings = readSettings(mediaSettings, { MCSCP_MEDIA_CLIPS: '/clips' })
  const dialplan = compileDialplan(productDialplan(settings))
  t.strictSame(dialplan('charge'), [
    ['set', 'sensitive_dtmf=true'],
    ['socket', '127.0.0.1:8084 async full'],
  ])
  t.strictSame(dialplan('announcement-not-permitted'), [
    ['pre_answer', ''],
    ['playback', '/clips/announcement/not-permitted.wav'],
    ['hangup', 'CALL_REJECTED'],
  ])
  for (const dialled of [
    '',
    'charged',
    'x-charge',
    'announcement-',
    'announcement-../x',
    'announcement-A',
  ]) {
    t.equal(dialplan(dialled), undefined, dialled)
  }
  const loose = compileDialplan([
    { destination: 'play-(.*)', actions: [['playback', '$1.wav $2']] },
  ])
  t.strictSame(loose('play-a.b'), [['playback', 'a.b.wav ']])
  for (const dialled of [
    'play-../secret',
    'play-/etc',
    'play-a b',
    `play-$\{uuid}`,
    'play-a!b',
    'play-a\nb',
  ]) {
    t.equal(
      loose(dialled),
      undefined,
      `${JSON.stringify(dialled)} could be a path, a variable or two words`,
    )
  }
  t.throws(() => compileDialplan([{ destination: '(', actions: [] }]), { code: 'SETTINGS_INVALID' })
  const crossed = { MCSCP_MEDIA_RTP_PORT_FIRST: '3000', MCSCP_MEDIA_RTP_PORT_LAST: '2000' }
  t.throws(() => readSettings(mediaSettings, crossed, mediaContradictions), {
    code: 'SETTINGS_INVALID',
  })
})

t.test('§1: commands however their bytes arrive', async t => {
  const stream =
    '\n\r\nConnect\n\nsendmsg abc\r\nExecute-App-Name: set\r\ncontent-length: 5\r\n\r\na=\nb\n' +
    'api  uuid_exists  x \n\nexit\n\n'
  const words = (chunks: readonly string[]) => {
    const reader = new CommandReader()
    return chunks.flatMap(chunk => {
      const framing = reader.push(Buffer.from(chunk))
      if (framing.outcome === 'too_long') return ['too long']
      return framing.commands.map(({ word, rest, body, headers }) =>
        [word, rest, headers.get('execute-app-name') ?? '', body ?? ''].join('|'),
      )
    })
  }
  const whole = ['connect|||', 'sendmsg|abc|set|a=\nb\n', 'api|uuid_exists  x||', 'exit|||']
  t.strictSame(words([stream]), whole, 'all at once')
  t.strictSame(words([...stream]), whole, 'one byte at a time')
  const crlf = 'sendmsg\r\nexecute-app-name: answer\r\n\r\n'
  t.strictSame(words([crlf]), ['sendmsg||answer|'], 'no CR is left at the last value')
  t.strictSame(words([`x${'y'.repeat(70_000)}`]), ['too long'], 'a line without end')
  t.strictSame(words(['x\ncontent-length: 10485761\n\n']), ['too long'], 'a body beyond 10 MB')
  t.strictSame(words(['x\ncontent-length: 10485760\n\n']), [], 'up to which it is waited for')
})

t.test('§1: what is escaped, as the real server does it', async t => {
  // biome-ignore format: table
  for (const [text, encoded] of [
    ['Sun, 22 Nov 2026 01:50:50 GMT',           'Sun,%2022%20Nov%202026%2001%3A50%3A50%20GMT'],
    ['sofia/internal/0312345678@127.0.0.1:5170', 'sofia/internal/0312345678%40127.0.0.1%3A5170'],
    ['"caller" <sip:a@b;x=y>;tag=1',            '%22caller%22%20%3Csip%3Aa%40b%3Bx%3Dy%3E%3Btag%3D1'],
    ['v=0\r\n',                                 'v%3D0%0D%0A'],
    ['100%',                                    '100%25'],
    ['\u0000\u007f',                            '%00%7F'],
    ['日本 é',                                   '%E6%97%A5%E6%9C%AC%20%C3%A9'],
  ] as const) {
    t.equal(urlEncode(text), encoded)
    t.equal(decodeURIComponent(encoded), text)
  }
  t.equal(lineEncode('+OK 50%\r\nx: y'), '+OK 50%25%0D%0Ax: y')
  t.doesNotThrow(() => decodeURIComponent(urlEncode('\ud800')), 'half a character breaks no parser')
})

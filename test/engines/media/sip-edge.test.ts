import { BlockList } from 'node:net'
import t from 'tap'
import { parseSdp } from '../../../platform/sdp.js'
import { AudioPhone, until } from '../../support/audio-phone.js'
import { execute } from '../../support/event-socket-calls.js'
import { audioPortOf, CLIP, channelOf, engines, offer } from '../../support/media-engine-rig.js'
import { executed, type ModeslConnection, modeslApplication } from '../../support/modesl.js'
import { quickTime } from '../../support/quick-time.js'
import { rawApplication } from '../../support/raw-event-socket.js'

const engine = engines(t)

t.test('a call to charge: answered by an application, heard, keyed, ended by it', async t => {
  let arrived: (connection: ModeslConnection) => void = () => {}
  const connected = new Promise<ModeslConnection>(resolve => {
    arrived = resolve
  })
  const application = await modeslApplication(connection => arrived(connection))
  const { media, sip, audio, close } = await engine(application.port)
  const headers = { 'X-Mcscp-Token': 'tok%en-17', 'P-Asserted-Identity': '<tel:+819012345678>' }
  sip.ask('INVITE', 'charge-1', { user: 'charge', headers, body: offer(audio.port) })
  const modesl = await connected
  const about = modesl.getInfo()
  t.equal(about.getHeader('variable_sip_h_X-Mcscp-Token'), 'tok%en-17')
  t.equal(about.getHeader('variable_sensitive_dtmf'), 'true')
  t.equal(about.getHeader('Caller-Destination-Number'), 'charge')
  t.equal(about.getHeader('variable_sip_call_id'), 'charge-1')
  t.equal(about.getHeader('variable_remote_media_port'), String(audio.port))
  const answering = executed(modesl, 'answer')
  const answer = await sip.answer()
  t.equal(answer.status, 200)
  sip.askIn(answer, 'ACK', 1)
  await answering
  t.equal((await executed(modesl, 'playback', 'clip.wav')).getHeader('variable_playback_ms'), '500')
  await until(() => audio.received.length === 25)
  t.strictSame(audio.heard, CLIP, 'every sample, in order')

  const toPort = audioPortOf(answer)
  let keyed = ''
  for (const [at, digit] of (['4', '0', '#'] as const).entries()) {
    const read = executed(
      modesl,
      'play_and_get_digits',
      '1 1 1 6000 none silence_stream://2000 silence_stream://10 d',
    )
    await audio.press(toPort, digit, { ssrc: 9, timestamp: 800 * (at + 1) })
    keyed += (await read).getHeader('variable_d')
    await executed(modesl, 'unset', 'd')
  }
  t.equal(keyed, '40#')
  const hangup = executed(modesl, 'hangup', 'NORMAL_CLEARING')
  const bye = await sip.request()
  t.equal(bye.method, 'BYE')
  t.equal(bye.headers.get('Reason'), 'Q.850;cause=16;text="NORMAL_CLEARING"')
  sip.reply(bye, '200 OK')
  await hangup
  await until(() => media.switchboard.counts.now === 0)
  application.close()
  await close()
})

t.test('XE1: what a caller writes into its INVITE begins no line and runs nothing', async t => {
  const application = await rawApplication()
  t.teardown(() => application.close())
  const { media, sip, audio, close } = await engine(application.port)
  t.teardown(close)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: no template, a variable's name.
  const name = '"a\\"b %0aReply-Text: +OK ${uuid} , park inline"'
  const user = '%0d%0aContent-Length%3a%2099%0a%0aevil'
  const headers = { From: `${name} <sip:${user}@127.0.0.1>;tag=1`, 'X-Evil': 'a%0A%0Ab: c|d,e' }
  sip.ask('INVITE', 'evil-1', { user: 'charge', headers, body: offer(audio.port) })
  const raw = await application.next()
  raw.send('connect\n\n')
  const about = await raw.next()
  t.equal(about?.headers.get('Reply-Text'), '%2BOK%0A', 'ours, not the caller’s')
  t.notOk(about?.headers.has('Content-Length'))
  t.notOk(about?.headers.has('evil'))
  const uuid = about?.headers.get('Unique-ID') ?? ''
  t.equal(await raw.command('myevents plain'), '+OK Events Enabled')
  t.equal(
    await raw.command('getvar sip_from_display'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the caller's words, as they were.
    'a"b %250aReply-Text: +OK ${uuid} , park inline',
  )
  t.equal(await raw.command('getvar sip_from_user'), '%0D%0AContent-Length: 99%0A%0Aevil')
  const asked = async (command: string) => {
    raw.send(`api ${command}\n\n`)
    return (await raw.nextOf('api/response'))?.body ?? ''
  }
  t.equal((await asked('show channels')).split('\n').length, 4, 'one line a channel')
  t.match(await asked(`uuid_dump ${uuid}`), /^variable_sip_h_X-Evil: a%250A%250Ab%3A%20c%7Cd,e$/m)
  const dumped = JSON.parse(await asked(`uuid_dump ${uuid} json`))
  t.equal(dumped['variable_sip_h_X-Evil'], 'a%0A%0Ab: c|d,e')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the channel.
  const transfer = execute('transfer', '${sip_from_display}')
  t.equal(await raw.command(transfer), '+OK')
  const events = await raw.rest()
  const hangup = events.find(({ body }) => body.startsWith('Event-Name: CHANNEL_HANGUP\n'))
  t.match(hangup?.body, 'Hangup-Cause: NO_ROUTE_DESTINATION\n', 'no caller names applications')
  await until(() => media.switchboard.counts.now === 0)
})

t.test('N-06: an announcement is heard before the answer, then the call is refused', async t => {
  const { media, sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'a-1', { user: 'announcement-not-permitted', body: offer(audio.port) })
  const progress = await sip.answer()
  t.equal(progress.status, 183)
  t.equal(audioPortOf(progress) % 2, 0)
  const refusal = await sip.answer()
  t.equal(refusal.status, 603)
  t.equal(refusal.headers.get('Reason'), 'Q.850;cause=21;text="CALL_REJECTED"')
  t.strictSame(audio.heard, CLIP)
  sip.ask('ACK', 'a-1', {
    user: 'announcement-not-permitted',
    headers: { To: refusal.headers.get('To') ?? '' },
  })
  t.equal(media.switchboard.counts.now, 0)
  await close()
})

t.test('what is refused, and with what', async t => {
  const { media, sip, audio, close } = await engine(9)
  const good = offer(audio.port)
  // biome-ignore format: table
  for (const [user, extra, status, header, because] of [
    ['nowhere',      { body: good },                                         404, ['Reason', 'Q.850;cause=3;text="NO_ROUTE_DESTINATION"'], 'nothing is dialled so'],
    ['announcement-..', { body: good },                                      404, [], 'no path may be dialled'],
    ['clip',         { body: good.replace('0 8 96', '18') },                 488, [], 'no common codec'],
    ['clip',         { body: 'nonsense' },                                   400, [], 'no description'],
    ['clip',         { body: good, headers: { 'Content-Type': 'text/plain' } }, 415, ['Accept', 'application/sdp'], 'a body of another kind'],
    ['clip',         { body: good, headers: { Require: 'foo' } },            420, ['Unsupported', 'foo'], 'an extension we lack'],
    ['refuse',       { body: good },                                         486, [], 'an application refuses'],
    ['nothing',      { body: good },                                         480, ['Reason', 'Q.850;cause=16;text="NORMAL_CLEARING"'], 'nothing is to be done'],
    ['charge',       { body: good },                                         480, [], 'the application is not there'],
    ['announcement-none', {},                                                603, [], 'a delayed offer hears no early audio'],
  ] as const) {
    const callId = `refused-${status}-${user}-${because.length}`
    sip.ask('INVITE', callId, { user, ...extra })
    const answer = await sip.answer()
    t.equal(answer.status, status, because)
    if (header.length > 0) t.equal(answer.headers.get(header[0] ?? ''), header[1])
    sip.ask('ACK', callId, { user, headers: { Via: answer.headers.get('Via') ?? '', To: answer.headers.get('To') ?? '' } })
  }
  await until(() => media.switchboard.counts.now === 0)
  sip.ask('OPTIONS', 'options')
  t.match((await sip.answer()).headers.all('Allow').join(), /INVITE.*INFO/)
  sip.ask('MESSAGE', 'message')
  t.equal((await sip.answer()).status, 405)
  await close()
})

t.test('XR3: without a port, or beyond the most calls, a call is refused for now', async t => {
  for (const more of [
    { mostCalls: 1 },
    { rtp: { address: '127.0.0.1', first: 24_100, last: 24_100 } },
  ]) {
    const { sip, audio, close } = await engine(9, more)
    sip.ask('INVITE', 'first', { user: 'park', body: offer(audio.port) })
    const answer = await sip.answer()
    sip.askIn(answer, 'ACK', 1)
    sip.ask('INVITE', 'second', { user: 'park', body: offer(audio.port) })
    const refusal = await sip.answer()
    t.equal(refusal.status, 503)
    const seconds = Number(refusal.headers.get('Retry-After'))
    t.ok(seconds >= 5 && seconds < 30, `try again in ${seconds} s`)
    sip.askIn(answer, 'BYE', 2)
    t.equal((await sip.answer()).status, 200)
    sip.ask('INVITE', 'third', { user: 'refuse', body: offer(audio.port) })
    t.equal((await sip.answer()).status, 486, 'then there is room again')
    await close()
  }
})

t.test('XR3: an address that is not this machine’s refuses calls and ends none', async t => {
  const { sip, audio, close } = await engine(9, {
    rtp: { address: '192.0.2.1', first: 24_000, last: 24_000 },
  })
  for (const callId of ['nowhere-1', 'nowhere-2']) {
    sip.ask('INVITE', callId, { user: 'park', body: offer(audio.port) })
    t.equal((await sip.answer()).status, 503, 'and its port is free again')
  }
  await close()
})

t.test('CANCEL before the answer ends the call', async t => {
  const { media, sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'c-1', { user: 'ring', body: offer(audio.port) })
  t.equal((await sip.answer()).status, 180)
  const channel = channelOf(media)
  sip.cancel('c-1', { user: 'ring' })
  const statuses = [(await sip.answer()).status, (await sip.answer()).status]
  t.strictSame(statuses.sort(), [200, 487])
  await channel.ended
  t.equal(channel.cause, 'ORIGINATOR_CANCEL')
  t.equal(channel.variable('sip_hangup_disposition'), 'recv_cancel')
  await close()
})

t.test('the caller hangs up, with or without a reason', async t => {
  const { media, sip, audio, close } = await engine(9)
  // biome-ignore format: table
  for (const [reason, cause] of [
    [undefined,                        'NORMAL_CLEARING'],
    ['Q.850;cause=17;text="busy"',     'USER_BUSY'],
    ['SIP;cause=480',                  'NORMAL_CLEARING'],
  ] as const) {
    const callId = `bye-${cause}-${reason?.length}`
    sip.ask('INVITE', callId, { user: 'park', body: offer(audio.port) })
    const answer = await sip.answer()
    sip.askIn(answer, 'ACK', 1)
    const channel = channelOf(media)
    sip.askIn(answer, 'BYE', 2, reason ? { headers: { Reason: reason } } : {})
    t.equal((await sip.answer()).status, 200)
    await channel.ended
    t.equal(channel.cause, cause)
    t.equal(channel.variable('sip_hangup_disposition'), 'recv_bye')
  }
  await close()
})

t.test('RFC 3261 §15: our BYE waits for the ACK', async t => {
  const { sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'ack-1', { user: 'end', body: offer(audio.port) })
  const answer = await sip.answer()
  t.equal(answer.status, 200)
  sip.ask('OPTIONS', 'between')
  t.equal((await sip.answer()).status, 200, 'no BYE has come before this')
  sip.askIn(answer, 'ACK', 1)
  const bye = await sip.request()
  t.equal(bye.headers.get('Reason'), 'Q.850;cause=17;text="USER_BUSY"')
  sip.reply(bye, '200 OK')
  await close()
})

t.test('a delayed offer: ours in the 200, theirs in the ACK', async t => {
  const { media, sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'd-1', { user: 'clip' })
  const answer = await sip.answer()
  t.match(answer.body.toString(), /m=audio \d+ RTP\/AVP 0 8 101\r\n/)
  t.equal(audio.received.length, 0)
  sip.askIn(answer, 'ACK', 1, { body: offer(audio.port) })
  const bye = await sip.request()
  t.equal(bye.method, 'BYE')
  sip.reply(bye, '200 OK')
  t.strictSame(audio.heard, CLIP)

  sip.ask('INVITE', 'd-2', { user: 'clip' })
  const second = await sip.answer()
  sip.askIn(second, 'ACK', 1, { body: offer(audio.port).replace('0 8 96', '18') })
  const refused = await sip.request()
  t.match(refused.headers.get('Reason'), /INCOMPATIBLE_DESTINATION/)
  sip.reply(refused, '200 OK')
  await until(() => media.switchboard.counts.now === 0)
  await close()
})

t.test('RFC 3264 §8: hold, resume, another port, another codec', async t => {
  const { media, sip, audio, close } = await engine(9)
  const moved = await AudioPhone.open()
  sip.ask('INVITE', 'r-1', { user: 'park', body: offer(audio.port) })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  await until(() => channel.callState === 'ACTIVE')
  let cseq = 1
  // biome-ignore format: table
  for (const [body, status, said, callState, because] of [
    [offer(audio.port, 'a=sendonly'),                       200, 'a=recvonly', 'HELD',   'held with music'],
    [offer(audio.port, 'a=inactive'),                       200, 'a=inactive', 'HELD',   'held in silence'],
    [offer(audio.port),                                     200, 'a=sendrecv', 'ACTIVE', 'back'],
    [offer(audio.port).replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0'), 200, 'a=recvonly', 'HELD', 'held the old way'],
    [offer(moved.port),                                     200, 'a=sendrecv', 'ACTIVE', 'back on another port'],
    [offer(moved.port).replace('0 8 96', '18'),             488, '',           'ACTIVE', 'a codec we lack: all stays'],
    ['nonsense',                                            400, '',           'ACTIVE', 'no description: all stays'],
    [offer(moved.port).replace('0 8 96', '8 96'),           200, 'RTP/AVP 8 96', 'ACTIVE', 'in A-law from now on'],
  ] as const) {
    cseq++
    sip.askIn(answer, 'INVITE', cseq, { body })
    const reply = await sip.answer()
    t.equal(reply.status, status, because)
    t.match(reply.body.toString(), said, because)
    sip.askIn(reply, 'ACK', cseq)
    t.equal(channel.callState, callState, because)
  }
  t.equal(channel.variable('read_codec'), 'PCMA')
  t.equal(channel.variable('remote_media_port'), String(moved.port))
  sip.askIn(answer, 'INVITE', ++cseq)
  const ours = await sip.answer()
  t.match(ours.body.toString(), /RTP\/AVP 0 8 101/, 'asked without an offer, we offer')
  sip.askIn(ours, 'ACK', cseq, { body: offer(audio.port) })
  await until(() => channel.variable('remote_media_port') === String(audio.port))
  const versions = [...[answer, ours].map(({ body }) => parseSdp(body.toString())?.origin.version)]
  t.ok(Number(versions[1]) > Number(versions[0]), 'each description of ours has a higher version')
  sip.askIn(answer, 'UPDATE', ++cseq)
  t.equal((await sip.answer()).status, 200, 'a refresh of the session changes nothing')
  sip.askIn(answer, 'BYE', ++cseq)
  t.equal((await sip.answer()).status, 200)
  moved.close()
  await close()
})

t.test('keys by INFO, and never twice where they come both ways', async t => {
  const { media, sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'i-1', { user: 'park', body: offer(audio.port) })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  let cseq = 1
  const inform = async (type: string, body: string) => {
    cseq++
    sip.askIn(answer, 'INFO', cseq, { headers: { 'Content-Type': type }, body })
    return (await sip.answer()).status
  }
  // biome-ignore format: table
  for (const [type, body, status, because] of [
    ['application/dtmf-relay', 'Signal=1\r\nDuration=160\r\n', 200, 'as most phones send it'],
    ['application/dtmf-relay', 'Signal= 2\nDuration= 160',     200, 'with blanks'],
    ['application/dtmf',       '3',                            200, 'the key alone'],
    ['application/dtmf-relay', 'Signal=10',                    200, 'a code for *'],
    ['application/dtmf-relay', 'Signal=!',                     200, 'a hook flash is no digit'],
    ['application/json',       '{}',                           415, 'another kind'],
  ] as const) {
    t.equal(await inform(type, body), status, because)
  }
  await until(() => channel.digits.length === 4)
  t.equal(await inform('application/dtmf', '5'), 200)
  await audio.press(audioPortOf(answer), '5', { ssrc: 1, timestamp: 8_000 })
  await audio.press(audioPortOf(answer), '6', { ssrc: 1, timestamp: 16_000 })
  t.equal(await inform('application/dtmf', '6'), 200)
  await until(() => channel.digits.length === 6)
  let told = ''
  for (let read = channel.digits.take(); read; read = channel.digits.take()) told += read.digit
  t.equal(told, '123*56')
  sip.askIn(answer, 'BYE', ++cseq)
  await sip.answer()
  await close()
})

t.test('XR3: an answered call without audio is ended', async t => {
  const { media, sip, audio, close } = await engine(9, {
    mediaTimeoutMs: 2_000,
    time: quickTime(10),
  })
  sip.ask('INVITE', 'm-1', { user: 'park', body: offer(audio.port) })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  const bye = await sip.request()
  t.match(bye.headers.get('Reason'), 'text="MEDIA_TIMEOUT"')
  sip.reply(bye, '200 OK')
  await channel.ended
  t.equal(channel.cause, 'MEDIA_TIMEOUT')
  await close()
})

t.test('RFC 3262 §3: a caller that acknowledges nothing has no call here either', async t => {
  const { media, sip, audio, close } = await engine(9, {
    timers: { t1Ms: 10, t2Ms: 40, t4Ms: 50 },
    rtp: { address: '127.0.0.1', first: 24_200, last: 24_200 },
  })
  t.teardown(close)
  for (const callId of ['prack-1', 'prack-2']) {
    const headers = { Require: '100rel' }
    sip.ask('INVITE', callId, { user: 'ring', headers, body: offer(audio.port) })
    const ringing = await sip.answer()
    t.equal(ringing.status, 180, 'and its one port was free')
    t.ok(ringing.headers.has('RSeq'))
    const channel = channelOf(media)
    const refusal = await sip.answer()
    t.equal(refusal.status, 504)
    const to = refusal.headers.get('To') ?? ''
    sip.ask('ACK', callId, {
      user: 'ring',
      headers: { Via: refusal.headers.get('Via') ?? '', To: to },
    })
    await channel.ended
    t.equal(channel.cause, 'RECOVERY_ON_TIMER_EXPIRE')
    await until(() => media.status().calls === 0)
  }
})

t.test('XR2: a trusted peer corrects its description once, others never', async t => {
  // biome-ignore format: table
  for (const [more, heard, because] of [
    [{},                            '5', 'on this machine, as it is unless set'],
    [{ trusted: new BlockList() },  '7', 'where nobody is trusted, the described one alone'],
  ] as const) {
    const { media, sip, audio, close } = await engine(9, more)
    const elsewhere = await AudioPhone.open()
    t.teardown(() => elsewhere.close())
    sip.ask('INVITE', `trust-${heard}`, { user: 'park', body: offer(audio.port) })
    const answer = await sip.answer()
    sip.askIn(answer, 'ACK', 1)
    const channel = channelOf(media)
    await elsewhere.press(audioPortOf(answer), '5', { ssrc: 1, timestamp: 800 })
    await audio.press(audioPortOf(answer), '7', { ssrc: 1, timestamp: 8_000 })
    await until(() => channel.digits.length > 0)
    t.equal(channel.digits.take()?.digit, heard, because)
    t.equal(channel.digits.length, 0)
    sip.askIn(answer, 'BYE', 2)
    await sip.answer()
    await close()
  }
})

t.test('closing ends the calls there are and refuses new ones', async t => {
  const { media, sip, audio, close } = await engine(9)
  sip.ask('INVITE', 'z-1', { user: 'park', body: offer(audio.port) })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  await until(() => channel.answerState === 'answered')
  await new Promise(resolve => setImmediate(resolve))
  const closed = close()
  const bye = await sip.request()
  t.equal(bye.headers.get('Reason'), 'Q.850;cause=127;text="MANAGER_REQUEST"')
  sip.ask('INVITE', 'z-2', { user: 'park', body: offer(audio.port) })
  t.equal((await sip.answer()).status, 503)
  sip.reply(bye, '200 OK')
  await channel.ended
  t.equal(channel.cause, 'MANAGER_REQUEST')
  await closed
})

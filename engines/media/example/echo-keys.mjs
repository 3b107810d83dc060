// A dialogue for FreeSWITCH or for this engine: it answers, asks for a number by a tone, plays each key back as
// so many beeps, and hangs up. See README.md for how to run it.
import { once } from 'node:events'
import { createServer } from 'node:net'
import modesl from 'modesl'

const { PORT = '8084' } = process.env
const ASK = 'tone_stream://%(200,0,440);%(200,0,880)'
const SORRY = 'tone_stream://%(400,0,220)'

const server = createServer(socket => socket.setNoDelay(true))
server.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
console.log(`calls are taken at 127.0.0.1:${server.address().port}`)

new modesl.Server({ server, myevents: true }).on('connection::ready', async call => {
  // Each application of the call ends by one event, also when the caller hangs up meanwhile.
  const run = (application, argument = '') =>
    new Promise(done => call.execute(application, argument, done))
  call.on('error', error => console.error(error.message))
  console.log(`a call from ${call.getInfo().getHeader('Caller-Caller-ID-Number')}`)

  await run('answer')
  await run('play_and_get_digits', `1 4 2 5000 # ${ASK} ${SORRY} number \\d+ 3000`)
  const keys = await new Promise(done => call.api('uuid_getvar', [uuidOf(call), 'number'], done))
  const number = /^\d+$/.test(keys.getBody()) ? keys.getBody() : ''
  for (const key of number) {
    await run('playback', `tone_stream://%(60,60,600);loops=${key === '0' ? 10 : key}`)
    await run('sleep', '200')
  }
  console.log(`${number.length} keys were played back`)
  await run('hangup', 'NORMAL_CLEARING')
})

const uuidOf = call => call.getInfo().getHeader('Unique-ID')

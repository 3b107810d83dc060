import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { PRODUCT_FOLDER } from '../../../platform/product-files.js'
import { audioPortOf, engines, offer } from '../../support/media-engine-rig.js'

t.setTimeout(120_000)

const engine = engines(t)

/** The example as its README starts it, on a free port; `said` waits for a line that it prints. */
function startExample(owner: { teardown(end: () => unknown): unknown }) {
  const path = join(PRODUCT_FOLDER, 'engines/media/example/echo-keys.mjs')
  const example = spawn(process.execPath, [path], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(example, 'exit')
  owner.teardown(async () => {
    example.kill()
    await ended
  })
  const lines = createInterface({ input: example.stdout })[Symbol.asyncIterator]()
  return async () => String((await lines.next()).value)
}

t.test('the example answers, reads keys, plays them back and hangs up', async t => {
  const said = startExample(t)
  const [, port] = /^calls are taken at 127\.0\.0\.1:(\d+)$/.exec(await said()) ?? []
  const { media, sip, audio, close } = await engine(Number(port))
  t.teardown(close)
  sip.ask('INVITE', 'example-1', { user: 'charge', body: offer(audio.port) })
  const answer = await sip.answer()
  t.equal(answer.status, 200)
  sip.askIn(answer, 'ACK', 1)
  t.match(await said(), /^a call from /)
  for (const [at, key] of (['2', '1', '#'] as const).entries()) {
    await audio.press(audioPortOf(answer), key, { ssrc: 9, timestamp: 1_600 * (at + 1) })
  }
  t.equal(await said(), '2 keys were played back')
  t.ok(audio.received.length > 0, 'and heard')
  const bye = await sip.request()
  t.equal(bye.method, 'BYE')
  sip.reply(bye, '200 OK')
  while (media.switchboard.counts.now > 0) await media.switchboard.channels[0]?.ended
})

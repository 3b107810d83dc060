import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { PRODUCT_FOLDER } from '../../../platform/product-files.js'
import { sdp } from '../../support/raw-phone.js'
import { openRig, RIG_SECRET } from '../../support/signalling-rig.js'

/** The example as its README starts it; `said` waits for a line that it prints. */
function startDesk(
  owner: { teardown(end: () => unknown): unknown },
  port: number,
  colleague: string,
) {
  const desk = spawn(
    process.execPath,
    [join(PRODUCT_FOLDER, 'engines/signalling/example/desk.mjs')],
    {
      env: {
        ...process.env,
        ENGINE_PORT: `${port}`,
        ENGINE_SECRET: RIG_SECRET,
        COLLEAGUE: colleague,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(desk, 'exit')
  owner.teardown(async () => {
    desk.kill()
    await ended
  })
  const lines = createInterface({ input: desk.stdout })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value as unknown
}

t.test('the example answers, passes on, and knows no other number', async t => {
  const rig = await openRig(t)
  const [caller, colleague] = [await rig.phone(), await rig.phone()]
  const said = startDesk(t, rig.engine.listening.application.port, colleague.uri)
  t.match(await said(), /^connected to tcp\/127\.0\.0\.1|^connected to udp\/127\.0\.0\.1/)

  caller.ask('OPTIONS', 'desk-options')
  t.equal((await caller.answer()).status, 200)

  caller.ask('INVITE', 'desk-1', { user: '1000', body: sdp(6000) })
  const ok = await caller.answer()
  t.strictSame([ok.status, ok.body.toString()], [200, sdp(6000)], 'the caller hears itself')
  t.equal(await said(), 'answered phone')
  caller.askIn(ok, 'ACK', 1)
  caller.askIn(ok, 'BYE', 2)
  t.equal((await caller.answer()).status, 200)
  t.equal(await said(), 'phone hung up')

  caller.ask('INVITE', 'desk-2', { user: '2000', body: sdp(6000) })
  const invite = await colleague.request()
  t.ok(invite.headers.has('Record-Route'))
  colleague.reply(invite, '200 OK', { body: sdp(7000) })
  t.equal((await caller.answer()).status, 200)
  t.equal(await said(), 'phone was put through')

  caller.ask('INVITE', 'desk-9', { user: '9' })
  t.equal((await caller.answer()).status, 404)
})

import { once } from 'node:events'
import t from 'tap'
import { DEFAULT_CONNECTION_LIMITS } from '../../../engines/signalling/transport/flow.js'
import { until } from '../../support/agent-calls.js'
import { reply } from '../../support/agent-rig.js'
import { besiegeIdly, Siege } from '../../support/siege.js'

// XS10 of docs/faults.md: idle, slow and lying connections, over TCP and TLS; at night in thousands.

t.setTimeout(90_000)

t.test('idle connections of one source: its share, for a short time', async t => {
  await besiegeIdly(t, { held: 40, tried: 120 })
})

t.test('all connections of a port: the last are refused, and friends keep theirs', async t => {
  const siege = await Siege.begin(t, { connections: 30 })
  const open = await siege.stormAtOnce('tcp', { held: 29, tried: 60 })
  t.equal(open(), 29)
  t.match(siege.rig.notices, [{ event: 'too_many_connections', detail: 'in all' }])
  await siege.friendsAreServed()
})

t.test('one handshake after the other that fails: nothing is heard of its source', async t => {
  const siege = await Siege.begin(t, {})
  for (let tries = 0; tries < 17; tries++) {
    await siege.untilClosed(siege.storm('tls'), 'no handshake at all')
  }
  const events = siege.rig.notices.map(({ event }) => event)
  t.strictSame(events, [...Array(16).fill('handshake_failed'), 'source_banned'])
  await siege.untilClosed(siege.storm('tcp'), siege.request())
  t.equal(siege.rig.requests.left.length, 0)
  await siege.friendsAreServed()
})

for (const protocol of ['tcp', 'tls'] as const) {
  t.test(`over ${protocol}`, async t => {
    const siege = await Siege.begin(t, {})
    const enemy = async () => {
      const socket = siege.storm(protocol, protocol === 'tls' ? 'secured' : 'raw')
      await once(socket, protocol === 'tls' ? 'secureConnect' : 'connect')
      siege.pass(2_001)
      return socket
    }

    await t.test('a head that comes byte by byte must end in 10 s', async t => {
      const socket = await enemy()
      const closed = once(socket, 'close')
      let sent = 0
      for (const byte of siege.request().subarray(0, 40)) {
        socket.write(Buffer.of(byte))
        sent++
        // A little of it is enough for its time to begin; the rest comes in vain.
        if (sent === 20) await siege.friendsAreServed()
      }
      await siege.friendsAreServed()
      siege.rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.messageMs)
      await closed
      await siege.friendsAreServed()
      t.pass('closed')
    })

    // biome-ignore format: table
    for (const [length, answer, because] of [
      ['70000',       /^SIP\/2.0 413 /, 'more than a body may have'],
      ['99999999999', /^SIP\/2.0 4\d\d /, 'more than anything has'],
      ['-1',          /^SIP\/2.0 400 /, 'less than nothing'],
      ['1e3',         /^SIP\/2.0 400 /, 'no number'],
    ] as const) {
      await t.test(`Content-Length ${length}: ${because}`, async t => {
        const lie = siege.request({}, length)
        t.match(await siege.untilClosed(await enemy(), lie), answer)
        await siege.friendsAreServed()
      })
    }

    await t.test('a body that never comes is waited for 10 s', async t => {
      const socket = await enemy()
      const closed = siege.untilClosed(socket, siege.request({}, '5000'))
      await siege.friendsAreServed()
      siege.rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.messageMs)
      t.equal(await closed, '')
    })

    await t.test('more body than was said is no message', async t => {
      const lie = Buffer.concat([siege.request(), Buffer.from('x'.repeat(20_000))])
      const closed = siege.untilClosed(await enemy(), lie)
      ;(await siege.rig.requests.next()).respond(reply(200))
      await closed
      await siege.friendsAreServed()
      t.pass('closed')
    })

    await t.test('a head of 64 KB is refused at 16', async t => {
      const head = siege.request({ 'X-Much': 'x'.repeat(65_536) })
      const closed = siege.untilClosed(await enemy(), head)
      t.match(await closed, /^(?:SIP\/2.0 513 |$)/)
      await siege.friendsAreServed()
    })

    await t.test('a thousand requests in one go: 16 are heard, then nothing of it', async t => {
      const all = Buffer.concat(Array.from({ length: 1_000 }, () => siege.request()))
      const before = siege.rig.notices.length
      const socket = await enemy()
      const closed = siege.untilClosed(socket, all)
      await until(() =>
        siege.rig.notices.slice(before).some(({ event }) => event === 'source_banned'),
      )
      const heard = siege.rig.requests.drain()
      t.equal(heard.length, 16)
      socket.write(siege.request())
      await closed
      await siege.friendsAreServed()
      t.equal(siege.rig.agent.load.connections, 2, 'nothing is left of it')
    })
  })
}

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import Srf from 'drachtio-srf'
import t from 'tap'
import {
  Connection,
  type ConnectionListener,
} from '../../../../engines/signalling/port/connection.js'
import { Routes } from '../../../../engines/signalling/port/routes.js'
import {
  HELD_BACK_MS,
  SecretGate,
  WRONG_SECRETS_MAX,
} from '../../../../engines/signalling/port/secret-gate.js'
import { HandScheduler } from '../../../support/hand-scheduler.js'
import { WireClient } from '../../../support/wire-client.js'

const SECRET = 'a secret of this test alone'
const ADVERTISED = 'udp/127.0.0.1:5070,tcp/127.0.0.1:5070'

/** A server of connections alone: no SIP behind it. Ends with the test. */
async function openServer(t: Tap) {
  const scheduler = new HandScheduler()
  const told: string[] = []
  const routes = new Routes<Connection>()
  const listener: ConnectionListener = {
    trusted: () => undefined,
    route: (connection, verb) => {
      told.push(`route ${verb}`)
      routes.add(verb, connection)
    },
    removeRoute: (connection, verb) => {
      told.push(`remove_route ${verb}`)
      routes.remove(connection, verb)
    },
    sip: (_, frame) => told.push(`sip ${frame.kind}`),
    lost: () => told.push('lost'),
    over: () => told.push('over'),
    noticed: (_, event) => told.push(event),
  }
  const surroundings = {
    gate: new SecretGate(SECRET, () => 0),
    scheduler,
    listener,
    freshId: () => crypto.randomUUID(),
    advertised: () => ADVERTISED,
  }
  const server = createServer(socket => new Connection(socket, surroundings)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: WireClient[] = []
  t.teardown(() => {
    for (const client of clients) client.close()
    server.close()
  })
  const connect = async () => {
    const client = await WireClient.connect(port)
    clients.push(client)
    return client
  }
  return { port, scheduler, told, routes, connect }
}

/** What both the file's and each test's `t` can do. */
type Tap = Pick<typeof t, 'teardown'>

t.test(
  'an unmodified drachtio-srf is let in by the right secret, and told the addresses',
  async t => {
    const { port, told } = await openServer(t)
    const srf = new Srf()
    srf.invite(() => undefined)
    srf.use('options', () => undefined)
    srf.connect({ host: '127.0.0.1', port, secret: SECRET })
    const [error, hostport, version, local] = await once(srf, 'connect')
    t.equal(error, null)
    t.equal(hostport, ADVERTISED)
    t.match(version, /^v\d+\.\d+\.\d+$/, 'the form that lets it send pings')
    t.equal(local, ADVERTISED)
    srf.disconnect()
    await once(srf, 'close')
    t.ok(told.includes('route invite'), 'its routes came')
    t.ok(told.includes('route options'))
  },
)

t.test('an unmodified drachtio-srf with a wrong secret gets an error', async t => {
  const { port, told } = await openServer(t)
  const srf = new Srf()
  const options = { host: '127.0.0.1', port, secret: 'cymru', reconnect: { maxAttempts: 1 } }
  srf.connect(options)
  const [error] = await once(srf, 'connect')
  t.match(error, { message: 'failed to authenticate to server' })
  srf.disconnect()
  t.strictSame(told.slice(0, 1), ['application gave a wrong secret'])
})

t.test('a stranger may do nothing but authenticate', async t => {
  const { connect, told } = await openServer(t)
  // biome-ignore format: table
  for (const [payload, reply, because] of [
    ['m|ping',                       'response|m|NO|not authenticated',     'not even ask whether we live'],
    ['m|route|invite',               'response|m|NO|not authenticated',     'nor take calls'],
    ['m|sip||d\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
                                     'response|m|NO|not authenticated',     'nor end them'],
    ['m|authenticate|wrong|',        'response|m|NO|incorrect secret',      'the words that drachtio-srf knows'],
    ['m|authenticate||',             'response|m|NO|incorrect secret',      'no secret is a wrong secret'],
    ['m|frobnicate|x',               'response|m|NO|Unknown message type',  'as the reference server'],
    ['m-6',                          'response|m-6|NO|Invalid message format', 'as the reference server'],
  ] as const) {
    const client = await connect()
    t.equal(await client.ask(payload), reply, because)
    t.equal(await client.next(), undefined, 'and the connection is closed')
  }
  t.notOk(told.some(line => line.startsWith('route') || line.startsWith('sip')))
})

t.test('what is not a frame ends the connection without a word', async t => {
  const { connect } = await openServer(t)
  const client = await connect()
  client.socket.write('abc#xyz')
  t.equal(await client.next(), undefined)
})

t.test('a stranger’s frames are short, a trusted application’s may be long', async t => {
  const { connect, told } = await openServer(t)
  const stranger = await connect()
  stranger.send(`m|authenticate|${SECRET}|${'x'.repeat(4_096)}`)
  t.equal(await stranger.next(), undefined)
  t.ok(told.includes('frame was malformed'))

  const client = await connect()
  await client.ask(`a|authenticate|${SECRET}|`)
  client.send(`m|sip|txn|\r\nSIP/2.0 200 OK\r\n\r\n${'x'.repeat(1_000_000)}`)
  t.equal(await client.ask('m|ping'), 'response|m|OK|pong')
  t.ok(told.includes('sip answer'), 'the reference server would be stuck from 12 KB on')
})

t.test('who is let in is answered in order, however the frames are cut', async t => {
  const { connect, told } = await openServer(t)
  const client = await connect()
  client.send(`a|authenticate|${SECRET}`, 'b|ping', 'c|route|INVITE', 'd|remove_route|invite')
  t.match(await client.next(), `|response|a|OK|${ADVERTISED}|v1.0.0|${ADVERTISED}`)
  t.match(await client.next(), /\|response\|b\|OK\|pong$/)
  t.match(await client.next(), /\|response\|c\|OK$/)
  t.match(await client.next(), /\|response\|d\|OK$/)
  for (const piece of ['8#', 'm-7|', 'ping']) client.socket.write(piece)
  t.match(await client.next(), /\|response\|m-7\|OK\|pong$/)
  t.strictSame(told, ['route invite', 'remove_route invite'])

  t.equal(
    await client.ask('m|sip||\r\nSIP/2.0 200 OK\r\n\r\n'),
    'response|m|NO|transaction id missing',
  )
  t.equal(await client.next(), undefined, 'a broken promise ends a trusted connection too')
  t.ok(told.includes('lost'), 'and the rest of the port learns of it')
})

t.test('a connection that says nothing is closed after ten seconds', async t => {
  const { connect, scheduler } = await openServer(t)
  const silent = await connect()
  const speaking = await connect()
  await speaking.ask(`a|authenticate|${SECRET}|`)
  scheduler.pass(9_999)
  t.equal(await speaking.ask('m|ping'), 'response|m|OK|pong')
  t.equal(silent.socket.destroyed, false)
  scheduler.pass(1)
  t.equal(await silent.next(), undefined)
  t.equal(await speaking.ask('m|ping'), 'response|m|OK|pong')
})

t.test('after ten wrong secrets, answers to the address are held back, right ones too', async t => {
  const { connect, scheduler } = await openServer(t)
  for (let wrong = 0; wrong < WRONG_SECRETS_MAX; wrong += 1) {
    const client = await connect()
    t.match(await client.ask('m|authenticate|guess|'), /incorrect secret/)
  }
  const client = await connect()
  client.send(`a|authenticate|${SECRET}|`, 'b|ping')
  const answer = client.next()
  const first = await Promise.race([answer, roundTripsOf(connect)])
  t.equal(first, 'nothing came meanwhile')
  scheduler.pass(HELD_BACK_MS)
  t.match(await answer, '|response|a|OK|', 'held back, not locked out')
  t.match(await client.next(), /\|response\|b\|OK\|pong$/, 'what came after it waited too')
})

/** Long enough on the same machine for any answer to have come. */
async function roundTripsOf(connect: () => Promise<WireClient>): Promise<string> {
  for (let times = 0; times < 3; times += 1) {
    const client = await connect()
    await client.ask('no frame of any kind')
  }
  return 'nothing came meanwhile'
}

t.test('the gate counts by address, forgives in time, and tells nothing by its delay', async t => {
  let now = 0
  const gate = new SecretGate(SECRET, () => now)
  for (let wrong = 0; wrong < WRONG_SECRETS_MAX - 1; wrong += 1) gate.judge('a', 'guess')
  t.strictSame(gate.judge('a', SECRET), { right: true, delayMs: 0 }, 'nine may be mistakes')
  t.strictSame(gate.judge('a', 'guess'), { right: false, delayMs: 0 }, 'the tenth is still quick')
  t.strictSame(gate.judge('a', 'guess'), { right: false, delayMs: HELD_BACK_MS })
  t.strictSame(gate.judge('a', SECRET), { right: true, delayMs: HELD_BACK_MS })
  t.strictSame(gate.judge('b', 'guess'), { right: false, delayMs: 0 }, 'another address')
  now = 59_999
  t.equal(gate.judge('a', SECRET).delayMs, HELD_BACK_MS)
  now = 60_000
  t.equal(gate.judge('a', SECRET).delayMs, 0, 'a minute without a wrong secret')
})

t.test('each verb goes round its takers, whoever leaves', async t => {
  const routes = new Routes<string>()
  const picks = (verb: string, times: number) =>
    Array.from({ length: times }, () => routes.pick(verb))
  t.strictSame(picks('invite', 1), [undefined], 'nobody takes it')

  for (const taker of ['a', 'b', 'b', 'c', 'b']) routes.add('invite', taker)
  routes.add('options', 'b')
  t.strictSame(picks('invite', 4), ['a', 'b', 'c', 'a'], 'asking twice is asking once')
  routes.remove('a')
  t.strictSame(picks('invite', 3), ['b', 'c', 'b'], 'nobody is passed over')
  routes.remove('b', 'invite')
  t.strictSame(picks('invite', 2), ['c', 'c'])
  t.strictSame(picks('options', 1), ['b'], 'the other verb is left')
  routes.remove('b')
  t.strictSame(picks('options', 1), [undefined])
})

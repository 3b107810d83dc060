import { pino } from 'pino'
import t, { type Test } from 'tap'
import { programsOf } from '../../noc/alarms/programs.js'
import { SetClock } from '../../platform/clock.js'
import { httpEdge } from '../../platform/http-edge.js'
import { askStatus } from '../../platform/status.js'
import { openStoreToRead } from '../../platform/store.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { scpSocket } from '../../scp/config.js'
import { chargeRoutes } from '../../scp/http/charge-routes.js'
import { type Execution, FakeFreeswitch, type Reaction } from '../support/fake-freeswitch.js'
import { freshHome } from '../support/fresh-home.js'
import { LonePrograms } from '../support/lone-programs.js'
import { freePort } from '../support/network.js'
import { type RawEventSocket, rawApplication } from '../support/raw-event-socket.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { openScp } from '../support/scp-program.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(180_000)

/** A caller who keys a card's number: at once, or only once the test has let the first silence pass. */
function keying({ pin }: ClearCard, waits: boolean): (execution: Execution) => Reaction {
  const keys = [...`1*${pin}#2`]
  let waited = !waits
  return ({ application }) => {
    if (application !== 'play_and_get_digits') return {}
    if (!waited && keys[0] === pin[0] && keys.length < pin.length + 3) {
      waited = true
      return 'runs_on'
    }
    const key = keys.shift()
    return key === undefined ? {} : { variables: { d: key } }
  }
}

/** Two nodes of ivr, and noc, as processes of one home; scp's real edge and store are in this process. */
async function openNodes(t: Test) {
  const desk = await openDesk(t)
  const programs = await LonePrograms.open(t, async () => ({}))
  const { home } = programs
  const ports = { ivr: await freePort(), 'ivr-b': await freePort() }
  type Node = keyof typeof ports
  const startNode = (node: Node) =>
    programs.startNode(node, 'ivr', { MCSCP_IVR_NODE: node, MCSCP_IVR_PORT: `${ports[node]}` })
  await Promise.all([startNode('ivr'), startNode('ivr-b'), programs.start('noc')])
  const log = pino({ level: 'silent' })
  const edge = httpEdge(log)
  const inCommunication = async () => {}
  const { store, ring } = desk
  chargeRoutes(edge, { store, ring, inCommunication, unitsAdded: () => {}, log })
  await listenOnSocket(edge, scpSocket(home))
  const reader = openStoreToRead(desk.file)
  t.teardown(async () => {
    reader.close()
    await edge.close()
    await desk.close()
  })
  const charged = reader.prepare<[], number>('SELECT count(*) FROM charge_record').pluck()
  let callers = 0
  return {
    home,
    programs,
    startNode,
    cards: await desk.cards(6, 1_000),
    charges: () => charged.get() ?? 0,
    call: async (node: Node, card: ClearCard, waits = false) => {
      callers += 1
      const headers = { 'X-Call-Session': await desk.call(phone(callers)) }
      return FakeFreeswitch.call(ports[node], keying(card, waits), headers)
    },
  }
}

t.test('M-04: an ivr that is killed stops no other, and without noc charging goes on', async t => {
  const { home, programs, startNode, cards, charges, call } = await openNodes(t)
  const [first, second, third, fourth, fifth, sixth] = cards
  if (!first || !second || !third || !fourth || !fifth || !sixth) throw new Error('six cards')
  t.strictSame((await programsOf(home)).sort(), ['ivr', 'ivr-b', 'noc'], 'each by its own name')
  const cut = await call('ivr', first, true)
  const goesOn = await call('ivr-b', second, true)
  await Promise.all([cut.held, goesOn.held])
  for (const node of ['ivr', 'ivr-b']) {
    t.match(await askStatus(home, node), { ready: true, calls: 1 }, node)
  }
  await programs.kill('ivr')
  await cut.closed
  const beside = await call('ivr-b', third, true)
  await beside.held
  t.equal(charges(), 0)
  goesOn.finish()
  beside.finish()
  await Promise.all([goesOn.closed, beside.closed])
  t.match(goesOn.executed.join('\n'), /charge-succeeded/, 'a call under way goes on')
  t.match(beside.executed.join('\n'), /charge-succeeded/, 'and new ones come')
  t.equal(charges(), 2)

  const underWay = await call('ivr-b', fourth, true)
  await underWay.held
  await programs.kill('noc')
  underWay.finish()
  await underWay.closed
  await (await call('ivr-b', fifth)).closed
  t.equal(charges(), 4, 'O is down: charged as before')

  await startNode('ivr')
  await (await call('ivr', sixth)).closed
  t.equal(charges(), 5, 'a node that was killed takes calls again under its name')
  t.match(await askStatus(home, 'ivr'), { ready: true, calls: 0 })
  t.strictSame(programs.fallen, [], 'nothing fell by itself')
})

/** Which process a call came from, told by the engine that asks for its application; the call is refused. */
async function processOf(raw: RawEventSocket): Promise<string> {
  raw.send('connect\n\n')
  const about = await raw.next()
  await raw.command('sendmsg\ncall-command: hangup\nhangup-cause: USER_BUSY')
  return about?.headers.get('Core-UUID') ?? ''
}

t.test('M-06: two media processes share the calls; one that is killed is passed over', async t => {
  const programs = await LonePrograms.open(t, async () => ({}))
  const application = await rawApplication()
  t.teardown(() => application.close())
  const ports = { media: await freePort(), 'media-b': await freePort() }
  const startNode = async (node: keyof typeof ports, firstAudioPort: number) =>
    programs.startNode(node, 'media', {
      MCSCP_MEDIA_NODE: node,
      MCSCP_MEDIA_SIP_PORT: `${ports[node]}`,
      MCSCP_MEDIA_EVENT_SOCKET_PORT: `${await freePort()}`,
      MCSCP_MEDIA_CHARGE_APPLICATION: `127.0.0.1:${application.port}`,
      MCSCP_MEDIA_RTP_PORT_FIRST: `${firstAudioPort}`,
      MCSCP_MEDIA_RTP_PORT_LAST: `${firstAudioPort + 98}`,
      MCSCP_MEDIA_PRIORITY: '0',
    })
  await Promise.all([startNode('media', 26_000), startNode('media-b', 26_100)])
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  const addresses = Object.values(ports).map(port => `127.0.0.1:${port};transport=tcp`)
  const scp = await openScp(t, freshHome(t), clock, {
    MCSCP_SCP_MEDIA_ADDRESS: addresses.join('|'),
  })
  const running = await scp.start()
  t.teardown(() => running.close())
  let calls = 0
  const callOnce = async (): Promise<string> => {
    calls += 1
    const refused = scp.refused(`shared-${calls}`)
    const from = await processOf(await application.next())
    await refused
    return from
  }
  const [first, second, third, fourth] = [
    await callOnce(),
    await callOnce(),
    await callOnce(),
    await callOnce(),
  ]
  t.not(first, second, 'two processes')
  t.strictSame([third, fourth], [first, second], 'each its turn')
  await programs.kill('media')
  t.strictSame([await callOnce(), await callOnce()], [second, second], 'who is gone is passed over')
  await startNode('media', 26_000)
  const later = [await callOnce(), await callOnce()]
  t.ok(
    later.includes(second) && new Set(later).size === 2,
    'and has its turn again once it is back',
  )
  t.match(await askStatus(programs.home, 'media-b'), { ready: true, calls: 0 })
})

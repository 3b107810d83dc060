import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { type HttpLimits, httpEdge } from '../../platform/http-edge.js'

const silent = pino({ level: 'silent' })

/** An edge with limits; where it listens. */
async function edge(t: Test, limits: Partial<HttpLimits>): Promise<number> {
  const app = httpEdge(silent, limits)
  app.get('/', async () => ({ heard: true }))
  app.post('/', async () => ({ heard: true }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return (app.server.address() as AddressInfo).port
}

/** A connection that said this much and says no more. */
function saying(t: Test, port: number, words: string): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(words)
  t.teardown(() => socket.destroy())
  return socket
}

const HEAD = 'GET / HTTP/1.1\r\nHost: edge\r\n'
const BODY =
  'POST / HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'

t.test('XW1: who sends slowly is cut off, and keeps nobody else out', async t => {
  const port = await edge(t, { requestMaxMs: 800, headMaxMs: 400 })
  const slow = [
    ...Array.from({ length: 10 }, () => saying(t, port, HEAD)),
    ...Array.from({ length: 10 }, () => saying(t, port, BODY)),
  ]
  const told = slow.map(socket => text(socket))
  const quick = await text(saying(t, port, `${HEAD}Connection: close\r\n\r\n`))
  t.match(quick, /^HTTP\/1\.1 200 OK/, 'who asks in order is answered meanwhile')
  for (const answer of await Promise.all(told)) {
    t.match(answer, /^(HTTP\/1\.1 408 |$)/, 'who does not is told so, and cut off')
  }
})

t.test('XW1: connections too many are closed unheard, and there is room again', async t => {
  const port = await edge(t, { connectionsMax: 3 })
  const held = Array.from({ length: 3 }, () => saying(t, port, HEAD))
  await Promise.all(held.map(socket => once(socket, 'connect')))
  const asked = () => text(saying(t, port, `${HEAD}Connection: close\r\n\r\n`)).catch(() => '')
  t.equal(await asked(), '', 'one more hears nothing')
  for (const socket of held) socket.destroy()
  let answer = ''
  while (answer === '') answer = await asked()
  t.match(answer, /^HTTP\/1\.1 200 OK/, 'once they are gone, the next is answered')
})

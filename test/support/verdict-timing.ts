import { pino } from 'pino'
import type { Test } from 'tap'
import type { Pin } from '../../domain/card.js'
import type { ChargeAnswer } from '../../domain/charge-answer.js'
import { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { scpSocket } from '../../scp/config.js'
import { chargeRoutes } from '../../scp/http/charge-routes.js'
import { freshHome } from './fresh-home.js'
import { type Desk, jst, openDesk, wrongPin } from './scp-desk.js'
import { phone } from './scp-values.js'

/** What makes a number wrong, with one wording and one timing for all (requirement §5.4). */
export const WRONG_CLASSES = ['unknown', 'used', 'not_active', 'expired'] as const

export type WrongClass = (typeof WRONG_CLASSES)[number]

/** Cards of each class: so many that none is probed by handsets enough to be locked. */
export type WrongCards = Readonly<Record<WrongClass, (n: number) => Pin>>

/** Wrong numbers of a handset before the next one keys: no lock is among what is measured. */
export const OF_A_HANDSET = WRONG_CLASSES.length

/** How many handsets key one card. */
export const HANDSETS_OF_A_CARD = 4

/** Makes the cards for so many wrong numbers of each class. */
export async function wrongCards(desk: Desk, each: number): Promise<WrongCards> {
  const count = Math.ceil(each / HANDSETS_OF_A_CARD)
  const used = await desk.cards(count, 500)
  for (const [n, { pin }] of used.entries()) {
    const token = await desk.call(phone(10_000_000 + n))
    await desk.key(token, pin)
    await desk.end(token)
  }
  const idle = await desk.cards(count, 500, { activated: false })
  const old = await desk.cards(count, 500, { expiresAt: jst('2000-12-31T00:00:00') })
  const one = (cards: readonly { readonly pin: Pin }[], n: number): Pin => {
    const card = cards[n % count]
    if (!card) throw new RangeError(`there is no card ${n}`)
    return card.pin
  }
  return {
    unknown: n => wrongPin(n),
    used: n => one(used, n),
    not_active: n => one(idle, n),
    expired: n => one(old, n),
  }
}

/** What ivr was answered, and in how many ms, by class. */
export type Verdicts = Readonly<Record<WrongClass, { answer: unknown; ms: number[] }>>

/**
 * Keys so many numbers of each class, class by class in turn in an order that no class has the better
 * place in, over the socket that ivr asks: from the question to the answer.
 */
export async function verdictsAtScp(t: Test, each: number): Promise<Verdicts> {
  const desk = await openDesk(t, { thread: true })
  const edge = httpEdge(pino({ level: 'silent' }))
  const log = pino({ level: 'info' }, { write: () => {} })
  const inCommunication = async () => {}
  const { store, ring } = desk
  chargeRoutes(edge, { store, ring, inCommunication, unitsAdded: () => {}, log })
  const path = scpSocket(freshHome(t))
  await listenOnSocket(edge, path)
  const client = new SocketClient(path)
  t.teardown(async () => {
    client.close()
    await edge.close()
    await desk.close()
  })
  const cards = await wrongCards(desk, each)
  const verdicts = emptyVerdicts()
  for (let n = 0; n < each; n++) {
    const token = await desk.call(phone(n))
    for (let place = 0; place < OF_A_HANDSET; place++) {
      const kind = WRONG_CLASSES[(place + n) % WRONG_CLASSES.length] ?? 'unknown'
      const began = performance.now()
      const { body } = await client.ask({
        ...{ method: 'PUT', path: `/v1/call-sessions/${token}/charges/${place + 1}` },
        body: { pin: cards[kind](n) },
        deadlineMs: 60_000,
      })
      verdicts[kind].ms.push(performance.now() - began)
      verdicts[kind].answer = body as ChargeAnswer
    }
    await desk.end(token)
  }
  return verdicts
}

export const emptyVerdicts = (): Verdicts => ({
  unknown: { answer: undefined, ms: [] },
  used: { answer: undefined, ms: [] },
  not_active: { answer: undefined, ms: [] },
  expired: { answer: undefined, ms: [] },
})

export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

/** Largest distance of any class's median from that of all together, as a part of it. */
export function spread(verdicts: Verdicts): number {
  const whole = median(WRONG_CLASSES.flatMap(kind => verdicts[kind].ms))
  const off = WRONG_CLASSES.map(kind => Math.abs(median(verdicts[kind].ms) - whole) / whole)
  return Math.max(...off)
}

/**
 * Chance that two samples of one distribution differ as much as these do: Kolmogorov and Smirnov's test,
 * by its series for large samples.
 */
export function ksChance(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one, other].map(values => [...values].sort((x, y) => x - y))
  if (!a || !b) return 1
  let [i, j, most] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0)
    while (i < a.length && (a[i] ?? 0) <= value) i++
    while (j < b.length && (b[j] ?? 0) <= value) j++
    most = Math.max(most, Math.abs(i / a.length - j / b.length))
  }
  const size = Math.sqrt((a.length * b.length) / (a.length + b.length))
  const x = (size + 0.12 + 0.11 / size) * most
  if (x < 0.2) return 1
  let chance = 0
  for (let k = 1; k <= 100; k++) chance += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * x * x)
  return Math.min(1, Math.max(0, chance))
}

/** Medians by class, and how far each is from `unknown`: a line a class. */
export const report = (verdicts: Verdicts): string[] =>
  WRONG_CLASSES.map(kind => {
    const { ms } = verdicts[kind]
    const chance = ksChance(verdicts.unknown.ms, ms)
    return `${kind.padEnd(10)} ${ms.length} times, median ${median(ms).toFixed(3)} ms, KS p against unknown ${chance.toFixed(3)}`
  })

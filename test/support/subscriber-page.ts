import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { OneTimeCodes } from '../../billing/aris/page/one-time-codes.js'
import { subscriberPage } from '../../billing/aris/page/routes.js'
import {
  messagesWithoutGateway,
  type ShortMessages,
} from '../../billing/aris/page/short-messages.js'
import { Visits } from '../../billing/aris/page/visits.js'
import { ArisStore } from '../../billing/aris/store.js'
import type { ArisUpdate } from '../../billing/aris/update.js'
import type { Clock } from '../../domain/clock.js'
import { httpEdge } from '../../platform/http-edge.js'
import { jst } from './billing-desk.js'

/** Who has a contract, and who has none. */
export const SUBSCRIBER = '09000000001'
export const STRANGER = '09000000002'

/** A year of a subscriber's: charges, an invoice that they paid, and what was charged since. */
const YEAR: readonly ArisUpdate[] = [
  { kind: 'number', contractNo: 1, msisdn: SUBSCRIBER, from: jst('2000-01-01') },
  ...[
    ['2000-12-05', 3_000],
    ['2000-12-24', 1_000],
    ['2001-01-20', 5_000],
    ['2001-02-19', 1_000],
  ].map(([day = '', amount]): ArisUpdate => {
    const at = jst(`${day}T12:00`)
    const month = `${day}`.slice(0, 7)
    return {
      kind: 'entry',
      contractNo: 1,
      amount: Number(amount),
      month,
      day: `${day}`,
      chargedAt: at,
    }
  }),
  { kind: 'entry', contractNo: 1, amount: -2_345, month: '2000-12' },
  { kind: 'invoice', contractNo: 1, month: '2000-12', appliedYen: 2_345, carriedOutYen: 1_655 },
  { kind: 'month_closed', month: '2000-12' },
  { kind: 'days_confirmed', through: '2001-02-19' },
]

/** When the page is asked: the last charge is not told yet. */
export const ASKED_AT = jst('2001-02-20T09:00')

/** aris's store on disk, with a year in it, and the page on it; real time is moved by hand. */
export async function subscriberDesk(
  t: Test,
  given: {
    readonly messages?: ShortMessages
    readonly origin?: string
    readonly folder?: string
  } = {},
) {
  const clock: Clock = { now: () => ASKED_AT }
  const folder = given.folder ?? t.testdir()
  const store = new ArisStore(join(folder, 'aris.db'), clock, fault => {
    throw fault
  })
  await store.take(1, YEAR)
  const time = { ms: 1_000_000 }
  let drawn = 100_000
  const log = pino({ level: 'silent' })
  const app = httpEdge(log)
  await subscriberPage(app, {
    store,
    codes: new OneTimeCodes(() => `${++drawn}`),
    locks: store.pageLocks,
    visits: new Visits(),
    messages: given.messages ?? messagesWithoutGateway(true),
    origin: given.origin === undefined ? undefined : new URL(given.origin),
    clock,
    realTime: () => time.ms,
    log,
  })
  const close = async () => {
    await app.close()
    store.close()
  }
  t.teardown(close)
  const HOST = given.origin ? new URL(given.origin).host : '127.0.0.1:8070'
  const ORIGIN = given.origin ?? `http://${HOST}`
  const get = (url: string, cookie = '', headers = {}) =>
    app.inject({ method: 'GET', url, headers: { host: HOST, cookie, ...headers } })
  const post = (url: string, form: Readonly<Record<string, string>>, headers = {}) =>
    app.inject({
      method: 'POST',
      url,
      payload: new URLSearchParams(form).toString(),
      headers: {
        ...{ host: HOST, origin: ORIGIN },
        ...{ 'content-type': 'application/x-www-form-urlencoded', ...headers },
      },
    })
  /** Asks for a code; the code that went out last, if there was one. */
  const code = async (number: string) => {
    const { body } = await post('/code', { number })
    return /確認番号 (\d{6})（/.exec(body)?.[1]
  }
  const visit = (number: string, keyed = '') => post('/visit', { number, code: keyed })
  /** The cookie of a visit that began. */
  const enter = async (number: string) => {
    const { headers } = await visit(number, await code(number))
    return `${headers['set-cookie']}`.split(';')[0] ?? ''
  }
  return { app, close, folder, time, get, post, code, visit, enter }
}

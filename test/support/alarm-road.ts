import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { AlarmCollector } from '../../noc/alarms/alarm-collector.js'
import { programsOf } from '../../noc/alarms/programs.js'
import { alarmMail } from '../../noc/notices/alarm-mail.js'
import { type Delivered, NoticeRunner } from '../../noc/notices/notice-runner.js'
import { webhook } from '../../noc/notices/webhook.js'
import type { AlarmStep, NoticeWay } from '../../noc/store/notices.js'
import { openNocStore } from '../../noc/store/open.js'
import { type AlarmTold, alarmsTold } from '../../platform/alarm.js'
import type { AlarmCode } from '../../platform/alarm-codes.js'
import { AlarmJournal } from '../../platform/alarm-journal.js'
import { SetClock } from '../../platform/clock.js'
import { askAlarms, NO_CALLS, serveStatus, statusSocket } from '../../platform/status.js'
import { freshHome } from './fresh-home.js'
import { jst } from './scp-desk.js'
import { smtpRelay } from './smtp-relay.js'

/** The name of the program whose alarms go this road. */
export const PROGRAM = 'program'

/** Longest wait for an alarm that another thread raises, on a busy machine, in ms. */
const PATIENCE_MS = 30_000

/** Nothing comes by itself: the test says when each goes a round. */
const never = () => () => {}

/** A mail's text as it was before it was made quoted-printable (RFC 2045 §6.7). */
const plain = (text: string): string =>
  text
    .replace(/=\n/g, '')
    .replace(/(?:=[0-9A-F]{2})+/g, octets =>
      Buffer.from(octets.replaceAll('=', ''), 'hex').toString('utf8'),
    )

interface Owner {
  teardown(end: () => unknown): unknown
}

/** A webhook's receiver on loopback, which takes all that comes. */
async function receiver(t: Owner) {
  const steps: AlarmStep[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    steps.push(...JSON.parse(body).steps)
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { steps, url: `http://127.0.0.1:${Object(server.address()).port}/` }
}

/**
 * The whole road of an alarm, as the programs build it: whatever this process raises goes into a journal, over a
 * status socket into noc's book, and from there to a mail relay and a webhook, both of the test.
 */
export async function openAlarmRoad(t: Owner) {
  const home = freshHome(t)
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  const log = pino({ level: 'silent' })
  const path = join(home.alarms, `${PROGRAM}.jsonl`)
  const journal = new AlarmJournal({ path, clock, log, later: never })
  const take = (told: unknown) => journal.take(told as AlarmTold)
  alarmsTold.subscribe(take)
  const tell = (after: number, of: string) => journal.after(after, of)
  const close = await serveStatus(statusSocket(home, PROGRAM), () => NO_CALLS, { alarms: tell })
  const store = openNocStore(join(home.stores, 'noc.sqlite'))
  const { alarms: book, notices } = store
  const collector = new AlarmCollector({
    ...{ book, clock, log, later: never },
    programs: () => programsOf(home),
    ask: (program, fetched) => askAlarms(home, program, fetched),
  })
  const [relay, hook] = [await smtpRelay(), await receiver(t)]
  const way = async (
    name: NoticeWay,
    deliver: (steps: readonly AlarmStep[]) => Promise<Delivered>,
  ) => {
    await notices.begin(name)
    return new NoticeRunner({ way: name, notices, deliver, later: never, log })
  }
  const from = 'mcscp@example.jp'
  const mail = { relay, from, to: ['duty@example.jp'], aDay: 1_000, pauseMs: 1, notices, clock }
  const ways = [
    await way('mail', alarmMail(mail)),
    await way('webhook', webhook({ url: hook.url, secret: 'a secret of the test', clock })),
  ]
  const rounds = async () => {
    await journal.written()
    await collector.run()
    for (const one of ways) await one.run()
  }
  t.teardown(async () => {
    alarmsTold.unsubscribe(take)
    for (const one of ways) await one.close()
    await collector.close()
    await journal.close()
    await close()
    await relay.close()
    store.close()
  })
  return {
    book,
    clock,
    /** Waits until a step of an alarm has come out at both ends; the step, and the mail's text. */
    async reached(type: AlarmStep['type'], code: AlarmCode, after = 0) {
      const isIt = (step: AlarmStep) =>
        step.type === type && step.code === code && step.step > after
      const deadline = performance.now() + PATIENCE_MS
      const mailed = relay.mails.length
      for (;;) {
        await rounds()
        const step = hook.steps.find(isIt)
        const text = relay.mails
          .slice(mailed)
          .map(one => plain(one.text))
          .join('\n')
        if (step) return { step, text }
        if (performance.now() > deadline) throw new Error(`${code} was never ${type}`)
        await wait(10)
      }
    },
    /** How many steps have gone out. */
    get steps(): number {
      return hook.steps.at(-1)?.step ?? 0
    },
  }
}

export type AlarmRoad = Awaited<ReturnType<typeof openAlarmRoad>>

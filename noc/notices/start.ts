import { randomBytes } from 'node:crypto'
import { systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import type { Home } from '../../platform/home.js'
import type { Logger } from '../../platform/log.js'
import { makeSecretFile, readSecretFile } from '../../platform/secret-file.js'
import { type NocValues, webhookSecretFile } from '../config.js'
import type { AlarmStep, Notices, NoticeWay } from '../store/notices.js'
import { type Delivered, NoticeRunner } from './notice-runner.js'
import { webhook } from './webhook.js'

/** Starts the ways by which alarms leave noc, those that are set. */
export async function startNotices(
  { home, log, notices }: { readonly home: Home; readonly log: Logger; readonly notices: Notices },
  values: NocValues,
): Promise<{ close(): Promise<void> }> {
  const runners: NoticeRunner[] = []
  const start = async (
    way: NoticeWay,
    deliver: (steps: readonly AlarmStep[]) => Promise<Delivered>,
  ) => {
    await notices.begin(way)
    const runner = new NoticeRunner({ way, notices, deliver, later: nodeLater, log })
    runners.push(runner)
    void runner.run()
  }
  const clock = systemClock
  const { mailRelay: relay, mailFrom: from, mailTo: to, mailADay: aDay, webhookUrl: url } = values
  if (relay && from !== undefined) {
    const { alarmMail } = await import('./alarm-mail.js')
    const pauseMs = values.mailPauseSeconds * 1000
    await start('mail', alarmMail({ relay, from, to, aDay, pauseMs, notices, clock }))
  }
  if (url !== undefined) {
    const file = webhookSecretFile(home)
    const secret =
      readSecretFile(file) ?? makeSecretFile(file, randomBytes(32).toString('base64url'))
    await start('webhook', webhook({ url, secret, clock }))
  }
  return {
    async close() {
      await Promise.all(runners.map(runner => runner.close()))
    },
  }
}

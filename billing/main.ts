import { existsSync, readFileSync } from 'node:fs'
import { raiseAlarm, settleAlarms } from '../platform/alarm.js'
import { Fault } from '../platform/fault.js'
import type { Home } from '../platform/home.js'
import { SocketClient } from '../platform/http-client.js'
import { httpEdge } from '../platform/http-edge.js'
import type { Logger } from '../platform/log.js'
import type { Program, Running, Surroundings } from '../platform/program.js'
import { readSettings, type SettingValues } from '../platform/settings.js'
import { NO_CALLS } from '../platform/status.js'
import { checkpoint, openStoreToCheckpoint } from '../platform/store.js'
import { listenOnSocket } from '../platform/unix-socket.js'
import { arisSocket } from './aris/config.js'
import { ArisFeed } from './aris/feed.js'
import { billingMetrics } from './billing-metrics.js'
import {
  billingSettings,
  billingSocket,
  billingStore,
  demonstrationContracts,
  ftpCertificateFile,
  ftpPasswordFile,
  issuerOf,
  timerFilePath,
} from './config.js'
import { readContractsCsv } from './contracts-csv.js'
import { FtpLink } from './exchange/ftp-link.js'
import { ExchangeRunner } from './exchange/runner.js'
import { Spool } from './exchange/spool.js'
import { aladinRoutes } from './http/aladin-routes.js'
import { billRoutes } from './http/bill-routes.js'
import { contractRoutes } from './http/contract-routes.js'
import { dayRoutes } from './http/day-routes.js'
import { deliveryRoutes } from './http/delivery-routes.js'
import { exchangeRoutes } from './http/exchange-routes.js'
import { heldRoutes } from './http/held-routes.js'
import { monthRoutes } from './http/month-routes.js'
import { calculationRoutes, feeTableRoutes, settlementRoutes } from './http/rating-routes.js'
import { recordRoutes } from './http/record-routes.js'
import { reportRoutes } from './http/report-routes.js'
import { viewRoutes } from './http/view-routes.js'
import { BillFiles } from './jobs/bills.js'
import { MonthCloser } from './jobs/close-month.js'
import { DAY_END, dayEnd, dayEndTimer } from './jobs/day-end.js'
import { Deliverer } from './jobs/deliver.js'
import { finalInvoices } from './jobs/final-invoices.js'
import { MONTH_CLOSE, MonthClosing } from './jobs/month-closing.js'
import { REDRIVE, redrive, redriveTimer } from './jobs/redrive.js'
import { type BillingStore, openBillingStore } from './store/open.js'
import type { Timer, TimerNotice } from './timers/timer.js'
import { TimerFacility } from './timers/timer-facility.js'
import { TimerFile } from './timers/timer-file.js'

/** Pause between two checkpoints of the store, in ms. */
const CHECKPOINT_MS = 5_000

/** How long another program may take to take a timer's notice, in ms. */
const NOTICE_DEADLINE_MS = 10_000

/** How many of the newest days a start looks at for such as are not confirmed. */
const DAYS_TOLD = 100

const MINUTE_MS = 60_000

/** MoBills-MB as a program of the network. */
export const billing: Program = {
  name: 'billing',

  start,
}

async function start(surroundings: Surroundings): Promise<Running> {
  const { home, given, clock, log } = surroundings
  const values = readSettings(billingSettings, given)
  let feed: ArisFeed | undefined
  const store = openBillingStore({
    path: billingStore(home),
    clock,
    onBroken: crash(log),
    onChange: () => feed?.run(),
    cycleMonths: values.cycle,
  })
  const beside = openStoreToCheckpoint(billingStore(home))
  const timer = setInterval(() => checkpoint(beside), CHECKPOINT_MS)
  const closeStore = () => {
    clearInterval(timer)
    beside.close()
    store.close()
  }
  try {
    if (values.simulation) await takeDemonstrationContracts(home, store, log)
    const aris = new SocketClient(arisSocket(home))
    feed = new ArisFeed({ store, aris, log })
    const running = await serve(surroundings, values, store)
    feed.run()
    return {
      listening: running.listening,
      status: running.status,
      registerMetrics: metrics => billingMetrics(metrics, beside),
      async close() {
        await running.close()
        await feed?.close()
        aris.close()
        closeStore()
      },
    }
  } catch (error) {
    await feed?.close()
    closeStore()
    throw error
  }
}

type Values = SettingValues<typeof billingSettings>

/** Opens what stands on the store: the exchange, its timers, and the command line's socket. */
async function serve(
  surroundings: Surroundings,
  values: Values,
  store: BillingStore,
): Promise<Running> {
  const { home, clock, log } = surroundings
  const deliverer = new Deliverer({
    store,
    invoices: finalInvoices(store),
    folder: home.billingDeliveries,
    log,
  })
  const ending = dayEnd({ store, deliverer, reports: home.errorReports, log })
  const endDay = () => void ending.run().catch(crash(log))
  const closer = new MonthCloser(store, log, endDay)
  const timers = openTimers(surroundings, values, store, {
    tellBilling: notice => runner.timerFired(notice),
    endDay: () => ending.run(),
    closer,
  })
  const runner: ExchangeRunner = new ExchangeRunner({
    store,
    link: new FtpLink({
      host: values.crsHost,
      port: values.crsPort,
      passwordFile: ftpPasswordFile(home),
      certificateFile: ftpCertificateFile(home),
    }),
    timers: timers.facility,
    spool: new Spool(home.billingFiles),
    clock,
    log,
    hours: values.online,
    triggerMs: values.triggerMinutes * MINUTE_MS,
    receiveMs: values.receiveMinutes * MINUTE_MS,
    onCrash: crash(log),
  })
  const edge = httpEdge(log)
  exchangeRoutes(edge, { store, runner, timers: timers.facility, now: () => clock.now() })
  contractRoutes(edge, store)
  recordRoutes(edge, store)
  feeTableRoutes(edge, store)
  monthRoutes(edge, store, closer)
  calculationRoutes(edge, store, closer)
  settlementRoutes(edge, store)
  heldRoutes(edge, store, log)
  dayRoutes(edge, store, clock)
  viewRoutes(edge, store, clock)
  const files = new BillFiles({
    store,
    issuer: issuerOf(values),
    bills: home.bills,
    exports: home.billingExports,
  })
  billRoutes(edge, files, home.bills)
  deliveryRoutes(edge, store, deliverer)
  reportRoutes(edge, store)
  aladinRoutes(edge, store)
  await listenOnSocket(edge, billingSocket(home))
  await tellUnconfirmedDays(store, log)
  await runner.start()
  timers.begin()
  closer.resume().catch(crash(log))
  endDay()
  return {
    listening: { commands: billingSocket(home) },
    status: () => NO_CALLS,
    async close() {
      await edge.close()
      await Promise.all([deliverer.end(), ending.close()])
      await timers.close()
      await runner.close()
      await closer.end()
    },
  }
}

/** The timer facility, and whom it tells: billing itself, other programs over their sockets, jobs. */
function openTimers(
  { home, clock, log }: Surroundings,
  { redriveAt, closeAt }: Values,
  store: BillingStore,
  {
    tellBilling,
    endDay,
    closer,
  }: {
    readonly tellBilling: (notice: TimerNotice) => Promise<void>
    readonly endDay: () => Promise<void>
    readonly closer: MonthCloser
  },
) {
  const jobs: Record<string, { work: () => Promise<unknown>; next: () => Timer }> = {
    [REDRIVE]: { work: () => redrive(store, log), next: () => redriveTimer(redriveAt, clock) },
    [DAY_END]: { work: endDay, next: () => dayEndTimer(clock) },
  }
  if (closeAt !== 'off') {
    const closing = new MonthClosing({ store, closer, clock, log, at: closeAt })
    jobs[MONTH_CLOSE] = { work: () => closing.run(), next: () => closing.timer() }
  }
  const facility: TimerFacility = new TimerFacility({
    file: new TimerFile(timerFilePath(home)),
    clock,
    log,
    notify: (program, notice) =>
      program === billing.name ? tellBilling(notice) : tellProgram(home, program, notice),
    startJob: async job => {
      const known = jobs[job]
      if (!known) return log.warn({ job }, 'timer names no job of billing')
      await known.work()
      facility.start([known.next()])
    },
  })
  return {
    facility,
    begin() {
      facility.restore()
      for (const [job, { next }] of Object.entries(jobs)) {
        if (!facility.all().some(({ name }) => name === job)) facility.start([next()])
      }
    },
    close: () => facility.close(),
  }
}

/** F-05: tells another program over its socket. */
async function tellProgram(home: Home, program: string, notice: TimerNotice): Promise<void> {
  const client = new SocketClient(`${home.sockets}/${program}.sock`)
  try {
    const { status } = await client.ask({
      method: 'POST',
      path: '/timer-notices',
      body: notice,
      deadlineMs: NOTICE_DEADLINE_MS,
    })
    if (status >= 300) {
      throw new Fault('PEER_ANSWER_INVALID', `${program} answered ${status} to a timer’s notice.`)
    }
  } finally {
    client.close()
  }
}

/** The demonstration subscribers are contracts too, from the first start on. */
async function takeDemonstrationContracts(
  home: Home,
  store: BillingStore,
  log: Logger,
): Promise<void> {
  const file = demonstrationContracts(home)
  if ((await store.countContracts()) > 0 || !existsSync(file)) return
  const { rows } = readContractsCsv(readFileSync(file, 'utf8'))
  await store.takeContracts(rows.map(({ value }) => value))
  log.info({ contracts: rows.length }, 'demonstration contracts taken in')
}

/** A day whose close differs is an alarm until an operator confirms it; a start tells of it again. */
async function tellUnconfirmedDays(store: BillingStore, log: Logger): Promise<void> {
  const { days } = await store.newestDays(DAYS_TOLD)
  for (const { day, difference, confirmedAt } of days) {
    if (difference === undefined || confirmedAt !== undefined) {
      settleAlarms(['DAY_NOT_CONFIRMED'], { day })
    } else raiseAlarm(log, 'DAY_NOT_CONFIRMED', 'critical', { day, difference })
  }
}

/** Without its store, or after a broken promise, billing ends, and starts again from what is on disk. */
const crash = (log: Logger) => (error: unknown) => {
  log.fatal({ err: error }, 'billing cannot go on')
  setImmediate(() => {
    throw error
  })
}

import { monotonicMs, systemClock } from '../platform/clock.js'
import { nodeLater } from '../platform/deadline.js'
import { SocketClient } from '../platform/http-client.js'
import { listenFault } from '../platform/listen.js'
import type { Program, Running, Surroundings } from '../platform/program.js'
import { readSettings } from '../platform/settings.js'
import { askAlarms, NO_CALLS } from '../platform/status.js'
import { makeDemonstrationAccounts } from './accounts/demonstration.js'
import { FIRST_ADMINISTRATOR, makeFirstAdministrator } from './accounts/first-administrator.js'
import { LogIns } from './accounts/login.js'
import { AlarmCollector } from './alarms/alarm-collector.js'
import { programsOf } from './alarms/programs.js'
import { followCalls } from './calls/follow.js'
import {
  billingSocketOf,
  crsSocketOf,
  generatorSocketOf,
  nocContradictions,
  nocSettings,
  nocStore,
  scpSocketOf,
  switchOfPhone,
  switchSocketOf,
} from './config.js'
import { nocApp } from './http/app.js'
import { nocMetrics } from './noc-metrics.js'
import { startNotices } from './notices/start.js'
import { ProofReader } from './proof/ask-sums.js'
import { type NocStore, openNocStore } from './store/open.js'
import { TrafficCollector } from './traffic/collector.js'
import { LiveTraffic } from './traffic/live-traffic.js'
import { askTraffic } from './traffic/scp-traffic.js'
import { SwitchCollector } from './traffic/switch-collector.js'
import { askSwitchTraffic } from './traffic/switch-traffic.js'

/** The screens are for people at this machine, or who came to it by a tunnel. */
const HOST = '127.0.0.1'

/** MCSCP-O, オペレーション機能: what operators watch (requirement M-03). */
export const noc: Program = { name: 'noc', start }

async function start({ home, given, clock, log }: Surroundings): Promise<Running> {
  const values = readSettings(nocSettings, given, nocContradictions)
  const store = openNocStore(nocStore(home), systemClock, fault => {
    log.fatal({ err: fault }, 'store lost')
    throw fault
  })
  try {
    if (values.simulation && (await makeDemonstrationAccounts(store.accounts, home))) {
      log.info('demonstration accounts made')
    }
    if (!values.simulation) await tellFirstAdministrator(store)
    const socket = new SocketClient(scpSocketOf(home))
    const collector: TrafficCollector = new TrafficCollector({
      ask: from => askTraffic(socket, from),
      history: store.history,
      clock,
      later: nodeLater,
      log,
      told: () => void live.changed(),
    })
    const switchSocket = new SocketClient(switchSocketOf(home))
    const switchCollector = new SwitchCollector({
      ask: from => askSwitchTraffic(switchSocket, from),
      history: store.history.refusedContracts,
      later: nodeLater,
      log,
      told: () => void live.changed(),
    })
    const live = new LiveTraffic({ history: store.history, clock, state: () => collector.state })
    const logIns = new LogIns({ ...store, nowMs: monotonicMs })
    const { accounts, groups, people, peopleLog, sessions, alarms } = store
    const calls = followCalls(home, values.clips)
    const others = {
      crs: new SocketClient(crsSocketOf(home)),
      billing: new SocketClient(billingSocketOf(home)),
    }
    const proofs = new ProofReader({ scp: socket, ...others, nowMs: monotonicMs })
    const phone = switchOfPhone(values)
    const generator = phone && new SocketClient(generatorSocketOf(home))
    const { app } = await nocApp({
      ...{ logIns, accounts, groups, people, peopleLog, sessions },
      ...{ live, alarms, calls: calls.live, proofs },
      ...{ clock, scp: socket, billing: others.billing, log },
      ...{ mls: switchSocket, phone, generator },
    })
    const address = await app.listen({ host: HOST, port: values.port }).catch(error => {
      throw listenFault(error, { host: HOST, ports: { [nocSettings.port.name]: values.port } })
    })
    void collector.run()
    void calls.run()
    void switchCollector.run()
    const alarmCollector = new AlarmCollector({
      programs: () => programsOf(home),
      ask: (program, fetched) => askAlarms(home, program, fetched),
      book: alarms,
      clock,
      later: nodeLater,
      log,
    })
    void alarmCollector.run()
    const notices = await startNotices({ home, log, notices: store.notices }, values)
    return {
      listening: { screens: address },
      status: () => NO_CALLS,
      registerMetrics: metrics =>
        nocMetrics(metrics, { alarms, traffic: () => collector.state, clock }),
      async close() {
        await app.close()
        await calls.close()
        await alarmCollector.close()
        await notices.close()
        await collector.close()
        await switchCollector.close()
        socket.close()
        switchSocket.close()
        generator?.close()
        for (const other of Object.values(others)) other.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}

/** The password goes to the terminal alone, this once: no log has it. */
async function tellFirstAdministrator({ accounts, people }: NocStore): Promise<void> {
  const password = await makeFirstAdministrator(accounts, people)
  if (password === undefined) return
  console.log(`管理者 administrator: ${FIRST_ADMINISTRATOR}   パスワード password: ${password}`)
  console.log('(このパスワードは二度と表示されません。 It is shown this once.)')
}

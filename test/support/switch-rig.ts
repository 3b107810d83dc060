import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Msisdn } from '../../domain/msisdn.js'
import { systemClock } from '../../platform/clock.js'
import { type Home, homeAt, makeHome } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import type { Running } from '../../platform/program.js'
import type { Given } from '../../platform/settings.js'
import { engineSecretFile, mlsSocket } from '../../switch-sim/mls/config.js'
import { mls } from '../../switch-sim/mls/main.js'
import { demonstrationPassword } from '../../switch-sim/mls/subscribers/demonstration.js'
import type { RawPhone } from './raw-phone.js'
import { openRig, RIG_SECRET, type Rig } from './signalling-rig.js'
import { SubscriberPhone } from './subscriber-phone.js'

/** The switch on an engine of its own, with bare speakers of SIP where the MCSCP and the media engine are. */
export interface SwitchRig {
  readonly engine: Rig
  readonly home: Home
  /** What stands where scp stands, and where the media engine does. */
  readonly mcscp: RawPhone
  readonly media: RawPhone
  readonly running: Running
  /** Lines that the switch logged, as objects. */
  readonly logged: readonly Record<string, unknown>[]
  /** A phone of a number, with its password. */
  phone(number: string): Promise<SubscriberPhone>
  /** What the switch counts. */
  counts(): Promise<SwitchCounts>
}

export interface SwitchCounts {
  readonly counts: Readonly<Record<string, number>>
  readonly calls: number
  readonly registered: number
}

interface Ending {
  teardown(end: () => unknown): unknown
}

export async function openSwitchRig(t: Ending, given: Given = {}): Promise<SwitchRig> {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-')))
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  makeHome(home)
  writeFileSync(engineSecretFile(home), `${RIG_SECRET}\n`, { mode: 0o600 })
  const engine = await openRig(t, { listen: ['udp', 'tcp', 'ws'] })
  const mcscp = await engine.phone()
  const media = await engine.phone()
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(JSON.parse(line)) })
  const running = await mls.start({
    home,
    clock: systemClock,
    log,
    given: {
      MCSCP_SWITCH_SIP_APPLICATION_PORT: `${engine.engine.listening.application.port}`,
      MCSCP_SWITCH_MCSCP_ADDRESS: `127.0.0.1:${mcscp.port}`,
      MCSCP_SWITCH_MEDIA_ADDRESS: `127.0.0.1:${media.port}`,
      ...given,
    },
  })
  t.teardown(() => running.close())
  return {
    engine,
    home,
    mcscp,
    media,
    running,
    logged,
    async phone(number) {
      const password = demonstrationPassword(home, number as Msisdn) ?? 'no such number'
      return new SubscriberPhone(await engine.phone(), engine.sipPort, { number, password })
    },
    async counts() {
      const client = new SocketClient(mlsSocket(home))
      const { body } = await client.ask({ method: 'GET', path: '/counts', deadlineMs: 5_000 })
      client.close()
      return body as SwitchCounts
    },
  }
}

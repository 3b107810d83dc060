import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CallSessionToken, parseCallSessionToken } from '../../domain/call-session.js'
import { monotonicMs, systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import type { Home } from '../../platform/home.js'
import type { Surroundings } from '../../platform/program.js'
import { secretFile } from '../../platform/secret-file.js'
import type { SettingValues } from '../../platform/settings.js'
import { callsEnded } from '../../platform/signalling/calls-ended.js'
import { openSignalling, type Signalling } from '../../platform/signalling/signalling.js'
import type { ProgramStatus } from '../../platform/status.js'
import { isServed } from '../rules/subscriber-classes.js'
import type { Scenario } from '../scenarios/scenario.js'
import type { ScpStore } from '../store/questions.js'
import type { TablesInForce } from '../tables/tables-in-force.js'
import { CallControl } from './call-control.js'
import { MediaTurns } from './media-turns.js'
import type { Services } from './services.js'
import type { callControlSettings } from './settings.js'

/** Call control that runs. */
export interface RunningCallControl extends Pick<CallControl, 'inCommunication'> {
  status(): ProgramStatus
  /** Takes no more calls, ends those there are, and leaves the engine. */
  close(): Promise<void>
}

/** What calls are let in by. */
export interface CallControlParts {
  readonly store: ScpStore
  readonly services: Services
  readonly scenarios: readonly Scenario[]
  readonly tables: TablesInForce
}

/** The public half of the switch's key. */
const switchPublicKeyFile = (home: Home): string => join(home.keys, 'switch-identity.pub.pem')

/** What the engine must be told; the engine makes it at its first start. */
const engineSecretFile = (home: Home): string => join(home.keys, 'scp-signalling.secret')

/** Connects to scp's signalling engine and serves the switch's calls. */
export async function startCallControl(
  { home, clock, log }: Surroundings,
  values: SettingValues<typeof callControlSettings>,
  { store, services, scenarios, tables }: CallControlParts,
): Promise<RunningCallControl> {
  let signalling: Signalling | undefined
  const turns = new MediaTurns()
  const calls = new CallControl({
    store,
    clock,
    realTime: systemClock,
    log,
    switchKey: () => publicKeyIn(switchPublicKeyFile(home)),
    policy: {
      serviceStart: values.serviceStart,
      get stopped() {
        return services.stopped
      },
      isServed: (caller, at) =>
        isServed(caller, tables.at('number-ranges', at), tables.at('subscriber-classes', at)),
      scenarios,
      callsMax: values.callsMax,
    },
    dial(request) {
      if (!signalling) throw new Error('a call came before the engine was connected')
      return signalling.dial(request)
    },
    rate: { callsASecond: values.callsASecond, burst: values.callsASecond },
    toBeAskedMax: values.callsToBeAsked,
    mediaOf: service => turns.order(services.mediaOf(service)),
    domain: values.domain,
    limits: { set_up: values.setUpSeconds * 1000, call: values.callSeconds * 1000 },
    freshToken,
    nowMs: monotonicMs,
    freshCallId: () => `${randomUUID()}@${values.domain}`,
    later: nodeLater,
    random: Math.random,
  })
  const opened = await openSignalling({
    host: values.engineHost,
    port: values.enginePort,
    secret: secretFile(engineSecretFile(home)),
    log,
    invite: leg => calls.invite(leg),
    lost: () => calls.endAll(),
  })
  signalling = opened
  return {
    inCommunication: token => calls.inCommunication(token),
    status: () => ({ ready: opened.connected, calls: calls.calls }),
    async close() {
      calls.close()
      await callsEnded(() => calls.calls)
      await calls.allCounted()
      opened.close()
    },
  }
}

/** The switch makes its key at its first start, which may be after ours. */
const publicKeyIn = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined

function freshToken(): CallSessionToken {
  const token = parseCallSessionToken(randomBytes(16).toString('hex'))
  if (!token) throw new Error('32 hexadecimal digits are a token')
  return token
}

import { once } from 'node:events'
import { pino } from 'pino'
import { epochMs } from '../../domain/clock.js'
import type { ListenPoint } from '../../engines/signalling/agent.js'
import type { CallGateLimits } from '../../engines/signalling/call-gate.js'
import { type Signalling, startSignalling } from '../../engines/signalling/main.js'
import type { MethodHandler } from '../../engines/signalling/port/method-handlers.js'
import type { Scheduler } from '../../engines/signalling/scheduler.js'
import type { TimerValues } from '../../engines/signalling/transaction/timers.js'
import type { Endpoint } from '../../engines/signalling/transport/address.js'
import type { TlsCredentials } from '../../engines/signalling/transport/tls-credentials.js'
import { type Application, type Handler, newApplication } from './drachtio-application.js'
import { RawPhone } from './raw-phone.js'
import { WireClient } from './wire-client.js'

/** The secret of every engine that a rig starts. */
export const RIG_SECRET = 'the secret of all rigs'

/** Give-ups after 64 × 5 ms; a message still takes far less than T1 on loopback. */
export const SHORT_TIMERS: TimerValues = { t1Ms: 5, t2Ms: 40, t4Ms: 50 }

/** An engine on free ports of loopback, with what tests put around it. Ends what it started. */
export interface Rig {
  readonly engine: Signalling
  /** The UDP port of the engine. */
  readonly sipPort: number
  /** An unmodified drachtio-srf, connected, with its handlers declared before. */
  application(handlers?: Readonly<Record<string, Handler>>): Promise<Application>
  /** A bare speaker of the wire protocol, let in. */
  wire(...routes: string[]): Promise<WireClient>
  phone(): Promise<RawPhone>
}

export interface RigOptions {
  readonly timers?: TimerValues
  readonly scheduler?: Scheduler
  readonly gate?: CallGateLimits
  readonly handlers?: readonly MethodHandler[]
  readonly collector?: Endpoint
  readonly listen?: readonly ListenPoint['protocol'][]
  readonly credentials?: TlsCredentials
}

/** Starts a rig that ends with the test. */
export async function openRig(
  t: { teardown(end: () => unknown): unknown },
  { listen = ['udp', 'tcp'], ...options }: RigOptions = {},
): Promise<Rig> {
  const engine = await startSignalling({
    sip: listen.map(protocol => ({ protocol, host: '127.0.0.1', port: 0 })),
    applicationPort: 0,
    secret: RIG_SECRET,
    clock: { now: () => epochMs(Date.parse('2001-01-02T03:04:05.678Z')) },
    log: pino({ enabled: false }),
    endingMs: 50,
    ...options,
  })
  const endings: (() => void)[] = []
  t.teardown(async () => {
    for (const end of endings) end()
    await engine.close()
  })
  const { sip, application } = engine.listening
  const sipPort = sip.find(({ protocol }) => protocol === 'udp')?.port ?? 0
  return {
    engine,
    sipPort,
    async application(handlers = {}) {
      const srf = newApplication()
      for (const [method, handler] of Object.entries(handlers)) srf.use(method, handler)
      // One attempt: an application whose engine has gone would try for ever.
      const reconnect = { maxAttempts: 1 }
      srf.connect({ ...application, secret: RIG_SECRET, reconnect })
      const [error] = await once(srf, 'connect')
      if (error) throw error
      endings.push(() => {
        try {
          srf.disconnect()
        } catch {
          // It throws when the engine has closed the connection before.
        }
      })
      return srf
    },
    async wire(...routes) {
      const client = await WireClient.connect(application.port)
      endings.push(() => client.close())
      await client.ask(`a|authenticate|${RIG_SECRET}|`)
      for (const route of routes) await client.ask(`r|route|${route}`)
      return client
    },
    async phone() {
      const phone = await RawPhone.open(sipPort)
      endings.push(() => phone.close())
      return phone
    },
  }
}

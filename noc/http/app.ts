import cookies from '@fastify/cookie'
import type { Clock } from '../../domain/clock.js'
import type { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import type { LogIns } from '../accounts/login.js'
import { billingRoutes } from '../billing/billing-routes.js'
import type { LiveCalls } from '../calls/live-calls.js'
import { type GeneratorRoutesOptions, generatorRoutes } from '../generator/generator-routes.js'
import { cardFileRoutes } from '../office/card-file-routes.js'
import { relayRoutes } from '../office/relay-routes.js'
import type { ProofReader } from '../proof/ask-sums.js'
import type { NocStore } from '../store/open.js'
import type { LiveTraffic } from '../traffic/live-traffic.js'
import { accountRoutes } from './account-routes.js'
import { alarmRoutes } from './alarm-routes.js'
import { callRoutes } from './call-routes.js'
import { Deeds } from './deeds.js'
import { docsRoute } from './docs-route.js'
import { entryRoutes } from './entry-routes.js'
import { type GuardedRoute, guard } from './guard.js'
import { loginRoutes } from './login-routes.js'
import { peopleRoutes } from './people-routes.js'
import { type PhoneRoutesOptions, phoneRoutes } from './phone-routes.js'
import { proofRoutes } from './proof-routes.js'
import { screenRoutes } from './screen-routes.js'
import { trafficRoutes } from './traffic-routes.js'

/** What of the store is asked for and changed. */
type Kept = Pick<NocStore, 'accounts' | 'groups' | 'people' | 'peopleLog' | 'sessions' | 'alarms'>

export interface NocAppOptions extends PhoneRoutesOptions, GeneratorRoutesOptions, Kept {
  readonly logIns: LogIns
  readonly live: LiveTraffic
  readonly calls: LiveCalls
  readonly proofs: Pick<ProofReader, 'of'>
  /** billing's socket. */
  readonly billing: Pick<SocketClient, 'ask'>
  /** The network's. */
  readonly clock: Clock
  readonly log: Logger
}

/** The operators' screens and what they ask, and the list of all routes. */
export async function nocApp(options: NocAppOptions): Promise<{
  readonly app: ReturnType<typeof httpEdge>
  readonly routes: readonly GuardedRoute[]
}> {
  const app = httpEdge(options.log)
  await app.register(cookies)
  const routes = guard(app, options.sessions, options.phone?.server)
  loginRoutes(app, options)
  trafficRoutes(app, options)
  callRoutes(app, options)
  proofRoutes(app, options)
  relayRoutes(app, options)
  cardFileRoutes(app, options)
  billingRoutes(app, options)
  alarmRoutes(app, options)
  entryRoutes(app, options)
  const deeds = new Deeds(options.people, options.log)
  peopleRoutes(app, { ...options, deeds, routes })
  accountRoutes(app, { ...options, deeds })
  phoneRoutes(app, options)
  generatorRoutes(app, options)
  docsRoute(app, routes)
  await screenRoutes(app, options.phone !== undefined)
  return { app, routes }
}

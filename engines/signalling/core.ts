import type { Dialogs } from './dialog/dialogs.js'
import type { Handlers, Notice } from './handlers.js'
import type { Proxying } from './proxy/proxying.js'
import type { RoutePasses } from './proxy/route-passes.js'
import type { ClientLayer } from './transaction/client-layer.js'
import type { Environment } from './transaction/environment.js'
import type { ServerRun } from './transaction/server-layer.js'
import type { Transports } from './transport/transports.js'

/** What all parts of one agent share. */
export interface Core {
  readonly environment: Environment
  /** A fresh unguessable token (RFC 3261 §19.3). */
  readonly token: () => string
  readonly transports: Transports
  readonly clients: ClientLayer
  readonly dialogs: Dialogs
  /** What passes on the request of a transaction, where it is not answered here. */
  readonly proxyings: WeakMap<ServerRun, Proxying>
  readonly passes: RoutePasses
  readonly handlers: Handlers
  readonly noticed: (notice: Notice) => void
}

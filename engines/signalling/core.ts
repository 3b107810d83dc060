import type { Dialogs } from './dialog/dialogs.js'
import type { Handlers, Notice } from './handlers.js'
import type { ClientLayer } from './transaction/client-layer.js'
import type { Environment } from './transaction/environment.js'
import type { Transports } from './transport/transports.js'

/** What all parts of one agent share. */
export interface Core {
  readonly environment: Environment
  /** A fresh unguessable token (RFC 3261 §19.3). */
  readonly token: () => string
  readonly transports: Transports
  readonly clients: ClientLayer
  readonly dialogs: Dialogs
  readonly handlers: Handlers
  readonly noticed: (notice: Notice) => void
}

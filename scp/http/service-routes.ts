import type { httpEdge } from '../../platform/http-edge.js'
import type { Services } from '../call-control/services.js'

/**
 * The services (requirement M-06), for noc. They are changed by acts of the office.
 *
 * - `GET /v1/office/services`: `{services: [{service, stopped, stoppedBySettings, media}]}`, `media` being where
 *   new calls go
 */
export function serviceRoutes(edge: ReturnType<typeof httpEdge>, services: Services): void {
  edge.get('/v1/office/services', async () => ({
    services: services.names.map(name => ({
      service: name,
      stopped: services.stopped.has(name),
      stoppedBySettings: services.stoppedBySettings(name),
      media: services.mediaOf(name),
    })),
  }))
}

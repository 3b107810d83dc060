import type { httpEdge } from '../../platform/http-edge.js'
import type { Audience, GuardedRoute } from './guard.js'
import { openApi } from './openapi.js'

const SEES: Audience = ['api.see']

/** `GET /docs/openapi.json`: every route that is there, as an OpenAPI 3.1 document; the page `/docs` shows it. */
export function docsRoute(app: ReturnType<typeof httpEdge>, routes: readonly GuardedRoute[]): void {
  app.get('/docs/openapi.json', { config: { audience: SEES } }, async () => openApi(routes))
}

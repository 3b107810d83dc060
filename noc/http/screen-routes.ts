import staticFiles from '@fastify/static'
import { PRODUCT_FOLDER } from '../../platform/home.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { type Audience, LOGGED_IN } from './guard.js'

/** One file of the screens. */
interface ScreenFile {
  readonly url: string
  /** Inside the product's folder. */
  readonly path: string
  readonly audience: Audience
  readonly page?: true
}

/** Scripts are served where their imports of each other find them. */
const script = (path: string, audience: Audience): ScreenFile => ({
  url: `/scripts/${path}`,
  path: `dist/${path}`,
  audience,
})

/** Every file that the screens are made of; nothing else is served. */
export const SCREEN_FILES: readonly ScreenFile[] = [
  { url: '/', path: 'noc/screens/traffic.html', audience: LOGGED_IN, page: true },
  { url: '/login', path: 'noc/screens/login.html', audience: 'anyone' },
  { url: '/screens.css', path: 'noc/screens/screens.css', audience: 'anyone' },
  { url: '/icon.svg', path: 'noc/screens/icon.svg', audience: 'anyone' },
  script('noc/screens/language.js', 'anyone'),
  script('noc/screens/login.js', 'anyone'),
  script('noc/screens/traffic.js', LOGGED_IN),
  script('noc/screens/traffic-table.js', LOGGED_IN),
  script('noc/screens/traffic-chart.js', LOGGED_IN),
  script('noc/screens/traffic-texts.js', LOGGED_IN),
  script('noc/screens/live.js', LOGGED_IN),
  script('noc/traffic/columns.js', LOGGED_IN),
  { url: '/uplot.js', path: 'node_modules/uplot/dist/uPlot.iife.min.js', audience: LOGGED_IN },
  { url: '/uplot.css', path: 'node_modules/uplot/dist/uPlot.min.css', audience: LOGGED_IN },
]

/** Serves the files of the screens, each as a route of its own. */
export async function screenRoutes(app: ReturnType<typeof httpEdge>): Promise<void> {
  await app.register(staticFiles, { serve: false, root: PRODUCT_FOLDER, cacheControl: false })
  for (const { url, path, audience, page = false } of SCREEN_FILES) {
    const root = PRODUCT_FOLDER
    app.get(url, { config: { audience, page } }, (_request, reply) =>
      reply.header('Cache-Control', 'no-cache').sendFile(path, root),
    )
  }
}

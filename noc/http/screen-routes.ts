import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { PAGES, type Page } from '../pages.js'
import { LOGGED_IN } from './guard.js'

/** Where the build leaves the screens. */
const BUILT = join(PRODUCT_FOLDER, 'dist', 'screens')

/** The page on which all others are drawn, and the one that anybody may load. */
const PAGE = 'index.html'
const LOG_IN = 'login.html'

/** How long a file may be kept by a browser whose name changes with its content, in seconds: a year. */
const KEPT_S = 31_536_000

/** What the build says of one source and what was made of it (Vite, `build.manifest`). */
interface Built {
  readonly file: string
  readonly css?: readonly string[]
  readonly assets?: readonly string[]
}

/**
 * Serves the screens as they were built, each file and each page as a route of its own, and nothing else:
 * pages to who is logged in, that of the phone where there is one; the log-in, scripts and styles, which hold nothing secret, to anyone.
 */
export async function screenRoutes(
  app: ReturnType<typeof httpEdge>,
  hasPhone: boolean,
): Promise<void> {
  await app.register(staticFiles, { serve: false, root: BUILT, cacheControl: false })
  for (const { path, needsPhone } of Object.values<Page>(PAGES)) {
    if (needsPhone && !hasPhone) continue
    app.get(path, { config: { audience: LOGGED_IN, page: true } }, (_request, reply) =>
      reply.header('Cache-Control', 'no-cache').sendFile(PAGE),
    )
  }
  app.get('/login', { config: { audience: 'anyone' } }, (_request, reply) =>
    reply.header('Cache-Control', 'no-cache').sendFile(LOG_IN),
  )
  app.get('/icon.svg', { config: { audience: 'anyone' } }, (_request, reply) =>
    reply.header('Cache-Control', 'no-cache').sendFile('icon.svg'),
  )
  for (const file of builtFiles()) {
    app.get(`/${file}`, { config: { audience: 'anyone' } }, (_request, reply) =>
      reply.header('Cache-Control', `max-age=${KEPT_S}, immutable`).sendFile(file),
    )
  }
}

/** Scripts, styles and whatever they load, by the build's own list. */
function builtFiles(): string[] {
  const manifest = join(BUILT, 'manifest.json')
  if (!existsSync(manifest)) {
    throw new Fault(
      'FILE_UNREADABLE',
      `The screens are not built: ${manifest} is not there. Run npm run build.`,
    )
  }
  const list: Record<string, Built> = JSON.parse(readFileSync(manifest, 'utf8'))
  const files = Object.values(list).flatMap(({ file, css = [], assets = [] }) => [
    file,
    ...css,
    ...assets,
  ])
  return [...new Set(files)].filter(file => !file.endsWith('.html')).sort()
}

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

const changedAt = (path: string): number =>
  statSync(join(PRODUCT_FOLDER, path), { throwIfNoEntry: false })?.mtimeMs ?? 0

const joined = 'dist/programs/mcscp/main.js'

/**
 * What tests start the product by: what `npm run build` joined, as users run it, unless the compiler alone
 * has compiled something since.
 */
export const ENTRY =
  changedAt(joined) > changedAt('dist/.tsbuildinfo')
    ? join(PRODUCT_FOLDER, joined)
    : fileURLToPath(new URL('../../mcscp/main.js', import.meta.url))

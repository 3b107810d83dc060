import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

/**
 * Holds what was made against what a golden file has, byte for byte. `MCSCP_WRITE_GOLDEN=1` writes the file anew, for
 * a change that was meant; it is then read by whoever commits it.
 */
export function holdsGolden(t: Test, path: string, made: string): void {
  const file = join(PRODUCT_FOLDER, 'test', path)
  if (process.env.MCSCP_WRITE_GOLDEN === '1') writeFileSync(file, made)
  t.equal(made, existsSync(file) ? readFileSync(file, 'utf8') : undefined, path)
}

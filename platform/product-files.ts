import { fileURLToPath } from 'node:url'

/**
 * Where the code that runs lies: `dist/`, where each module is compiled by itself, or `dist/programs/`,
 * where the same modules are joined into few files that start in half the time.
 */
const CODE = /^.*\/dist\/(?:programs\/)?/.exec(import.meta.url)?.[0] ?? import.meta.url

/** The folder of the product's own files: sources, clips, docs. */
export const PRODUCT_FOLDER = fileURLToPath(CODE.replace(/dist\/(?:programs\/)?$/, ''))

/** A module of the product that is started by itself, in a thread or a process; by its path, without `.js`. */
export const moduleUrl = (path: string): URL => new URL(`${path}.js`, CODE)

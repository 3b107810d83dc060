import type { Application } from '../channel/channel.js'

/**
 * `log`, `info` and `eval`: taken, and nothing is written, since a text may hold what a caller keyed. `eval`
 * is there for the variables in its argument alone.
 */
export const quiet: Application = () => {}

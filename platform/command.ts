import type { Home } from './home.js'
import type { Given } from './settings.js'

/**
 * What a command of the command line is handed, read when it runs and not when `--help` is asked for. A
 * folder of programs exports its commands as functions from this to commander's `Command`.
 */
export interface CommandSurroundings {
  /** The home folder in force; its folders are made when they are not there. */
  home(): Home
  /** The settings in force, as texts. */
  given(): Given
}

import type { Command } from 'commander'
import type { CommandSurroundings } from '../platform/command.js'
import { nodesCommand } from './office/nodes-command.js'
import { tablesCommand } from './office/tables-command.js'
import { crsShowCommand } from './show-command.js'

/** What an operator asks of CRS, under `mcscp crs`. */
export const crsCommands = (surroundings: CommandSurroundings): Command[] =>
  [crsShowCommand, nodesCommand, tablesCommand].map(command => command(surroundings))

import type { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { aladinCommand } from './aladin-command.js'
import { exportCommand, printCommand } from './bill-commands.js'
import { contractsCommand } from './contracts-command.js'
import { daysCommand } from './days-command.js'
import { deliveriesCommand } from './delivery-commands.js'
import { errorsCommand } from './errors-command.js'
import { exchangeCommand, rearmCommand } from './exchange-command.js'
import { feeTablesCommand } from './fee-tables-command.js'
import {
  calculateMonthCommand,
  closeMonthCommand,
  holdMonthCommands,
  invoicesCommand,
} from './month-commands.js'
import { ordersCommand, recordCommands } from './record-commands.js'
import { reportsCommand } from './reports-command.js'
import { settlementsCommand } from './settlements-command.js'
import { showCommand } from './show-command.js'

/** What an operator asks of billing, under `mcscp billing`. */
export const billingCommands = (surroundings: CommandSurroundings): Command[] =>
  [
    contractsCommand,
    showCommand,
    aladinCommand,
    exchangeCommand,
    rearmCommand,
    errorsCommand,
    daysCommand,
    invoicesCommand,
    calculateMonthCommand,
    closeMonthCommand,
    settlementsCommand,
    feeTablesCommand,
    printCommand,
    exportCommand,
    deliveriesCommand,
    reportsCommand,
    ordersCommand,
  ]
    .map(command => command(surroundings))
    .concat(holdMonthCommands(surroundings), recordCommands(surroundings))

import { existsSync } from 'node:fs'
import { Command } from 'commander'
import type { EpochMs } from '../domain/clock.js'
import { jstText } from '../domain/jst.js'
import type { CommandSurroundings } from '../platform/command.js'
import { Fault } from '../platform/fault.js'
import { openStoreToRead } from '../platform/store.js'
import { crsStore } from './config.js'
import type { Close } from './rules/next-close.js'
import { type Amount, type Overview, overview } from './store/overview.js'

/** `mcscp crs show`: what was received, what is open and why, what billing has fetched. */
export const crsShowCommand = ({ home }: CommandSurroundings): Command =>
  new Command('show')
    .summary('tell what CRS has received, closed and handed on')
    .description(
      'Tells what CRS expects of each node, which hour is open and who keeps it so, the last file that ' +
        'was closed, and the last exchange with billing. crs need not run.',
    )
    .action(() => {
      const path = crsStore(home())
      if (!existsSync(path)) {
        throw new Fault('COMMAND_REFUSED', `There is no store ${path}: crs never ran here.`)
      }
      const store = openStoreToRead(path)
      console.log(overviewText(overview(store)))
      store.close()
    })

/** An overview for a person at a terminal. */
export function overviewText(seen: Overview): string {
  const { open, trigger, lastSequence } = seen
  const held = open.heldBy.length > 0 ? `, held open by ${open.heldBy.join(', ')}` : ''
  return [
    ...seen.nodes.map(
      ({ name, state, reason, delivered, expected }) =>
        `node ${name}${state === 'in' ? '' : `, ${state.toUpperCase()} (${reason})`}: ${delivered ? `delivered up to ${minute(delivered.until)}` : 'delivered nothing'}, next is ${expected}`,
    ),
    `code tables: version ${seen.codeTables.version} since ${minute(seen.codeTables.since)} (${seen.codeTables.reason})`,
    `open: ${open.close ? closeText(open.close) : 'nothing before every node has begun'}${held}`,
    `closed: ${seen.lastFile ?? 'nothing'}${seen.unwritten > 0 ? `, ${seen.unwritten} not on disk yet` : ''}`,
    trigger
      ? `exchange: trigger ${trigger.number}, ${trigger.reflected} reflected, offered up to ${trigger.offered}, ${lastSequence - trigger.offered} closed since`
      : `exchange: none yet, ${lastSequence} files wait`,
    `for billing: ${amountText(seen.forBilling)}, of these ${seen.unmapped} unmapped`,
    `Pricall, ends here: ${amountText(seen.pricall)}`,
    `came twice: ${seen.repeated}`,
  ].join('\n')
}

const minute = (at: EpochMs): string => jstText(at).slice(0, 16).replace('T', ' ')

const closeText = (close: Close): string =>
  close.kind === 'hour' ? `the hour from ${minute(close.beganAt)}` : `the day ${close.day}`

const amountText = ({ records, yen }: Amount): string =>
  `${records} records, ${yen.toLocaleString('en')} yen`

import { readFileSync } from 'node:fs'
import { Argument, Command, Option } from 'commander'
import { CONTRACT_CLASSES, type ContractClass } from '../../../domain/contract-class.js'
import type { CommandSurroundings } from '../../../platform/command.js'
import type { BadLine } from '../../../platform/csv.js'
import { writeDurably } from '../../../platform/durable-file.js'
import { Fault, systemErrorCode } from '../../../platform/fault.js'
import { subscribersStore } from '../config.js'
import { SUBSCRIBER_CHANGE_SEEN_MS } from './cached-subscribers.js'
import { SubscriberStore } from './subscriber-store.js'
import { formatSubscribersCsv, readSubscribersCsv } from './subscribers-csv.js'

/** `mcscp subscribers`: whom the switch knows. */
export function subscribersCommand(surroundings: CommandSurroundings): Command {
  const subscribers = new Command('subscribers')
    .summary('list, import and export the subscribers of the switch')
    .description('Shows, adds and writes out the subscribers of the mobile local switch.')
  const file = () => new Argument('<file>', 'table with commas between, UTF-8, header line first')
  subscribers
    .command('list')
    .summary('list numbers with their class of contract')
    .description('Lists numbers with their class of contract and language.')
    .addOption(new Option('--class <class>', 'only this class').choices(CONTRACT_CLASSES))
    .action(({ class: only }: { class?: ContractClass }) => list(surroundings, only))
  subscribers
    .command('import')
    .summary('add the subscribers of a table, or replace them')
    .description(
      'Adds the subscribers of a table, or replaces those whose number is there. Columns: msisdn, ' +
        'contract_class, language (ja where empty), and password or ha1_sha256 with ha1_md5. Lines ' +
        'that cannot be used are named, the rest are kept; then the exit code is 1.',
    )
    .addArgument(file())
    .action((name: string) => importTable(surroundings, name))
  subscribers
    .command('export')
    .summary('write all subscribers into a table')
    .description(
      'Writes all subscribers into a table that import reads back. It holds the secrets of their ' +
        'passwords, so that only its owner can read it.',
    )
    .addArgument(file())
    .action((name: string) => exportTable(surroundings, name))
  return subscribers
}

function withStore<T>(surroundings: CommandSurroundings, work: (store: SubscriberStore) => T): T {
  const store = new SubscriberStore(subscribersStore(surroundings.home()))
  try {
    return work(store)
  } finally {
    store.close()
  }
}

function list(surroundings: CommandSurroundings, only: ContractClass | undefined): void {
  withStore(surroundings, store => {
    for (const { msisdn, contractClass, language } of store.all()) {
      if (only && only !== contractClass) continue
      console.log(`${msisdn}  ${contractClass.padEnd(14)}  ${language}`)
    }
  })
}

function importTable(surroundings: CommandSurroundings, name: string): void {
  const { subscribers, bad } = readSubscribersCsv(readTable(name))
  const added = withStore(surroundings, store => store.put(subscribers))
  const replaced = subscribers.length - added
  const seenS = SUBSCRIBER_CHANGE_SEEN_MS / 1000
  console.log(`${added} added, ${replaced} replaced; a running switch sees it within ${seenS} s.`)
  tellBad(name, bad)
}

function tellBad(name: string, bad: readonly BadLine[]): void {
  if (bad.length === 0) return
  console.error(`${bad.length} of ${name} left out:`)
  for (const { line, problem } of bad) console.error(`  line ${line}: ${problem}`)
  process.exitCode = 1
}

function exportTable(surroundings: CommandSurroundings, name: string): void {
  const table = withStore(surroundings, store => [...formatSubscribersCsv(store.all())])
  try {
    writeDurably(name, table.join(''), 0o600)
  } catch (cause) {
    throw new Fault('FOLDER_NOT_WRITABLE', `${name} cannot be written.`, { cause })
  }
  console.log(`${table.length - 1} subscribers written to ${name}.`)
}

function readTable(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT') throw new Fault('COMMAND_REFUSED', `${name} is not there.`, { cause })
    throw new Fault('FILE_UNREADABLE', `${name} cannot be read: ${code}.`, { cause })
  }
}

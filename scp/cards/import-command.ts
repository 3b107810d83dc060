import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { SerialNumber } from '../../domain/card.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { askAct, waitingText } from '../../platform/office-acts.js'
import { asOption, asPerson, type LoggedIn } from '../../platform/person-login.js'
import { checkImport, ImportFile } from './import-file.js'
import { batchView } from './office-answers.js'

/** Bad lines that are told one by one. */
const TOLD_MAX = 100

/** `mcscp cards import`: has another maker's cards taken in (docs/formats/card-import.md). */
export function addImportCommand(
  cards: Command,
  surroundings: CommandSurroundings,
  batchArgument: (text: string) => number,
): void {
  cards
    .command('import')
    .description(
      'Has another maker’s cards taken in, in the background, as a batch that was planned with --first-serial. ' +
        'The file lies in card-imports of the home folder, readable by its owner alone. Its bad lines are named, ' +
        'the rest is kept; a second person approves it by its SHA-256.',
    )
    .argument('<batch>', 'its number', batchArgument)
    .argument('<file>', 'name of the file')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((batch: number, file: string, { as, reason }: { as: string; reason: string }) =>
      asPerson(surroundings, as, office =>
        importFile(office, {
          batch,
          path: inFolder(surroundings.home().cardImports, file),
          reason,
        }),
      ),
    )
}

async function importFile(
  office: LoggedIn,
  { batch, path, reason }: { batch: number; path: string; reason: string },
): Promise<void> {
  const view = await office.get(`/api/office/batches/${batch}`, batchView)
  const { faceValue, pinLength } = view
  const [firstSerial, lastSerial] = [view.firstSerial, view.lastSerial] as [
    SerialNumber,
    SerialNumber,
  ]
  const file = basename(path)
  const opened = await ImportFile.open(path)
  let told = 0
  const check = await checkImport(
    opened,
    { faceValue, pinLength, firstSerial, lastSerial },
    (line, problem) => {
      if (told++ < TOLD_MAX) console.log(`${file}:${line}: ${problem}`)
    },
  ).finally(() => opened.close())
  const { cards, bad } = check
  if (told > TOLD_MAX) console.log(`and ${told - TOLD_MAX} bad lines more`)
  console.log(`検査 · ${cards + bad} lines: ${cards} can be taken in, ${bad} are bad.`)
  if (cards === 0)
    throw new Fault('COMMAND_REFUSED', `No line of ${file} is a card of batch ${batch}.`)
  const payload = { batch, file, sha256: check.sha256.toString('hex') }
  const answer = await askAct(office, 'import_cards', reason, payload)
  console.log(
    answer.outcome === 'waiting'
      ? waitingText(answer)
      : `取込開始 · the import of batch ${batch} has begun.`,
  )
}

/** A file of the folder, by its name or path. */
function inFolder(folder: string, file: string): string {
  const path = join(folder, basename(file))
  if (file === basename(file) || dirname(resolve(file)) === resolve(folder)) return path
  throw new Fault('COMMAND_REFUSED', `The file must lie in ${folder}, readable by its owner alone.`)
}

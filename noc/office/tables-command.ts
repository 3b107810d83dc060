import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import { japanMoment } from '../../platform/japan-moment.js'
import { askAct, minuteText, TABLE_BYTES_MAX } from '../../platform/office-acts.js'
import { asOption, asPerson, type LoggedIn } from '../../platform/person-login.js'
import { type Static, Type } from '../../platform/schema.js'
import { takeClips } from './take-clips.js'

const tablesAnswer = Type.Object({
  tables: Type.Array(
    Type.Object({
      table: Type.String(),
      inForce: Type.Integer(),
      versions: Type.Array(
        Type.Object({
          version: Type.Integer(),
          file: Type.String(),
          sha256: Type.String(),
          addedAt: Type.Optional(Type.Integer()),
          person: Type.Optional(Type.String()),
          reason: Type.Optional(Type.String()),
        }),
      ),
      switches: Type.Array(
        Type.Object({
          version: Type.Integer(),
          from: Type.Integer(),
          decidedAt: Type.Integer(),
          person: Type.String(),
          reason: Type.String(),
        }),
      ),
    }),
  ),
})

type ShownTable = Static<typeof tablesAnswer>['tables'][number]

const textAnswer = Type.Object({ version: Type.Integer(), text: Type.String() })

const differenceAnswer = Type.Object({
  inForce: Type.Integer(),
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
})

const switchedAnswer = Type.Object({
  table: Type.String(),
  version: Type.Integer(),
  sha256: Type.String(),
  from: Type.String(),
  waits: Type.Boolean(),
})

/** Who gives a command, and why. */
interface Given {
  readonly as: string
  readonly reason: string
}

/** `mcscp tables`: ファイル更新 (requirement M-05). */
export function tablesCommand(surroundings: CommandSurroundings): Command {
  const tables = new Command('tables')
    .summary('replace the tables of the MCSCP while calls go on, and roll them back')
    .description(
      'Replaces the tables of the MCSCP while calls go on (docs/tables.md). A file is checked whole: with ' +
        'one bad line nothing of it is taken over. New calls go by the new version, those under way finish ' +
        'with the one that they began with. noc and scp must be running.',
    )
  tables
    .command('list')
    .description(
      'Lists the tables with their versions: from when, by whom and why, and the SHA-256.',
    )
    .addOption(asOption())
    .action(({ as }: Pick<Given, 'as'>) => list(surroundings, as))
  tables
    .command('show')
    .description('Prints a version of a table, byte for byte.')
    .argument('<table>', 'as `mcscp tables list` names it')
    .option('--version <number>', 'this one; otherwise the one in force', number)
    .addOption(asOption())
    .action((table: string, { as, version }: { as: string; version?: number }) =>
      show(surroundings, as, table, version),
    )
  tables
    .command('check')
    .description('Tells every mistake of a file, or what it would change. Changes nothing.')
    .argument('<table>', 'as `mcscp tables list` names it')
    .argument('<file>', 'the new version')
    .addOption(asOption())
    .action((table: string, file: string, { as }: Pick<Given, 'as'>) =>
      asPerson(surroundings, as, async office => {
        await check(office, table, given(file))
      }),
    )
  tables
    .command('clips')
    .description(
      'Takes the guidance clips of a folder into the home, and prints the table of guidance that names ' +
        'them: ja/welcome.wav, with its words beside it in ja/welcome.txt. Puts nothing in force.',
    )
    .argument('<folder>', 'where clips lie in the folders ja, en and tone')
    .action((folder: string) => void process.stdout.write(takeClips(surroundings.home(), folder)))
  change(tables, 'replace', 'Puts a new version in force, after telling what it changes.')
    .argument('<file>', 'the new version')
    .addOption(
      new Option(
        '--at <moment>',
        'not at once but from this moment of the network’s clock on',
      ).argParser(japanMoment),
    )
    .action((table: string, file: string, { at, ...who }: Given & { at?: number }) =>
      replace(surroundings, table, file, at, who),
    )
  change(tables, 'roll-back', 'Puts the version before in force at once, byte for byte.')
    .option(
      '--to <number>',
      'this version in place of the one before; it was in force once',
      number,
    )
    .action((table: string, { to, ...who }: Given & { to?: number }) =>
      act(surroundings, 'roll_back_table', who, { table, ...(to === undefined ? {} : { to }) }),
    )
  change(tables, 'call-off', 'Takes a version back that waits for its moment.').action(
    (table: string, who: Given) =>
      asPerson(surroundings, who.as, async office => {
        await askAct(office, 'call_off_table', who.reason, { table })
        console.log(`取消 · called off: ${table}`)
      }),
  )
  return tables
}

/** A command that changes a table. */
const change = (tables: Command, name: string, about: string): Command =>
  tables
    .command(name)
    .description(about)
    .argument('<table>', 'as `mcscp tables list` names it')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())

const list = (surroundings: CommandSurroundings, as: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const { tables } = await office.get('/api/office/tables', tablesAnswer)
    console.log(tables.map(tableText).join('\n\n'))
  })

function tableText({ table, inForce, versions, switches }: ShownTable): string {
  const lines = versions.map(({ version, file, sha256, addedAt, person, reason }) => {
    const name = version === 0 ? '製品・設定 · settings and product' : file
    const by = person === undefined ? '' : `  ${minuteText(addedAt ?? 0)} by ${person}: ${reason}`
    const mark = version === inForce ? '適用中 · in force' : ''
    return `  ${`${version}`.padStart(3)}  ${sha256}  ${name}${by}  ${mark}`.trimEnd()
  })
  const moves = switches.map(
    ({ version, from, person, reason }) =>
      `  from ${minuteText(from)}: version ${version}, by ${person}: ${reason}`,
  )
  return [table, ...lines, ...moves].join('\n')
}

const show = (
  surroundings: CommandSurroundings,
  as: string,
  table: string,
  version: number | undefined,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const query = version === undefined ? '' : `?version=${version}`
    const path = `/api/office/tables/${encodeURIComponent(table)}${query}`
    const { text } = await office.get(path, textAnswer)
    process.stdout.write(text)
  })

/** Asks for the check, prints the difference, and answers over which version it was made. */
async function check(office: LoggedIn, table: string, file: GivenFile): Promise<number> {
  const path = `/api/office/tables/${encodeURIComponent(table)}/check`
  const { inForce, added, removed } = await office.post(path, file, differenceAnswer)
  console.log(`${file.file} beside version ${inForce} of ${table}, which is in force:`)
  for (const row of removed) console.log(`- ${row}`)
  for (const row of added) console.log(`+ ${row}`)
  console.log(`検査合格 · sound: ${added.length} rows new, ${removed.length} rows gone`)
  return inForce
}

const replace = (
  surroundings: CommandSurroundings,
  table: string,
  path: string,
  from: number | undefined,
  { as, reason }: Given,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const file = given(path)
    const over = await check(office, table, file)
    const payload = { table, over, ...file, ...(from === undefined ? {} : { from }) }
    await tell(office, 'replace_table', reason, payload)
  })

const act = (
  surroundings: CommandSurroundings,
  name: string,
  { as, reason }: Given,
  payload: object,
): Promise<void> => asPerson(surroundings, as, office => tell(office, name, reason, payload))

async function tell(
  office: LoggedIn,
  name: string,
  reason: string,
  payload: object,
): Promise<void> {
  const outcome = await askAct(office, name, reason, payload)
  if (outcome.outcome !== 'performed') return
  const { compileSchema } = await import('../../platform/schema-check.js')
  if (!compileSchema(switchedAnswer).Check(outcome.result)) {
    throw new Fault(
      'PEER_ANSWER_INVALID',
      'scp answered something that this command does not know.',
    )
  }
  const { table, version, sha256, from, waits } = outcome.result
  const state = waits ? '予約 · waits' : '適用 · in force'
  const when = from.slice(0, 16).replace('T', ' ')
  console.log(`${state} from ${when}: version ${version} of ${table}, SHA-256 ${sha256}`)
}

interface GivenFile {
  readonly file: string
  readonly text: string
}

/** Reads a file as it is; bytes that are no UTF-8 could not be given back. */
function given(path: string): GivenFile {
  const bytes = read(path)
  if (bytes.length > TABLE_BYTES_MAX) {
    throw new Fault('COMMAND_REFUSED', `${path} is longer than ${TABLE_BYTES_MAX} bytes.`)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { file: basename(path), text }
  } catch (cause) {
    throw new Fault('FILE_MALFORMED', `${path} is not in UTF-8.`, { cause })
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT') throw new Fault('COMMAND_REFUSED', `${path} is not there.`, { cause })
    throw new Fault('FILE_UNREADABLE', `${path} cannot be read: ${code}.`, { cause })
  }
}

function number(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

import { Command, InvalidArgumentError } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { minuteText } from '../../platform/office-acts.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { type Static, Type } from '../../platform/schema.js'

const orNull = Type.Union([Type.String(), Type.Null()])

const entry = Type.Object({
  sequence: Type.Integer(),
  at: Type.Integer(),
  person: Type.String(),
  role: Type.String(),
  act: Type.String(),
  outcome: Type.String(),
  subject: Type.String(),
  reason: Type.String(),
  approval: Type.Union([Type.Integer(), Type.Null()]),
  approver: orNull,
  approverRole: orNull,
  because: orNull,
  before: Type.Unknown(),
  after: Type.Unknown(),
  hash: Type.String(),
})

type Entry = Static<typeof entry>

const entries = Type.Object({ entries: Type.Array(entry) })

const check = Type.Union([
  Type.Object({
    outcome: Type.Enum(['missing', 'altered']),
    sequence: Type.Integer(),
  }),
  Type.Object({ outcome: Type.Literal('cut'), sequence: Type.Integer(), day: Type.String() }),
  Type.Object({
    outcome: Type.Literal('whole'),
    entries: Type.Integer(),
    lastHash: Type.String(),
    anchors: Type.Array(
      Type.Object({ day: Type.String(), sequence: Type.Integer(), hash: Type.String() }),
    ),
  }),
])

interface Search {
  readonly as: string
  readonly max: number
  readonly before?: number
  readonly person?: string
  readonly act?: string
  readonly subject?: string
}

/** `mcscp audit`: what was done in the card office, and whether its log is whole (requirements §5.5). */
export function auditCommand(surroundings: CommandSurroundings): Command {
  const command = new Command('audit')
    .summary('show the log of the card office and verify it')
    .description(
      'Shows what was done, asked for, refused or tried in the card office, and verifies that nothing of ' +
        'it was changed or taken away. noc and scp must be running.',
    )
  command
    .command('list')
    .description('Lists entries of the log, the newest first.')
    .option('--max <entries>', 'how many, up to 1,000', wholeNumber, 20)
    .option('--before <sequence>', 'only entries before this one', wholeNumber)
    .option('--person <name>', 'only what this person did or approved')
    .option('--act <name>', 'only this act, as unlock_handset')
    .option('--subject <text>', 'only what was done to this number, batch or serial range')
    .addOption(asOption())
    .action((search: Search) => list(surroundings, search))
  command
    .command('verify')
    .description(
      'Computes the chain of the log from its first entry, compares it with the hash that each day’s ' +
        'close told, and names the first entry that is missing or not as it was written. The exit code ' +
        'is then 1.',
    )
    .addOption(asOption())
    .action(({ as }: { as: string }) => verify(surroundings, as))
  return command
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

const list = (surroundings: CommandSurroundings, { as, ...search }: Search): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const asked = new URLSearchParams()
    for (const [name, value] of Object.entries(search)) asked.set(name, `${value}`)
    const found = await office.get(`/api/office/audit?${asked}`, entries)
    for (const one of found.entries) console.log(entryText(one))
  })

function entryText(one: Entry): string {
  const approved = one.approver ? `, approved by ${one.approver} (${one.approverRole})` : ''
  const why = one.because ? ` (${one.because})` : ''
  const changed = one.outcome === 'performed' && one.after !== null
  return [
    `${one.sequence}  ${minuteText(one.at)}  ${one.act} ${one.outcome}${why}: ${one.subject}`,
    `   by ${one.person} (${one.role})${approved}: ${one.reason}`,
    ...(changed ? [`   ${JSON.stringify(one.before)} → ${JSON.stringify(one.after)}`] : []),
  ].join('\n')
}

const verify = (surroundings: CommandSurroundings, as: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const found = await office.get('/api/office/audit/check', check)
    if (found.outcome !== 'whole') throw broken(found)
    for (const { day, sequence, hash } of found.anchors) {
      console.log(`${day}  up to entry ${sequence}  ${hash}`)
    }
    console.log(
      `監査記録は完全です · the log is whole: ${found.entries} entries, ${found.lastHash}`,
    )
  })

const BROKEN = {
  missing: 'is not there',
  altered: 'is not as it was written',
} as const

function broken(found: Exclude<Static<typeof check>, { outcome: 'whole' }>): Fault {
  const what =
    found.outcome === 'cut'
      ? `the day ${found.day} closed with entry ${found.sequence}, which is gone or another`
      : `entry ${found.sequence} ${BROKEN[found.outcome]}`
  return new Fault('AUDIT_BROKEN', `監査記録が壊れています · the log is broken: ${what}.`)
}

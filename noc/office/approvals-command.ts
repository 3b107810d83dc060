import { Command, InvalidArgumentError } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { minuteText } from '../../platform/office-acts.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { type Static, Type } from '../../platform/schema.js'

const person = Type.Object({ name: Type.String(), role: Type.String() })

const approval = Type.Object({
  approval: Type.Integer(),
  act: Type.String(),
  describe: Type.String(),
  payload: Type.Unknown(),
  sha256: Type.String(),
  changed: Type.Boolean(),
  requester: person,
  reason: Type.String(),
  askedAt: Type.Integer(),
  expiresAt: Type.Integer(),
  state: Type.String(),
  decidedAt: Type.Union([Type.Integer(), Type.Null()]),
  decidedBy: Type.Union([person, Type.Null()]),
  decisionReason: Type.Union([Type.String(), Type.Null()]),
})

type Approval = Static<typeof approval>

const approvals = Type.Object({ approvals: Type.Array(approval) })

const decided = Type.Object({
  outcome: Type.String(),
  act: Type.String(),
  result: Type.Optional(Type.Unknown()),
})

/** What a person can say to what waits, with what it tells when it is done. */
const DECISIONS = {
  approve: [
    'Approves what another person with another role asked for; it is done at once.',
    '承認',
  ],
  refuse: ['Turns down what another person asked for; it is not done.', '却下'],
  withdraw: ['Takes back what you asked for yourself.', '取下げ'],
} as const

type Decision = keyof typeof DECISIONS

interface Deciding {
  readonly as: string
  readonly sha256: string
  readonly reason: string
}

/** `mcscp approvals`: what waits for a second person (requirements §5.3). */
export function approvalsCommand(surroundings: CommandSurroundings): Command {
  const command = new Command('approvals')
    .summary('show and decide what waits for a second person')
    .description(
      'Shows and decides what waits for a second person: another one with another role than who asked, ' +
        'within seven days. noc and scp must be running.',
    )
  command
    .command('list')
    .description('Lists what waits, the newest first.')
    .option('--all', 'what was decided or expired too')
    .addOption(asOption())
    .action(({ as, all = false }: { as: string; all?: boolean }) => list(surroundings, as, all))
  command
    .command('show')
    .description('Tells all of one, with the SHA-256 that a decision is bound to.')
    .argument('<approval>', 'its number', numberArgument)
    .addOption(asOption())
    .action((number: number, { as }: { as: string }) => show(surroundings, as, number))
  for (const decision of ['approve', 'refuse', 'withdraw'] as const) {
    command
      .command(decision)
      .description(DECISIONS[decision][0])
      .argument('<approval>', 'its number', numberArgument)
      .requiredOption('--sha256 <digest>', 'what you have seen, as «show» tells it', digestArgument)
      .requiredOption('--reason <text>', 'why, for the record')
      .addOption(asOption())
      .action((number: number, options: Deciding) =>
        decide(surroundings, decision, number, options),
      )
  }
  return command
}

function numberArgument(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

function digestArgument(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new InvalidArgumentError('It must be 64 hexadecimal digits.')
}

const list = (surroundings: CommandSurroundings, as: string, all: boolean): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const found = await office.get(`/api/office/approvals?all=${all}`, approvals)
    for (const one of found.approvals) {
      const { requester, describe, state, reason } = one
      const who = `${requester.name} (${requester.role})`
      console.log(`${`${one.approval}`.padStart(5)}  ${state.padEnd(9)}  ${describe}`)
      console.log(`       asked ${minuteText(one.askedAt)} by ${who}: ${reason}`)
    }
    console.log(`${found.approvals.length} ${all ? 'in all' : '承認待ち · wait'}.`)
  })

const show = (surroundings: CommandSurroundings, as: string, number: number): Promise<void> =>
  asPerson(surroundings, as, async office => {
    console.log(approvalText(await office.get(`/api/office/approvals/${number}`, approval)))
  })

function approvalText(one: Approval): string {
  const { requester, decidedBy, decidedAt } = one
  return [
    `${one.approval}: ${one.describe}  [${one.act}, ${one.state}]`,
    `asked    ${minuteText(one.askedAt)} by ${requester.name} (${requester.role}): ${one.reason}`,
    decidedBy && decidedAt !== null
      ? `decided  ${minuteText(decidedAt)} by ${decidedBy.name} (${decidedBy.role}): ${one.decisionReason}`
      : `until    ${minuteText(one.expiresAt)}`,
    `payload  ${JSON.stringify(one.payload)}`,
    `SHA-256  ${one.sha256}${one.changed ? '  CHANGED since it was asked for' : ''}`,
  ].join('\n')
}

const decide = (
  surroundings: CommandSurroundings,
  decision: Decision,
  number: number,
  { as, sha256, reason }: Deciding,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const body = { sha256, decision, reason }
    const path = `/api/office/approvals/${number}/decision`
    const { act, outcome, result } = await office.post(path, body, decided)
    const told = result === undefined ? '' : ` ${JSON.stringify(result)}`
    console.log(`${DECISIONS[decision][1]} · ${number}, ${act}: ${outcome}.${told}`)
  })

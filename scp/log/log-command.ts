import { Command, Option } from 'commander'
import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { SocketClient } from '../../platform/http-client.js'
import { japanMoment } from '../../platform/japan-moment.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import { scpSocket } from '../config.js'
import { FINDINGS } from '../store/entries.js'

const answered = compileSchema(
  Type.Object({
    lines: Type.Array(
      Type.Object({
        at: Type.Integer(),
        token: Type.String(),
        entry: Type.Integer(),
        callId: Type.String(),
        msisdn: Type.String(),
        kind: Type.String(),
        outcome: Type.String(),
        serial: Type.Optional(Type.String()),
        faceValue: Type.Optional(Type.Integer()),
        locked: Type.Boolean(),
      }),
    ),
    next: Type.Optional(Type.String()),
  }),
)

/** What is asked for, by the names of the route. */
interface Wanted {
  readonly number?: string
  readonly serial?: string
  readonly from?: number
  readonly to?: number
  readonly outcome?: string
  readonly kind?: string
  readonly call?: string
  readonly after?: string
  readonly csv?: true
}

/** Longest wait for scp, in ms. */
const DEADLINE_MS = 30_000

/** `mcscp log`: the charge-operation log (requirement M-14). */
export function logCommand({ home }: CommandSurroundings): Command {
  const log = new Command('log')
    .summary('search the charge-operation log')
    .description('The log of every card number that was keyed, without the numbers.')
  log
    .command('search')
    .description(
      'Lists entries, newest first, 200 at a time. What is given narrows the search. scp must be running.',
    )
    .option('--number <number>', 'of this subscriber, as 09012345678')
    .option('--serial <serial>', 'of this card, as MCA000000123')
    .addOption(
      new Option('--from <moment>', 'from this time on, by Japan’s clock').argParser(japanMoment),
    )
    .addOption(new Option('--to <moment>', 'before this time').argParser(japanMoment))
    .addOption(new Option('--outcome <outcome>', 'what became of it').choices(FINDINGS))
    .option('--kind <kind>', 'of this scenario’s charges: mobilers, pricall, or an added one')
    .option('--call <call>', 'of this call, by its token or SIP Call-ID')
    .option('--after <place>', 'go on there, as the page before says')
    .option('--csv', 'as CSV')
    .action(async (wanted: Wanted) => {
      const { number: msisdn, csv, ...rest } = wanted
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries({ msisdn, ...rest })) {
        if (value !== undefined) query.set(name, `${value}`)
      }
      const socket = new SocketClient(scpSocket(home()))
      const path = `/v1/entries?${query}`
      const { status, body } = await socket
        .ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
        .finally(() => socket.close())
      if (status === 400) throw new Fault('COMMAND_REFUSED', `${Object(body).message}`)
      if (status !== 200 || !answered.Check(body)) {
        throw new Fault('PEER_ANSWER_INVALID', `scp answered ${status}.`)
      }
      const rows = [HEADING, ...body.lines.map(cellsOf)]
      console.log(csv ? rows.map(row => row.join(',')).join('\r\n') : tableOf(rows))
      if (body.next !== undefined && !csv) console.log(`More: --after ${body.next}`)
    })
  return log
}

const HEADING = ['time', 'number', 'kind', 'outcome', 'serial', 'yen', 'locked', 'call', 'entry']

interface Line {
  readonly at: number
  readonly token: string
  readonly entry: number
  readonly msisdn: string
  readonly kind: string
  readonly outcome: string
  readonly serial?: string
  readonly faceValue?: number
  readonly locked: boolean
}

const cellsOf = (line: Line): string[] => [
  jstText(epochMs(line.at)).slice(0, 19).replace('T', ' '),
  line.msisdn,
  line.kind,
  line.outcome,
  line.serial ?? '',
  `${line.faceValue ?? ''}`,
  line.locked ? 'yes' : '',
  line.token,
  `${line.entry}`,
]

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = HEADING.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

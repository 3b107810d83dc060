import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a run of SIPp came to. */
export interface SippRun {
  /** 0 when every call went as the scenario says. */
  readonly exitCode: number | null
  readonly successful: number
  readonly failed: number
  readonly retransmissions: number
  /** What it wrote on its terminal, for a test that failed. */
  readonly output: string
}

export class SippMissing extends Error {
  constructor() {
    super('SIPp is not installed: apt-get install sip-tester')
    this.name = 'SippMissing'
  }
}

/** Runs SIPp's built-in caller: INVITE, ACK, BYE. Throws `SippMissing` where it is not installed. */
export const runSippCaller = (arguments_: readonly string[]): Promise<SippRun> =>
  runSipp(['-sn', 'uac', ...arguments_])

/** The scenario of that caller, with the transport in its Contact too. */
export async function sippCaller(): Promise<string> {
  const { output } = await run('sipp', ['-sd', 'uac'])
  return output.replaceAll(
    'Contact: sip:sipp@[local_ip]:[local_port]',
    'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>',
  )
}

/** Runs a scenario of our own. Throws `SippMissing` where it is not installed. */
export async function runSippScenario(
  scenario: string,
  arguments_: readonly string[],
): Promise<SippRun> {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-scenario-'))
  const path = join(folder, 'scenario.xml')
  writeFileSync(path, scenario)
  try {
    return await runSipp(['-sf', path, ...arguments_])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runSipp(arguments_: readonly string[]): Promise<SippRun> {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-sipp-'))
  const statistics = join(folder, 'statistics.csv')
  try {
    const { exitCode, output } = await run('sipp', [
      ...['-nostdin', '-trace_stat', '-stf', statistics, '-fd', '1'],
      ...arguments_,
    ])
    return { exitCode, output, ...lastStatistics(statistics) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(command: string, arguments_: readonly string[]) {
  return new Promise<{ exitCode: number | null; output: string }>((resolve, reject) => {
    const child = spawn(command, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        output += chunk
      })
    }
    child.on('error', () => reject(new SippMissing()))
    child.on('close', exitCode => resolve({ exitCode, output }))
  })
}

/** The cumulative counts of the last line that SIPp wrote. */
function lastStatistics(path: string) {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const names = header.split(';')
  const values = lines.at(-1)?.split(';') ?? []
  const count = (name: string) => Number(values[names.indexOf(name)])
  return {
    successful: count('SuccessfulCall(C)'),
    failed: count('FailedCall(C)'),
    retransmissions: count('Retransmissions(C)'),
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { PROGRAMS } from '../../mcscp/programs.js'
import { type Home, homeAt } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { askStatus, type ProcessStatus } from '../../platform/status.js'
import { demonstrationCards } from '../../scp/cards/clear-file.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { ENTRY } from './entry.js'
import { pinFormsIn, pinsAtHome } from './pin-search.js'
import { TEST_SLOT } from './test-slot.js'

/** How long the whole network may take to start or end on a busy machine, in ms. */
const PATIENCE_MS = 120_000

/** Ports for audio, a range of its own for each test process. */
const AUDIO_PORTS = 400

/** The whole network as `npm start` runs it, in a home and on ports of its own. */
export class Network {
  readonly home: Home
  /** SIP port of the switch, UDP and TCP. */
  readonly sipPort: number
  readonly webSocketPort: number
  /** Where the operators' screens are. */
  readonly screens: string
  /** Where the subscribers' page is. */
  readonly page: string
  readonly environment: Given
  #process: ChildProcess | undefined
  /** Everything it printed since its last start. */
  printed = ''
  /** What it printed before that, and what commands did. */
  #printedBefore = ''

  private constructor(home: Home, ports: readonly number[], given: Given) {
    const [switchSip = 0, ws = 0, switchApp, scpSip, scpApp, mediaSip, eventSocket, ...others] =
      ports
    const [ivr, crs, ftp, noc, page] = others
    this.home = home
    this.sipPort = switchSip
    this.webSocketPort = ws
    this.screens = `http://127.0.0.1:${noc}`
    this.page = `http://127.0.0.1:${page}`
    const firstAudioPort = 20_000 + (process.pid % 90) * AUDIO_PORTS
    this.environment = {
      PATH: process.env.PATH,
      TZ: process.env.TZ,
      MCSCP_HOME: home.folder,
      // All that a program may ever log, so that the search for PINs sees it.
      MCSCP_LOG_LEVEL: 'debug',
      MCSCP_SWITCH_SIP_UDP_PORT: `${switchSip}`,
      MCSCP_SWITCH_SIP_TCP_PORT: `${switchSip}`,
      MCSCP_SWITCH_SIP_WS_PORT: `${ws}`,
      MCSCP_SWITCH_SIP_APPLICATION_PORT: `${switchApp}`,
      MCSCP_SWITCH_MCSCP_ADDRESS: `127.0.0.1:${scpSip};transport=tcp`,
      MCSCP_SWITCH_MEDIA_ADDRESS: `127.0.0.1:${mediaSip};transport=tcp`,
      MCSCP_SCP_SIP_UDP_PORT: `${scpSip}`,
      MCSCP_SCP_SIP_TCP_PORT: `${scpSip}`,
      MCSCP_SCP_SIP_APPLICATION_PORT: `${scpApp}`,
      MCSCP_SCP_MEDIA_ADDRESS: `127.0.0.1:${mediaSip};transport=tcp`,
      MCSCP_MEDIA_SIP_PORT: `${mediaSip}`,
      MCSCP_MEDIA_EVENT_SOCKET_PORT: `${eventSocket}`,
      MCSCP_MEDIA_CHARGE_APPLICATION: `127.0.0.1:${ivr}`,
      MCSCP_MEDIA_RTP_PORT_FIRST: `${firstAudioPort}`,
      MCSCP_MEDIA_RTP_PORT_LAST: `${firstAudioPort + AUDIO_PORTS - 2}`,
      MCSCP_IVR_PORT: `${ivr}`,
      MCSCP_SCP_CRS_ADDRESS: `127.0.0.1:${crs}`,
      MCSCP_CRS_PORT: `${crs}`,
      MCSCP_CRS_FTP_PORT: `${ftp}`,
      MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
      MCSCP_CRS_FTP_PASSIVE_LAST: '0',
      MCSCP_NOC_PORT: `${noc}`,
      MCSCP_ARIS_PAGE_PORT: `${page}`,
      ...given,
    }
  }

  /**
   * Starts a network that ends, and leaves nothing, with the test; which fails when a card's PIN, or a keyed
   * digit, is found in anything that it wrote (XP6).
   */
  static async start(
    t: { teardown(end: () => unknown): unknown },
    given: Given = {},
  ): Promise<Network> {
    const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-network-')))
    const ports = await Promise.all(Array.from({ length: 12 }, freePort))
    const network = new Network(home, ports, given)
    t.teardown(async () => {
      await network.stop()
      const found = network.pinsFound()
      rmSync(home.folder, { recursive: true, force: true })
      if (found.length > 0) throw new Error(`XP6: PINs or digits in ${found.join(', ')}`)
    })
    await network.startAgain()
    return network
  }

  /** Starts it in the home that it had. */
  async startAgain(): Promise<void> {
    const started = spawn(process.execPath, [ENTRY, 'all'], {
      env: this.environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = started
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text
      })
    }
    await this.until(() => this.printed.includes('Ctrl-C ends it') || started.exitCode !== null)
    if (started.exitCode !== null) throw new Error(`the network did not start:\n${this.printed}`)
  }

  /** Ends it in order, as Ctrl-C does; the exit code. */
  async stop(): Promise<number | null> {
    const running = this.#process
    this.#process = undefined
    this.#printedBefore += this.printed
    this.printed = ''
    if (!running || running.exitCode !== null) return running?.exitCode ?? null
    const ended = once(running, 'exit')
    running.kill('SIGINT')
    const [code] = await ended
    return code
  }

  /** Where a PIN of a card of this home, or a keyed digit, stands: files, and what was printed. */
  pinsFound(): string[] {
    const pins = new Set<string>(this.cards().map(({ pin }) => pin))
    // The welcome shows demonstration cards to be keyed, one a line.
    const said = (this.#printedBefore + this.printed).replace(/^.*\d {2}\d{14} {2}[\d,]+ 円$/gm, '')
    const printed = pinFormsIn(said, pins)
    return [...pinsAtHome(this.home, pins), ...printed.map(form => `what was printed: ${form}`)]
  }

  /** Process id of the supervisor. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Process id that a program logged at its last start. */
  pidOf(program: string): number {
    const starts = this.log(program).filter(line => line.msg === 'program started')
    return Number(starts.at(-1)?.pid ?? 0)
  }

  /** Lines that a program logged. */
  log(program: string): Record<string, unknown>[] {
    const file = join(this.home.logs, `${program}.log`)
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines
      .filter(line => line.startsWith('{') && line.endsWith('}'))
      .map(line => JSON.parse(line))
  }

  /** Demonstration cards of every clear file. */
  cards(): ClearCard[] {
    return demonstrationCards(this.home)
  }

  /** Makes a batch of demonstration cards; `more` are further options of `mcscp cards issue`. */
  async issue(count: number, faceValue: number, ...more: string[]): Promise<ClearCard[]> {
    const order = ['--count', `${count}`, '--face-value', `${faceValue}`, ...more]
    const { output } = await this.command({}, 'cards', 'issue', ...order)
    const [, first, last] = / (\w+) to (\w+): /.exec(output) ?? []
    if (first === undefined || last === undefined) throw new Error(`no cards: ${output}`)
    return this.cards().filter(({ serial }) => serial >= first && serial <= last)
  }

  /** Runs a command of mcscp in this network, settings changed as given; what it printed, and its exit code. */
  async command(
    given: Given,
    ...words: string[]
  ): Promise<{ code: number | null; output: string }> {
    const ran = await runCommand({ ...this.environment, ...given }, words)
    this.#printedBefore += ran.output
    return ran
  }

  /** What each program tells of itself; nothing of one that does not answer. */
  async status(): Promise<ReadonlyMap<string, ProcessStatus>> {
    const asked = PROGRAMS.map(
      async ({ name }) => [name, await askStatus(this.home, name)] as const,
    )
    const answered = await Promise.all(asked)
    return new Map(answered.flatMap(([name, status]) => (status ? [[name, status]] : [])))
  }

  /** Waits until something holds; fails with what was printed when it does not in time. */
  async until(
    holds: () => boolean | Promise<boolean>,
    patienceMs: number = PATIENCE_MS,
  ): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`waited in vain:\n${this.printed}`)
      await wait(50)
    }
  }
}

/** Runs a command of mcscp under settings; what it printed, and its exit code. */
export async function runCommand(
  environment: Given,
  words: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [ENTRY, ...words], {
    env: environment as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

/**
 * Ports for programs under test, two thousand for each test process: below those that the system gives out
 * (from 32,768 to 60,999), so that no other socket of a test takes one between the look and the start.
 */
const PORTS = 2_000
const FIRST_PORT = 6_000 + TEST_SLOT * PORTS
let nextPort = process.pid * 16

/** A port that nothing listens on, over UDP and TCP alike; another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (nextPort++ % PORTS)
    const sockets = [createServer(), createSocket('udp4')] as const
    const [tcp, udp] = sockets
    const bound = sockets.map(
      socket =>
        new Promise<boolean>(resolve => {
          socket.once('error', () => resolve(false))
          socket.once('listening', () => resolve(true))
        }),
    )
    tcp.listen(port, '127.0.0.1')
    udp.bind(port, '127.0.0.1')
    const free = await Promise.all(bound)
    await Promise.all([
      new Promise(resolve => tcp.close(resolve)),
      new Promise<void>(resolve => udp.close(resolve)),
    ])
    if (free.every(Boolean)) return port
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Home, homeAt } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { ENTRY } from './entry.js'
import { freePort, runCommand } from './network.js'

/** How a process ended that nobody had asked to. */
export interface Fall {
  readonly name: string
  readonly how: string
  readonly printed: string
}

/** The ports of the road behind a call, by what listens there. */
export interface RoadPorts {
  /** SIP over TCP of scp's signalling engine. */
  readonly scpSip: number
  readonly crs: number
  /** Of the operators' screens. */
  readonly noc: number
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<string>
}

/**
 * Programs of one home, each started alone as an operator may, so that each can be killed, or ended and
 * left ended, by itself. On ports of their own, on loopback; no media engine, no ivr.
 */
export class LonePrograms {
  readonly home: Home
  readonly ports: RoadPorts
  /** Programs that ended by themselves. */
  readonly fallen: Fall[] = []
  readonly #environment: Given
  readonly #running = new Map<string, Running>()

  private constructor(home: Home, ports: RoadPorts, environment: Given) {
    this.home = home
    this.ports = ports
    this.#environment = environment
  }

  /** A home in which nothing runs yet; ends all and leaves nothing with the test. */
  static async open(
    t: { teardown(end: () => unknown): unknown },
    given: (ports: RoadPorts, home: Home) => Promise<Given>,
  ): Promise<LonePrograms> {
    const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-day-')))
    const free = await Promise.all(Array.from({ length: 7 }, freePort))
    const [scpSip = 0, crs = 0, noc = 0, ...others] = free
    const [scpApplication, switchSip, switchApplication, ftp] = others
    const ports = { scpSip, crs, noc }
    const programs = new LonePrograms(home, ports, {
      PATH: process.env.PATH,
      TZ: process.env.TZ,
      MCSCP_HOME: home.folder,
      MCSCP_SCP_SIP_UDP_PORT: 'off',
      MCSCP_SCP_SIP_TCP_PORT: `${scpSip}`,
      MCSCP_SCP_SIP_APPLICATION_PORT: `${scpApplication}`,
      MCSCP_SWITCH_SIP_UDP_PORT: `${switchSip}`,
      MCSCP_SWITCH_SIP_TCP_PORT: 'off',
      MCSCP_SWITCH_SIP_WS_PORT: 'off',
      MCSCP_SWITCH_SIP_APPLICATION_PORT: `${switchApplication}`,
      MCSCP_SCP_CRS_ADDRESS: `127.0.0.1:${crs}`,
      MCSCP_CRS_PORT: `${crs}`,
      MCSCP_CRS_FTP_PORT: `${ftp}`,
      MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
      MCSCP_CRS_FTP_PASSIVE_LAST: '0',
      MCSCP_NOC_PORT: `${noc}`,
      MCSCP_ARIS_PAGE_PORT: 'off',
      ...(await given(ports, home)),
    })
    // Nothing outlives a test that is cut short either.
    const killAll = () => {
      for (const { child } of programs.#running.values()) child.kill('SIGKILL')
    }
    process.once('exit', killAll)
    t.teardown(async () => {
      process.off('exit', killAll)
      for (const name of [...programs.#running.keys()]) await programs.kill(name)
      rmSync(home.folder, { recursive: true, force: true })
    })
    return programs
  }

  /** Starts programs beside each other, and waits until each is ready. */
  async start(...names: string[]): Promise<void> {
    await Promise.all(names.map(name => this.#start(name)))
  }

  /** Starts a further node of a program, known here by its own name, with settings of its own. */
  startNode(node: string, program: string, given: Given): Promise<void> {
    return this.#start(node, program, given)
  }

  async #start(name: string, program = name, given: Given = {}): Promise<void> {
    const child = spawn(process.execPath, [ENTRY, program], {
      env: { ...this.#environment, ...given } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    const ready = new Promise<void>(resolve => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          printed += text
          if (printed.includes('Ctrl-C ends it')) resolve()
        })
      }
    })
    const ended = once(child, 'exit').then(([code, signal]) => {
      const how = `${signal ?? `code ${code}`}`
      if (this.#running.get(name)?.child === child) {
        this.#running.delete(name)
        this.fallen.push({ name, how, printed })
      }
      return how
    })
    this.#running.set(name, { child, ended })
    await Promise.race([ready, ended])
    if (!this.runs(name)) throw new Error(`${name} did not start:\n${printed}`)
  }

  runs(name: string): boolean {
    return this.#running.has(name)
  }

  /** Process id of a program that runs. */
  pid(name: string): number {
    const pid = this.#running.get(name)?.child.pid
    if (pid === undefined) throw new Error(`${name} does not run`)
    return pid
  }

  /** `kill -9`; resolves when the process is no more. */
  kill(name: string): Promise<string> {
    return this.#end(name, 'SIGKILL')
  }

  /** Ends a program in order; how it ended: `code 0` is as it should be. */
  stop(name: string): Promise<string> {
    return this.#end(name, 'SIGTERM')
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<string> {
    const running = this.#running.get(name)
    if (!running) return 'not running'
    this.#running.delete(name)
    running.child.kill(signal)
    return await running.ended
  }

  /** Runs a command of mcscp in this home; what it printed, and its exit code. */
  command(...words: string[]): ReturnType<typeof runCommand> {
    return runCommand(this.#environment, words)
  }
}

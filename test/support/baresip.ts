import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatWav } from '../../platform/rtp/wav.js'

/** How a baresip phone is set up. All of it lives in `folder`; nothing of the user's own is read. */
export interface BaresipOptions {
  readonly folder: string
  readonly number: string
  /** Without one it does not register. */
  readonly password?: string
  /** `127.0.0.1:5060` of the switch. */
  readonly registrar: string
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** The authority whom it trusts over TLS, PEM. */
  readonly authority?: string
  /** Port of its control socket. */
  readonly controlPort: number
  /** First of the ports it sends audio from. */
  readonly audioPort: number
}

interface BaresipEvent {
  readonly event: true
  readonly type: string
  readonly param?: string
}

/** Longest wait for anything a phone should do, in ms. */
const PATIENCE_MS = 20_000

/** baresip, a softphone we did not write, driven over its control socket. */
export class Baresip {
  readonly #child: ChildProcess
  readonly #control: Socket
  readonly #heard = new EventEmitter()
  readonly #past: BaresipEvent[] = []
  #rest: Buffer = Buffer.alloc(0)

  private constructor(child: ChildProcess, control: Socket) {
    this.#child = child
    this.#control = control
    control.on('data', bytes => this.#read(bytes))
    control.on('error', () => {})
  }

  /** Starts a phone. It registers by itself; the switch's log tells when it has. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    writeSettings(options)
    const child = spawn('baresip', ['-4', '-f', options.folder], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    const failed = once(child, 'error').then(([error]) => {
      throw new Error(`baresip does not run here: ${error}`)
    })
    try {
      const control = controlSocket(options.controlPort)
      return new Baresip(child, await Promise.race([control, failed]))
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** Dials, and waits for the answer, or for the call's end. */
  async dial(uri: string): Promise<'answered' | 'ended'> {
    const outcome = Promise.race([
      this.event('CALL_ESTABLISHED').then(() => 'answered' as const),
      this.event('CALL_CLOSED').then(() => 'ended' as const),
    ])
    this.#say('dial', uri)
    return outcome
  }

  /** Presses keys one after the other, as RFC 4733 events, `gapMs` apart. */
  async press(keys: string, gapMs = 250): Promise<void> {
    for (const key of keys) {
      this.#say('sndcode', key)
      await wait(gapMs)
    }
  }

  hangUp(): void {
    this.#say('hangup', '')
  }

  /** Waits for an event that comes after this call. */
  async event(type: string, patienceMs = PATIENCE_MS): Promise<BaresipEvent> {
    const limit = AbortSignal.timeout(patienceMs)
    try {
      const [event] = await once(this.#heard, type, { signal: limit })
      return event
    } catch {
      const seen = this.#past.map(past => past.type).join(', ')
      throw new Error(`baresip did not say ${type}; it said: ${seen}`)
    }
  }

  /** Ends the phone by the process that was started. */
  async close(): Promise<void> {
    this.#control.destroy()
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  #say(command: string, params: string): void {
    const text = JSON.stringify({ command, params })
    this.#control.write(`${Buffer.byteLength(text)}:${text},`)
  }

  /** Reads netstrings: `<length>:<JSON>,`. */
  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      const colon = this.#rest.indexOf(':')
      if (colon < 0) return
      const end = colon + 1 + Number(this.#rest.toString('latin1', 0, colon))
      if (this.#rest.length <= end) return
      const message = JSON.parse(this.#rest.toString('utf8', colon + 1, end))
      this.#rest = this.#rest.subarray(end + 1)
      if (!message.event) continue
      this.#past.push(message)
      this.#heard.emit(message.type, message)
    }
  }
}

/** Connects as soon as the phone listens. */
async function controlSocket(port: number): Promise<Socket> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1')
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<boolean>(resolve => socket.once('error', () => resolve(false))),
    ])
    if (connected) return socket
    await wait(100)
  }
  throw new Error('baresip did not open its control socket')
}

function writeSettings(options: BaresipOptions): void {
  const { folder, number, password, registrar, transport, controlPort, audioPort } = options
  const { authority } = options
  mkdirSync(folder, { recursive: true })
  const authorityFile = join(folder, 'authority.pem')
  if (authority !== undefined) writeFileSync(authorityFile, authority)
  writeFileSync(
    join(folder, 'microphone.wav'),
    formatWav({ encoding: 'PCM16', samples: Buffer.alloc(300 * 16_000) }),
  )
  writeFileSync(join(folder, 'contacts'), '')
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${number}@${registrar};transport=${transport}>;${
      password === undefined ? 'regint=0' : `auth_user=${number};auth_pass=${password};regint=3600`
    };audio_codecs=PCMU/8000\n`,
  )
  writeFileSync(
    join(folder, 'config'),
    [
      'sip_listen 127.0.0.1:0',
      'net_interface 127.0.0.1',
      ...(authority === undefined ? [] : [`sip_cafile ${authorityFile}`]),
      `rtp_ports ${audioPort}-${audioPort + 20}`,
      `audio_source aufile,${join(folder, 'microphone.wav')}`,
      `audio_player aufile,${join(folder, 'speaker.wav')}`,
      ...['ausrc', 'auplay'].flatMap(side => [`${side}_srate 8000`, `${side}_channels 1`]),
      'module_path /usr/lib/baresip/modules',
      ...['g711', 'aufile', 'uuid'].map(name => `module ${name}.so`),
      'module_tmp account.so',
      ...['menu', 'ctrl_tcp'].map(name => `module_app ${name}.so`),
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
      '',
    ].join('\n'),
  )
}

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { alarmOf, HINDRANCES } from '../../platform/alarm-codes.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { isAllowed, parseCommand, resolvePath, type Stage, type Verb } from './command.js'
import type { ControlConnection } from './control-connection.js'
import { DataPort, type PortRange } from './data-port.js'
import type { ExchangeFolders } from './exchange-folders.js'
import type { LogIns } from './log-ins.js'
import { receiveAll, sendAll } from './transfer.js'

/** Largest file that billing sends: a trigger has 41 bytes. */
const STORED_MAX = 4_096

/** Wrong passwords after which a connection is ended. */
const WRONG_MAX = 3

/** The one account. */
const ACCOUNT = 'billing'

export interface SessionOptions {
  /** Made for this connection alone, so that a ticket of it proves its client. */
  readonly secureContext: SecureContext
  readonly folders: ExchangeFolders
  readonly password: string
  readonly logIns: LogIns
  readonly passivePorts: PortRange
  readonly log: Logger
}

/** What is answered; nothing where the connection was told already. */
type Reply = string | undefined
type Replying = Reply | Promise<Reply>

/**
 * One client's commands and what they are answered: RFC 959 as far as billing needs it, under TLS
 * (RFC 4217), with passive connections (RFC 2428).
 */
export class FtpSession {
  readonly #options: SessionOptions
  readonly #connection: ControlConnection
  #stage: Stage = 'plain'
  #account: string | undefined
  #wrongPasswords = 0
  #bufferSized = false
  #protected = false
  #binary = false
  #folder: readonly string[] = []
  #renameFrom: readonly string[] | undefined
  #dataPort: DataPort | undefined

  constructor(connection: ControlConnection, options: SessionOptions) {
    this.#connection = connection
    this.#options = options
  }

  get loggedIn(): boolean {
    return this.#stage === 'logged_in'
  }

  /** Answers one line. */
  async take(line: string): Promise<void> {
    const reply = await this.#answerTo(line)
    if (reply !== undefined) this.#connection.send(reply)
  }

  async #answerTo(line: string): Promise<Reply> {
    const command = parseCommand(line)
    if (!command) return '502 This server does not know that command.'
    const { verb, argument } = command
    if (!isAllowed(verb, this.#stage)) {
      const first = this.#stage === 'plain' ? 'Secure the connection first: AUTH TLS.' : 'Log in.'
      return `530 ${first}`
    }
    if (verb !== 'RNTO') this.#renameFrom = undefined
    try {
      const reply = await this.#handlers[verb](argument)
      settleAlarms(HINDRANCES, { what: `FTP ${verb}` })
      return reply
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const what = `FTP ${verb}`
      raiseAlarm(this.#options.log, alarmOf(error.code), 'critical', { err: error, what })
      return '451 It cannot be done now; try again later.'
    }
  }

  /** Says goodbye: nothing is answered after it. */
  #end(reply: string): undefined {
    this.#connection.end(reply)
  }

  /** The connection is no more: a transfer under way is broken off. */
  end(): void {
    this.#dataPort?.close()
  }

  readonly #handlers: Readonly<Record<Verb, (argument: string) => Replying>> = {
    AUTH: mechanism => this.#auth(mechanism),
    FEAT: () => '211-Extensions:\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n EPSV\r\n SIZE\r\n211 End.',
    QUIT: () => this.#end('221 Goodbye.'),
    NOOP: () => '200 Here.',
    USER: name => this.#user(name),
    PASS: password => this.#pass(password),
    PBSZ: size => this.#bufferSize(size),
    PROT: level => this.#protect(level),
    TYPE: type => this.#type(type),
    CWD: path => this.#changeFolder(path),
    PWD: () => `257 "/${this.#folder.join('/')}"`,
    EPSV: family => this.#extendedPassive(family),
    PASV: () => this.#passive(),
    NLST: path => this.#list(path),
    SIZE: path => this.#size(path),
    RETR: path => this.#retrieve(path),
    STOR: path => this.#store(path),
    RNFR: path => this.#renameSource(path),
    RNTO: path => this.#rename(path),
  }

  async #auth(mechanism: string): Promise<Reply> {
    if (this.#stage !== 'plain') return '503 The connection is secured.'
    if (!/^TLS(-C)?$/i.test(mechanism)) return '504 AUTH TLS alone.'
    this.#connection.send('234 Begin TLS.')
    if (await this.#connection.secure(this.#options.secureContext)) this.#stage = 'secured'
    return undefined
  }

  #user(name: string): Reply {
    if (this.#stage === 'logged_in') return '503 Logged in.'
    this.#account = name
    // The same for every name, so that it tells nobody which there are.
    return '331 The password, please.'
  }

  async #pass(password: string): Promise<Reply> {
    if (this.#account === undefined) return '503 USER first.'
    const { logIns, password: right } = this.#options
    if (this.#account === ACCOUNT && sameText(password, right)) {
      this.#stage = 'logged_in'
      return '230 Logged in.'
    }
    this.#account = undefined
    await logIns.refused(this.#connection.peer)
    if (++this.#wrongPasswords >= WRONG_MAX) return this.#end('421 Ended.')
    return '530 Not logged in.'
  }

  #bufferSize(size: string): Reply {
    // RFC 4217 §8: «the parameter must be '0'» for TLS.
    if (size !== '0') return '501 PBSZ 0 alone.'
    this.#bufferSized = true
    return '200 PBSZ=0'
  }

  #protect(level: string): Reply {
    if (!this.#bufferSized) return '503 PBSZ 0 first.'
    if (level.toUpperCase() !== 'P') return '534 PROT P alone.'
    this.#protected = true
    return '200 Protected.'
  }

  #type(type: string): Reply {
    const [letter] = type.toUpperCase().split(' ')
    if (letter !== 'I' && letter !== 'A') return '504 TYPE I, or A for names.'
    this.#binary = letter === 'I'
    return '200 Agreed.'
  }

  #changeFolder(path: string): Reply {
    const folder = resolvePath(this.#folder, path)
    if (!this.#options.folders.isFolder(folder)) return '550 There is no such folder.'
    this.#folder = folder
    return '250 Agreed.'
  }

  async #extendedPassive(family: string): Promise<Reply> {
    // RFC 2428 §4: after EPSV ALL, other ways to open a connection are refused; this server has few.
    if (family.toUpperCase() === 'ALL') return '200 Agreed.'
    const own = isIPv4(this.#connection.localAddress) ? '1' : '2'
    if (family !== '' && family !== own) return `522 Another family, use (${own}).`
    const port = await this.#openPort()
    return port ? `229 Entering extended passive mode (|||${port}|)` : NO_PORT
  }

  async #passive(): Promise<Reply> {
    const address = this.#connection.localAddress
    if (!isIPv4(address)) return '522 Another family, use EPSV (2).'
    const port = await this.#openPort()
    const numbers = port && [...address.split('.'), port >> 8, port & 255].join(',')
    return numbers ? `227 Entering passive mode (${numbers})` : NO_PORT
  }

  /** A port for the next transfer, in place of any before; `undefined` when none is free. */
  async #openPort(): Promise<number | undefined> {
    this.#dataPort?.close()
    const { localAddress, peer } = this.#connection
    this.#dataPort = await DataPort.open(localAddress, this.#options.passivePorts, peer)
    if (this.#connection.ended) this.#dataPort?.close()
    return this.#dataPort?.port
  }

  async #list(path: string): Promise<Reply> {
    const names = await this.#options.folders.list(resolvePath(this.#folder, path))
    if (!names) return '550 It cannot be listed.'
    const text = names.map(name => `${name}\r\n`).join('')
    return this.#transfer(async socket =>
      (await sendAll(socket, Buffer.from(text, 'latin1'))) ? SENT : BROKEN_OFF,
    )
  }

  async #size(path: string): Promise<Reply> {
    const size = await this.#options.folders.size(resolvePath(this.#folder, path))
    return size === undefined ? NO_SUCH_FILE : `213 ${size}`
  }

  async #retrieve(path: string): Promise<Reply> {
    if (!this.#binary) return BINARY_ALONE
    const file = resolvePath(this.#folder, path)
    const bytes = await this.#options.folders.read(file)
    if (!bytes) return NO_SUCH_FILE
    return this.#transfer(async socket => {
      const whole = await sendAll(socket, bytes)
      if (whole) this.#options.log.info({ file: file.join('/') }, 'file fetched')
      return whole ? SENT : BROKEN_OFF
    })
  }

  async #store(path: string): Promise<Reply> {
    if (!this.#binary) return BINARY_ALONE
    const file = resolvePath(this.#folder, path)
    const { folders } = this.#options
    if (!folders.maySend(file)) return '553 Such a file is not taken.'
    return this.#transfer(async socket => {
      const bytes = await receiveAll(socket, STORED_MAX)
      if (!bytes) return BROKEN_OFF
      folders.hold(file, bytes)
      return '226 Received.'
    })
  }

  #renameSource(path: string): Reply {
    const file = resolvePath(this.#folder, path)
    const held = this.#options.folders.isHeld(file)
    this.#renameFrom = held ? file : undefined
    return held ? '350 And its new name?' : NO_SUCH_FILE
  }

  async #rename(path: string): Promise<Reply> {
    const from = this.#renameFrom
    this.#renameFrom = undefined
    if (!from) return '503 RNFR first.'
    const renamed = await this.#options.folders.rename(from, resolvePath(this.#folder, path))
    if (renamed.outcome === 'renamed') return '250 Renamed.'
    if (renamed.outcome === 'absent') return NO_SUCH_FILE
    return `553 Refused: ${renamed.why}.`
  }

  /** Runs one transfer over the port that was opened for it. */
  async #transfer(run: (socket: TLSSocket) => Promise<string>): Promise<Reply> {
    const port = this.#dataPort
    if (!port) return '425 EPSV or PASV first.'
    if (!this.#protected) return '521 PROT P first.'
    this.#connection.send('150 Connect.')
    this.#connection.holdIdle(true)
    const socket = await port.secured(this.#options.secureContext)
    const outcome = socket ? await run(socket) : NOT_CONNECTED
    port.close()
    this.#dataPort = undefined
    this.#connection.holdIdle(false)
    return outcome
  }
}

const NO_PORT = '425 No port is free.'
const NOT_CONNECTED = '425 No connection that resumes the TLS session of this one came about.'
const SENT = '226 Sent.'
const BROKEN_OFF = '426 Broken off; nothing was taken.'
const NO_SUCH_FILE = '550 There is no such file.'
const BINARY_ALONE = '504 TYPE I first: files are sent as they are.'

/** Compared in a time that says nothing of how far they are the same. */
const sameText = (one: string, other: string): boolean =>
  timingSafeEqual(digest(one), digest(other))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

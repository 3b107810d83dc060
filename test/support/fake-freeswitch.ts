import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One command as it came over the wire: its first line, and its headers by lower-case name. */
export interface Command {
  readonly line: string
  readonly headers: ReadonlyMap<string, string>
}

/** What the far end does about an application that was asked for. */
export type Reaction =
  /** It runs to its end; `variables` are set by then. */
  | { readonly variables?: Readonly<Record<string, string>>; readonly response?: string }
  /** It runs on until something else happens. */
  | 'runs_on'

/** An application as it was asked for: `playback file_string://…`. */
export interface Execution {
  readonly application: string
  readonly argument: string
}

const UUID = '16c1ccd3-34bf-4727-96f1-7a13488de58d'

/** How a call came. */
interface CallMade {
  /** What was dialled in the media engine. */
  readonly dialled?: string
  /** The whole answer to `connect`, where a test writes it itself. */
  readonly channelData?: string | Buffer
}

/**
 * FreeSWITCH's side of one outbound event socket, for one call (esl-protocol §2 to §7): connects to the
 * application, answers its commands in order, and completes what it executes as the test says.
 */
export class FakeFreeswitch {
  /** Every byte that the application wrote. */
  written = ''
  readonly commands: Command[] = []
  readonly executions: Execution[] = []
  /** Whether each segment that came ended with the end of a command. */
  wholeSegments = true
  readonly closed: Promise<void>
  /** Resolves when something runs on. */
  readonly held: Promise<void>
  readonly #socket: Socket
  readonly #react: (execution: Execution) => Reaction
  readonly #variables: Record<string, string> = {}
  readonly #channelData: string | Buffer
  #unread = ''
  #running: string | undefined
  readonly #waiting: (() => void)[] = []
  #hold: () => void = () => {}

  private constructor(
    socket: Socket,
    react: (execution: Execution) => Reaction,
    channelData: string | Buffer,
  ) {
    this.#socket = socket
    this.#react = react
    this.#channelData = channelData
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    this.held = new Promise(resolve => {
      this.#hold = resolve
    })
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => this.#receive(text))
  }

  /** A call for the application that listens at a port. `headers` are those of its INVITE. */
  static async call(
    port: number,
    react: (execution: Execution) => Reaction = () => ({}),
    headers: Readonly<Record<string, string>> = {},
    { dialled = 'charge', channelData = dataOf(headers, dialled) }: CallMade = {},
  ): Promise<FakeFreeswitch> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    await once(socket, 'connect')
    return new FakeFreeswitch(socket, react, channelData)
  }

  /** `answer`, `playback …`: what was executed so far. */
  get executed(): string[] {
    return this.executions.map(({ application, argument }) => `${application} ${argument}`.trim())
  }

  /** Resolves once the application has executed something that begins so. */
  async until(beginning: string): Promise<void> {
    while (!this.executed.some(one => one.startsWith(beginning))) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** What runs on comes to its end. */
  finish(): void {
    if (this.#running) this.#complete(this.#running, '_none_')
    this.#running = undefined
  }

  /** The caller hangs up: what runs is completed, and the socket is closed. */
  hangUp(): void {
    this.event({ 'Event-Name': 'CHANNEL_HANGUP', 'Hangup-Cause': 'NORMAL_CLEARING' })
    if (this.#running) this.#complete(this.#running, 'PLAYBACK ERROR')
    this.notice()
  }

  /** The final disconnect notice, and the end of the connection. */
  notice(): void {
    const body = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'
    this.send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${UUID}\n` +
        `Content-Disposition: disconnect\nContent-Length: ${body.length}\n\n${body}`,
    )
    this.#socket.end()
  }

  /** Ends the connection without a word. */
  end(): void {
    this.#socket.end()
  }

  /** Breaks it. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  event(headers: Readonly<Record<string, string>>): void {
    const body = JSON.stringify({ 'Unique-ID': UUID, ...this.#variables, ...headers })
    const length = Buffer.byteLength(body)
    this.send(`Content-Length: ${length}\nContent-Type: text/event-json\n\n${body}`)
  }

  send(text: string | Buffer): void {
    this.#socket.write(text)
  }

  #receive(text: string): void {
    this.written += text
    this.wholeSegments &&= text.endsWith('\n\n')
    this.#unread += text
    for (;;) {
      const end = this.#unread.indexOf('\n\n')
      if (end < 0) return
      const [line = '', ...rest] = this.#unread.slice(0, end).split('\n')
      this.#unread = this.#unread.slice(end + 2)
      const headers = new Map(
        rest.map(header => {
          const colon = header.indexOf(': ')
          return [header.slice(0, colon).toLowerCase(), header.slice(colon + 2)]
        }),
      )
      this.commands.push({ line, headers })
      this.#obey(line, headers)
    }
  }

  #obey(line: string, headers: ReadonlyMap<string, string>): void {
    if (!line.startsWith('sendmsg ')) {
      this.send(this.#answerTo(line))
      return
    }
    this.send(reply('+OK'))
    const application = headers.get('execute-app-name') ?? ''
    const argument = headers.get('execute-app-arg') ?? ''
    this.executions.push({ application, argument })
    this.#execute(headers.get('event-uuid') ?? '', { application, argument })
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #answerTo(line: string): string | Buffer {
    if (line === 'connect') return this.#channelData
    if (line === 'myevents json') return reply('+OK Events Enabled')
    return reply(
      line.startsWith('event json') ? '+OK event listener enabled json' : '-ERR command not found',
    )
  }

  #execute(id: string, execution: Execution): void {
    const { application, argument } = execution
    this.event({ 'Event-Name': 'CHANNEL_EXECUTE', Application: application })
    if (application === 'hangup') {
      this.hangUp()
      return
    }
    const reaction = this.#react(execution)
    if (reaction === 'runs_on') {
      this.#running = id
      this.#hold()
      return
    }
    for (const [name, value] of Object.entries(reaction.variables ?? {})) {
      this.#variables[`variable_${name}`] = value
    }
    if (application === 'unset') delete this.#variables[`variable_${argument}`]
    this.#complete(id, reaction.response ?? '_none_')
  }

  #complete(id: string, response: string): void {
    this.event({
      'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
      'Application-Response': response,
      'Application-UUID': id,
    })
  }
}

const reply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`

/** The answer to `connect`: one block of headers, their values percent-encoded. */
function dataOf(headers: Readonly<Record<string, string>>, dialled: string): string {
  const block = {
    'Event-Name': 'CHANNEL_DATA',
    'Channel-State': 'CS_EXECUTE',
    'Unique-ID': UUID,
    'Caller-Destination-Number': dialled,
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`variable_sip_h_${name}`, value]),
    ),
    'Content-Type': 'command/reply',
    'Reply-Text': '+OK\n',
    'Socket-Mode': 'async',
    Control: 'full',
  }
  const lines = Object.entries(block).map(
    ([name, value]) => `${name}: ${encodeURI(value).replaceAll('+', '%2B')}`,
  )
  return `${lines.join('\n')}\n\n`
}

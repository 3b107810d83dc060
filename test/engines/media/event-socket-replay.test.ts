import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withRaw } from '../../support/event-socket-calls.js'
import { fixtureFolder, skipForWant } from '../../support/fixtures.js'
import { HandScheduler } from '../../support/hand-scheduler.js'
import { mediaBench } from '../../support/media-bench.js'
import { RawEventSocket, type RawMessage } from '../../support/raw-event-socket.js'

t.setTimeout(120_000)

/** One line of a recording: what was sent, or what came. */
type Line =
  | { readonly sent: string }
  | { readonly event: ReadonlyMap<string, string> }
  | { readonly reply: Record<string, string> }

const captures = fixtureFolder('WIRE_CAPTURE_DIR')

/** The conversation of one part, from its `connect` on. */
function recordingOf(file: string, part: string): Line[] {
  const text = readFileSync(join(captures ?? '', file), 'utf8')
  return text.split('\n').flatMap((line): Line[] => {
    const [, sent] = new RegExp(`^${part} >> (".*")$`).exec(line) ?? []
    if (sent !== undefined) return [{ sent: JSON.parse(sent) }]
    const [, event] = new RegExp(`^${part} << \\+\\d+ text/event-\\w+ \\{(.*)\\}`).exec(line) ?? []
    if (event !== undefined) return [{ event: fieldsOf(event) }]
    const [, reply] = new RegExp(`^${part} << \\+\\d+ (\\{.*?\\})(?: body=.*)?$`).exec(line) ?? []
    return reply === undefined ? [] : [{ reply: JSON.parse(reply) }]
  })
}

const fieldsOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/([\w-]+)=("(?:[^"\\]|\\.)*")/g)].map(([, name = '', value = '""']) => [
      name,
      JSON.parse(value),
    ]),
  )

/** What is chance or belongs to the machine of the recording. */
const APART = /^variable_(playback_ms|billsec|originate_disposition)$/

/** What of an event is compared: the fields that the recording shows, ids and ports apart. */
function shown(names: Iterable<string>, read: (name: string) => string | undefined) {
  const isSocket = read('Application') === 'socket'
  return [...names].flatMap(name => {
    const ofSocket = isSocket && /^Application-(UUID|Data)$/.test(name)
    const value = read(name)?.replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, 'some-uuid')
    return APART.test(name) || ofSocket ? [] : [`${name}=${value}`]
  })
}

/** Our event in any of the formats that the parts use. */
function eventOf({ headers, body }: RawMessage): ReadonlyMap<string, string> {
  if (headers.get('Content-Type') === 'text/event-json')
    return new Map(Object.entries(JSON.parse(body)))
  const lines = body.split('\n').flatMap(line => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? [])
  return new Map(
    Array.from({ length: lines.length / 2 }, (_, at) => [
      lines[at * 2] ?? '',
      decodeURIComponent(lines[at * 2 + 1] ?? ''),
    ]),
  )
}

const isEvent = ({ headers }: RawMessage) =>
  headers.get('Content-Type')?.startsWith('text/event') ?? false

const withoutIds = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value)
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'some-uuid')
      .replace(/sofia\/[^"]*/, 'sofia'),
  )

/** A real server may be before an application is there with what it parks the call by (§2). */
const isPark = (line: Line): boolean =>
  'event' in line && line.event.get('Event-Name') === 'CHANNEL_PARK'

/** After `nolinger` ours has gone at once; a real server is there for some milliseconds. */
const isGoodbye = (line: Line): boolean =>
  'sent' in line
    ? line.sent.startsWith('exit')
    : 'reply' in line && line.reply['Reply-Text'] === '+OK bye'

/** Lines without those from a command on that only a real server knows: it, its reply, its events. */
function withoutBridge(lines: readonly Line[]): Line[] {
  let replies = 0
  return lines.filter(line => {
    if ('sent' in line && /bridge|originate_disposition/.test(line.sent)) {
      // What is set before is no command of that kind.
      if (/name: set/.test(line.sent)) return true
      replies++
      return false
    }
    if ('reply' in line && replies > 0) {
      replies--
      return false
    }
    return !('event' in line && line.event.get('Application') === 'bridge')
  })
}

/** Lines up to the command that only a real server knows; then the caller hangs up. */
const untilBridge = (lines: readonly Line[]): Line[] => {
  const at = lines.findIndex(line => 'event' in line && line.event.get('Application') === 'bridge')
  return withoutBridge(lines.slice(0, at))
}

const asIs = (lines: readonly Line[]): Line[] => [...lines]

/** Time that stands still but while something is waited for that does not come by itself. */
class PatientTime {
  readonly #scheduler = new HandScheduler()
  readonly time = { now: () => this.#scheduler.nowMs, scheduler: this.#scheduler }

  /** What is waited for; turn after turn 20 ms pass, once it has had its time to come over the wire. */
  async until<T>(coming: Promise<T>): Promise<T> {
    let here = false
    const come = coming.then(value => {
      here = true
      return value
    })
    for (let turn = 0; !here; turn++) {
      await new Promise(resolve => setImmediate(resolve))
      if (turn >= WIRE_TURNS) this.#scheduler.pass(20)
    }
    return come
  }
}

/** Turns of the event loop that a message may take from one socket to the other. */
const WIRE_TURNS = 60

/** Plays the application's part of a recording; gives what ours told, events and all else. */
class Retelling {
  readonly replies: RawMessage[] = []
  readonly events: RawMessage[] = []
  readonly #patient: PatientTime
  readonly #raw: RawEventSocket

  constructor(raw: RawEventSocket, patient: PatientTime) {
    this.#raw = raw
    this.#patient = patient
  }

  /** Waits until there are so many. */
  async #bring(kept: RawMessage[], wanted: number): Promise<void> {
    while (kept.length < wanted) {
      const message = await this.#patient.until(this.#raw.next())
      if (!message) return
      if (isEvent(message)) this.events.push(message)
      else this.replies.push(message)
    }
  }

  /** Goes through the lines; `due` does what makes an event come that the application did not ask for. */
  async tell(
    lines: readonly Line[],
    said: (sent: string) => string,
    due: (event: ReadonlyMap<string, string>) => void,
  ): Promise<void> {
    let asked = 0
    let heard = 0
    for (const line of lines) {
      if ('sent' in line) {
        this.#raw.send(said(line.sent))
        if (line.sent.startsWith('connect') && heard === 0 && asked === 0) await this.#raw.next()
      } else if ('reply' in line) await this.#bring(this.replies, ++asked)
      else {
        due(line.event)
        await this.#bring(this.events, ++heard)
      }
    }
  }
}

/** Both sides of a retelling, as far as the recording shows them. */
function compared(lines: readonly Line[], { events, replies }: Retelling) {
  const theirs = lines.flatMap(line =>
    'event' in line ? [shown(line.event.keys(), name => line.event.get(name))] : [],
  )
  const names = lines.flatMap(line => ('event' in line ? [[...line.event.keys()]] : []))
  const ours = events.map((message, at) => {
    const event = eventOf(message)
    return shown(names[at] ?? [], name => event.get(name))
  })
  return {
    // A real server may close before it has told the last events of a call (E1).
    ours: { events: ours.slice(0, theirs.length), replies: replies.map(replyIn) },
    theirs: {
      events: theirs,
      replies: lines.flatMap(line => ('reply' in line ? [withoutIds(line.reply)] : [])),
    },
  }
}

const replyIn = ({ headers }: RawMessage) => withoutIds(Object.fromEntries(headers))

/** The channel of a recording, which its notices name. */
function uuidIn(lines: readonly Line[]): string {
  for (const line of lines) {
    if ('reply' in line && line.reply['Controlled-Session-UUID']) {
      return line.reply['Controlled-Session-UUID']
    }
  }
  throw new Error('the recording names no channel')
}

// biome-ignore format: table
const PARTS = [
  ['esl-raw.log',  'A1', 'async full', asIs,          'the caller hangs up while a tone sounds'],
  ['esl-raw.log',  'A2', 'async full', asIs,          'the caller hangs up, and commands follow while it lingers'],
  ['esl-raw.log',  'B1', 'async full', asIs,          'the application hangs up, and lingers'],
  ['esl-raw.log',  'B2', 'async full', asIs,          'refused before the answer, without linger'],
  ['esl-raw.log',  'B3', 'async full', asIs,          'exit, and no event was asked for'],
  ['esl-raw.log',  'D1', 'async full', asIs,          'keys interrupt playing and waiting; a recording'],
  ['esl-raw.log',  'D2', 'async full', asIs,          'digits that do not match, and none at all'],
  ['esl-raw.log',  'D3', 'async full', untilBridge,   'nested playing, uuid_break, loops under event-lock'],
  ['esl-raw.log',  'E1', 'full',       asIs,          'without async each reply waits'],
  ['esl-raw2.log', 'G1', 'async full', asIs,          'exit while the call is up'],
  ['esl-raw2.log', 'G3', 'async full', withoutBridge, 'a transfer, heard to the end'],
  ['esl-raw2.log', 'G4', 'async full', asIs,          'refused before the answer, with linger'],
] as const

/** Where the recording G3 transfers to. */
const DIALPLAN = [
  {
    destination: '1502',
    actions: [
      ['answer', ''],
      ['echo', ''],
    ],
  },
] as const

for (const [file, part, words, kept, because] of PARTS) {
  t.test(`a recorded conversation, told again: ${because}`, async t => {
    if (!captures) return skipForWant(t, 'WIRE_CAPTURE_DIR', 1, `recording ${part}`)
    const whole = recordingOf(file, part)
    const lines = kept(whole).filter(line => !isPark(line) && (part !== 'A2' || !isGoodbye(line)))
    const patient = new PatientTime()
    let retelling: Retelling | undefined
    await withRaw(
      async (raw, leg, uuid, channel) => {
        retelling = new Retelling(raw, patient)
        const said = (sent: string) => sent.replaceAll(uuidIn(whole), uuid)
        await retelling.tell(lines, said, event => {
          const name = event.get('Event-Name')
          const byCaller = event.get('variable_sip_term_status') === '200'
          if (name === 'DTMF') leg.press(event.get('DTMF-Digit') ?? '')
          if (name === 'CHANNEL_HANGUP' && byCaller) leg.hangUp()
          // An operator ended that one.
          if (name === 'CHANNEL_HANGUP' && part === 'G3') channel.hangUp('NORMAL_CLEARING')
        })
        if (!channel.hungUp) leg.hangUp()
      },
      { words, time: patient.time, dialplan: DIALPLAN, recordings: t.testdir({}) },
    )
    if (!retelling) return
    const { ours, theirs } = compared(lines, retelling)
    t.strictSame(ours.events, theirs.events, 'every event, its place and its fields')
    t.strictSame(ours.replies, theirs.replies, 'every reply and notice')
  })
}

/** What became of calls that the real server was asked to make, which ours does not. */
function withoutOriginated(lines: readonly Line[]): Line[] {
  const at = lines.findIndex(line => 'sent' in line && line.sent.startsWith('bgapi originate'))
  if (at < 0) return [...lines]
  const ofOurCall = (line: Line) =>
    !('event' in line) ||
    line.event.get('Event-Name') === 'DTMF' ||
    line.event.has('variable_playback_ms')
  return [...lines.slice(0, at), ...lines.slice(at + 2).filter(ofOurCall)]
}

t.test('recorded conversations of those who open the socket, told again', async t => {
  if (!captures) return skipForWant(t, 'WIRE_CAPTURE_DIR', 3, 'recordings F')
  const password = 'a-password-of-this-test'
  for (const part of ['F1', 'F1b', 'F2']) {
    const lines = withoutOriginated(recordingOf('esl-raw.log', part))
    const patient = new PatientTime()
    const bench = mediaBench('.', undefined, undefined, { time: patient.time })
    const { port } = await bench.listen(password)
    const raw = await RawEventSocket.open(port)
    const retelling = new Retelling(raw, patient)
    let uuid = ''
    const said = (sent: string) =>
      sent.replace('auth ClueCon', `auth ${password}`).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, uuid)
    await retelling.tell(lines, said, event => {
      if (event.get('Event-Name') !== 'CHANNEL_CREATE') return
      const actions = [
        ['answer', ''],
        ['park', ''],
      ] as const
      uuid = bench.call(actions).channel.uuid
    })
    await bench.close()
    const { ours, theirs } = compared(lines, retelling)
    t.strictSame(ours.events, theirs.events, `${part}: every event`)
    // The list of channels is longer there.
    const short = (replies: unknown) =>
      JSON.parse(
        JSON.stringify(replies).replace(/"Content-Length":"\d{3}"/g, '"Content-Length":"…"'),
      )
    t.strictSame(short(ours.replies), short(theirs.replies), `${part}: every reply`)
  }
})

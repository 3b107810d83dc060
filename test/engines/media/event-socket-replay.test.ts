import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withRaw } from '../../support/event-socket-calls.js'
import { fixtureFolder, skipForWant } from '../../support/fixtures.js'
import type { RawMessage } from '../../support/raw-event-socket.js'

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
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )

/** What is chance or belongs to the machine of the recording. */
const APART = /^variable_(playback_ms|billsec)$/

/** What of an event is compared: the fields that the recording shows, ids and ports apart. */
function shown(names: Iterable<string>, read: (name: string) => string | undefined) {
  const isSocket = read('Application') === 'socket'
  return [...names].flatMap(name => {
    const ofSocket = isSocket && /^Application-(UUID|Data)$/.test(name)
    return APART.test(name) || ofSocket ? [] : [`${name}=${read(name)}`]
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

/** After `nolinger` ours has gone at once; a real server is there for some milliseconds. */
const isGoodbye = (line: Line): boolean =>
  'sent' in line
    ? line.sent.startsWith('exit')
    : 'reply' in line && line.reply['Reply-Text'] === '+OK bye'

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
  ['esl-raw.log',  'A1', 'async full', 'the caller hangs up while a tone sounds'],
  ['esl-raw.log',  'A2', 'async full', 'the caller hangs up, and commands follow while it lingers'],
  ['esl-raw.log',  'B1', 'async full', 'the application hangs up, and lingers'],
  ['esl-raw.log',  'E1', 'full',       'without async each reply waits'],
  ['esl-raw2.log', 'G1', 'async full', 'exit while the call is up'],
  ['esl-raw2.log', 'G4', 'async full', 'refused before the answer, with linger'],
] as const

for (const [file, part, words, because] of PARTS) {
  t.test(`a recorded conversation, told again: ${because}`, async t => {
    if (!captures) return skipForWant(t, 'WIRE_CAPTURE_DIR', 1, `recording ${part}`)
    const lines = recordingOf(file, part).filter(line => part !== 'A2' || !isGoodbye(line))
    const replies: RawMessage[] = []
    const events: RawMessage[] = []
    await withRaw(
      async (raw, leg, uuid) => {
        const bring = async (kept: RawMessage[], wanted: number) => {
          while (kept.length < wanted) {
            const message = await raw.next()
            if (!message) return
            if (isEvent(message)) events.push(message)
            else replies.push(message)
          }
        }
        let asked = 0
        let heard = 0
        for (const line of lines) {
          if ('sent' in line) {
            raw.send(line.sent.replaceAll(uuidIn(lines), uuid))
            if (line.sent.startsWith('connect')) await raw.next()
          } else if ('reply' in line) await bring(replies, ++asked)
          else {
            const { event } = line
            const byCaller = event.get('variable_sip_term_status') === '200'
            if (event.get('Event-Name') === 'CHANNEL_HANGUP' && byCaller) leg.hangUp()
            await bring(events, ++heard)
          }
        }
      },
      { words },
    )
    const theirs = lines.flatMap(line =>
      'event' in line ? [shown(line.event.keys(), name => line.event.get(name))] : [],
    )
    const names = lines.flatMap(line => ('event' in line ? [[...line.event.keys()]] : []))
    const ours = events.map((message, at) => {
      const event = eventOf(message)
      return shown(names[at] ?? [], name => event.get(name))
    })
    // A real server may close before it has told the last events of a call (E1).
    const told = ours.slice(0, theirs.length)
    t.strictSame(told, theirs, 'every event, its place and its fields')
    t.strictSame(
      replies.map(({ headers }) => withoutIds(Object.fromEntries(headers))),
      lines.flatMap(line => ('reply' in line ? [withoutIds(line.reply)] : [])),
      'every reply and notice',
    )
  })
}

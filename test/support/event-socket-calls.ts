import type { Channel } from '../../engines/media/channel/channel.js'
import type { DialplanEntry } from '../../engines/media/dialplan.js'
import type { MonotonicTime } from '../../engines/media/monotonic-time.js'
import { mediaBench } from './media-bench.js'
import type { TestLeg } from './media-leg.js'
import { type ModeslConnection, modeslApplication } from './modesl.js'
import { type RawEventSocket, type RawMessage, rawApplication } from './raw-event-socket.js'

/** Short words for events: `EXECUTE answer`, `COMPLETE playback FILE PLAYED`, `DTMF 1`, `notice linger`. */
function inWords(header: (name: string) => string | null | undefined): string | undefined {
  const name = header('Event-Name')
  const application = header('Application')
  if (header('Content-Type') === 'text/disconnect-notice') {
    return `notice ${header('Content-Disposition')}`
  }
  if (name === 'CHANNEL_EXECUTE') return `EXECUTE ${application}`
  if (name === 'CHANNEL_EXECUTE_COMPLETE') {
    return `COMPLETE ${application} ${header('Application-Response')}`
  }
  if (name === 'CHANNEL_STATE') return header('Channel-State') ?? ''
  if (name === 'DTMF') return `DTMF ${header('DTMF-Digit')}`
  return name?.replace('CHANNEL_', '')
}

/** Records what a modesl connection is told, in words. */
export function recorded(connection: ModeslConnection): string[] {
  const told: string[] = []
  connection.onAny((_, event) => {
    const words = event?.getHeader && inWords(name => event.getHeader(name))
    if (words) told.push(words)
  })
  return told
}

/** A call handed to a modesl application; resolves when call, application and connection are over. */
export async function withModesl(
  dialogue: (connection: ModeslConnection, leg: TestLeg, told: string[]) => Promise<void>,
  before: readonly (readonly [string, string])[] = [],
) {
  const bench = mediaBench('.')
  let told: string[] = []
  let arrived: (connection: ModeslConnection) => void = () => {}
  const connected = new Promise<ModeslConnection>(resolve => {
    arrived = resolve
  })
  const application = await modeslApplication(connection => {
    told = recorded(connection)
    arrived(connection)
  })
  const target = `127.0.0.1:${application.port} async full`
  const { leg, channel } = bench.call([...before, ['socket', target]])
  const connection = await connected
  const gone = new Promise<void>(resolve => connection.on('esl::end', () => resolve()))
  await dialogue(connection, leg, told)
  await channel.ended
  await gone
  application.close()
  await bench.close()
  return { told, leg, channel, logged: bench.logged }
}

/** A call handed to an application that talks by hand. */
export async function withRaw(
  dialogue: (raw: RawEventSocket, leg: TestLeg, uuid: string, channel: Channel) => Promise<void>,
  options: {
    words?: string
    after?: readonly (readonly [string, string])[]
    recordings?: string | undefined
    time?: MonotonicTime
    dialplan?: readonly DialplanEntry[]
  } = {},
) {
  const { recordings, ...more } = options
  const bench = mediaBench('.', undefined, recordings, more)
  const application = await rawApplication()
  const { words = 'async full', after = [] } = options
  const socket = ['socket', `127.0.0.1:${application.port} ${words}`] as const
  const { leg, channel } = bench.call([socket, ...after])
  const raw = await application.next()
  await dialogue(raw, leg, channel.uuid, channel)
  await channel.ended
  application.close()
  await bench.close()
  return { leg, channel, logged: bench.logged }
}

/** Events and notices of messages, in the same words. */
export const told = (messages: readonly RawMessage[]): string[] =>
  messages.flatMap(({ headers, body }) => {
    const isJson = headers.get('Content-Type') === 'text/event-json'
    const fields: ReadonlyMap<string, string> = isJson
      ? new Map(Object.entries<string>(JSON.parse(body)))
      : headers
    return inWords(name => fields.get(name)) ?? []
  })

/** The command that runs an application. */
export const execute = (application: string, argument = '', more = '') =>
  `sendmsg\ncall-command: execute\nexecute-app-name: ${application}\nexecute-app-arg: ${argument}${more}`

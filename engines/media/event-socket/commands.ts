import type { Execute } from '../channel/application-stack.js'
import type { Channel } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'
import { runApi } from './api.js'
import { connectBlock } from './channel-data.js'
import type { Conversation } from './conversation.js'
import { isEventFormat } from './event-format.js'
import type { Command } from './framing.js'
import { NOT_FOUND, type Reply, reply } from './replies.js'

type Answer = (conversation: Conversation, command: Command) => Reply | Promise<Reply>

/** Which connections know a command. */
interface Entry {
  readonly answer: Answer
  /** `outbound`: only one that controls a channel. */
  readonly on: 'any' | 'outbound'
  /** Whether a controlling connection needs the word `full` for it. */
  readonly full: boolean
}

// biome-ignore format: table
const COMMANDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['...',           { answer: exit,         on: 'any',      full: false }],
  ['api',           { answer: api,          on: 'any',      full: true  }],
  ['bgapi',         { answer: bgapi,        on: 'any',      full: true  }],
  ['connect',       { answer: connect,      on: 'outbound', full: false }],
  ['divert_events', { answer: divertEvents, on: 'any',      full: false }],
  ['event',         { answer: event,        on: 'any',      full: true  }],
  ['exit',          { answer: exit,         on: 'any',      full: false }],
  ['filter',        { answer: filter,       on: 'any',      full: false }],
  ['getvar',        { answer: getvar,       on: 'outbound', full: false }],
  ['linger',        { answer: linger,       on: 'any',      full: true  }],
  ['log',           { answer: log,          on: 'any',      full: true  }],
  ['myevents',      { answer: myevents,     on: 'any',      full: false }],
  ['nixevent',      { answer: nixevent,     on: 'any',      full: true  }],
  ['noevents',      { answer: noevents,     on: 'any',      full: true  }],
  ['nolinger',      { answer: nolinger,     on: 'any',      full: true  }],
  ['nolog',         { answer: nolog,        on: 'any',      full: true  }],
  ['resume',        { answer: resume,       on: 'outbound', full: false }],
  ['sendevent',     { answer: sendevent,    on: 'any',      full: true  }],
  ['sendmsg',       { answer: sendmsg,      on: 'any',      full: false }],
])

/** The answer to a command (esl-protocol §3). */
export function answerCommand(
  conversation: Conversation,
  command: Command,
): Reply | Promise<Reply> {
  const entry = COMMANDS.get(command.word)
  const { control } = conversation
  if (!entry || (entry.on === 'outbound' && !control)) return NOT_FOUND
  if (entry.full && control?.full === false) return NOT_FOUND
  return entry.answer(conversation, command)
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter(word => word !== '')

function connect({ control, around }: Conversation): Reply {
  if (!control) return NOT_FOUND
  return { kind: 'block', text: connectBlock(control.channel, around.events, control) }
}

function exit(conversation: Conversation): Reply {
  return reply('+OK bye', () => conversation.disconnect())
}

function api({ around }: Conversation, { rest }: Command): Reply {
  return rest === '' ? NOT_FOUND : { kind: 'api', body: runApi(around, rest) }
}

function bgapi({ around, control }: Conversation, { rest, headers }: Command): Reply {
  if (rest === '') return NOT_FOUND
  const job = headers.get('job-uuid') || crypto.randomUUID()
  const owner = control?.channel.uuid
  const [, name = '', argument = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  const run = () =>
    around.events.fire({
      name: 'BACKGROUND_JOB',
      ...(owner === undefined ? {} : { channel: owner }),
      headers: () => [
        ['Job-UUID', job],
        ...(owner === undefined ? [] : [['Job-Owner-UUID', owner] as const]),
        ['Job-Command', name],
        ...(argument === '' ? [] : [['Job-Command-Arg', argument] as const]),
      ],
      body: runApi(around, rest),
    })
  return {
    kind: 'reply',
    text: `+OK Job-UUID: ${job}`,
    headers: [['Job-UUID', job]],
    afterwards: run,
  }
}

function event({ subscription }: Conversation, { rest }: Command): Reply {
  return subscription.add(words(rest))
    ? reply(`+OK event listener enabled ${subscription.format}`)
    : reply('-ERR no keywords supplied')
}

function nixevent({ subscription }: Conversation, { rest }: Command): Reply {
  return subscription.drop(words(rest))
    ? reply('+OK events nixed')
    : reply('-ERR no keywords supplied')
}

function noevents({ subscription }: Conversation): Reply {
  return subscription.dropAll()
    ? reply('+OK no longer listening for events')
    : reply('-ERR not listening for events')
}

/** Of an outbound socket about its own channel; an inbound one names the channel first. */
function myevents(conversation: Conversation, { rest }: Command): Reply {
  const { control, subscription, around } = conversation
  const given = words(rest)
  const uuid = control ? undefined : given.shift()
  const channel = uuid === undefined ? undefined : around.switchboard.find(uuid)
  if (!control && !channel) return reply('-ERR invalid uuid')
  if (!subscription.addMine()) return reply('-ERR aready enabled.')
  if (channel) conversation.attachTo(channel)
  const format = given[0]?.toLowerCase() ?? ''
  if (isEventFormat(format)) subscription.format = format
  return reply('+OK Events Enabled')
}

function filter({ subscription }: Conversation, { rest }: Command): Reply {
  const [, verb, header = '', value = ''] = /^(delete\s+)?(\S*)\s*(.*)$/i.exec(rest.trim()) ?? []
  if (verb !== undefined) {
    subscription.deleteFilter(header, value === '' ? undefined : value)
    return reply(`+OK filter deleted. [${header}][${value}]`)
  }
  if (value === '' || !subscription.addFilter(header, value)) return reply('-ERR invalid syntax')
  return reply(`+OK filter added. [${header}]=[${value}]`)
}

function divertEvents(_: Conversation, { rest }: Command): Reply {
  const word = rest.trim().toLowerCase()
  if (word === '') return reply('-ERR missing value.')
  return reply(word === 'on' ? '+OK events diverted' : '+OK events not diverted')
}

function linger(conversation: Conversation, { rest }: Command): Reply {
  if (!conversation.control) return reply('-ERR not controlling a session')
  const seconds = /^\d{1,6}$/.test(rest.trim()) ? Number(rest) : undefined
  conversation.linger(seconds ?? -1)
  return reply(seconds === undefined ? '+OK will linger' : `+OK will linger ${seconds} seconds`)
}

function nolinger(conversation: Conversation): Reply {
  if (!conversation.control) return reply('-ERR not controlling a session')
  return reply('+OK will not linger', () => conversation.stopLingering())
}

function resume(conversation: Conversation): Reply {
  conversation.resume()
  return reply('+OK')
}

function getvar({ control }: Conversation, { rest }: Command): Reply {
  const value = control?.channel.variable(rest.trim())
  return value === undefined ? NOT_FOUND : reply(value)
}

function log(conversation: Conversation, { rest }: Command): Reply {
  const level = rest.trim()
  conversation.logLevel = level
  return reply(`+OK log level ${level} [7]`)
}

function nolog(conversation: Conversation): Reply {
  const was = conversation.logLevel
  conversation.logLevel = undefined
  return reply(was === undefined ? '-ERR not loging' : '+OK no longer logging')
}

function sendevent({ around, control }: Conversation, { rest, fields, body }: Command): Reply {
  const name = rest.trim().toUpperCase()
  if (name === '') return reply('-ERR invalid syntax')
  const uuid = crypto.randomUUID()
  const own = fields.filter(([field]) => !/^(event-name|content-length)$/i.test(field))
  const subclass = own.find(([field]) => field.toLowerCase() === 'event-subclass')?.[1]
  const others = own.filter(([field]) => field.toLowerCase() !== 'event-subclass')
  const fire = () =>
    around.events.fire({
      name,
      ...(subclass === undefined ? {} : { subclass }),
      ...(control ? { channel: control.channel.uuid } : {}),
      headers: () => [...others, ['Event-UUID', uuid]],
      ...(body === undefined ? {} : { body }),
    })
  return reply(`+OK ${uuid}`, fire)
}

/** `sendmsg [uuid]`: runs an application on a channel, or ends it (§4). */
function sendmsg(conversation: Conversation, command: Command): Reply | Promise<Reply> {
  const { control, around } = conversation
  const uuid = command.rest.trim()
  const own =
    control && (uuid === '' || uuid === control.channel.uuid) ? control.channel : undefined
  const mayReachOthers = !control || control.full
  const channel = own ?? (mayReachOthers ? around.switchboard.find(uuid) : undefined)
  if (!channel) return reply(`-ERR invalid session id [${uuid}]`)
  switch (command.headers.get('call-command')?.toLowerCase()) {
    case 'execute':
      return execute(conversation, command, channel)
    case 'hangup': {
      const cause = parseHangupCause(command.headers.get('hangup-cause') ?? '') ?? 'NORMAL_CLEARING'
      return reply('+OK', () => channel.hangUp(cause))
    }
    default:
      return reply('+OK')
  }
}

/** Answered at once, or, without `async`, when the application has ended. */
function execute(
  { control }: Conversation,
  command: Command,
  channel: Channel,
): Reply | Promise<Reply> {
  const request = executeOf(command)
  const atOnce = control?.async !== false || command.headers.get('async') === 'true'
  if (atOnce) return reply('+OK', () => void channel.submit(request))
  return channel.submit(request).then(() => reply('+OK'))
}

function executeOf({ headers, body }: Command): Execute {
  const uuidName = headers.get('event-uuid-name')
  const loops = Number.parseInt(headers.get('loops') ?? '', 10)
  return {
    application: headers.get('execute-app-name') ?? '',
    argument: headers.get('execute-app-arg') ?? body ?? '',
    uuid: headers.get('event-uuid') || crypto.randomUUID(),
    ...(uuidName === undefined ? {} : { uuidName }),
    eventLock: headers.get('event-lock') === 'true',
    ...(Number.isNaN(loops) || loops === 0 ? {} : { loops }),
  }
}

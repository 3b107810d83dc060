import type { Execute } from '../channel/application-stack.js'
import type { Action, Channel } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'
import { runApi } from './api.js'
import { connectBlock } from './channel-data.js'
import type { Conversation } from './conversation.js'
import { isEventFormat } from './event-format.js'
import { EVENT_NAMES } from './event-names.js'
import type { Command } from './framing.js'
import { DENIED, NOT_FOUND, type Reply, reply } from './replies.js'

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
  ['getvar',        { answer: getvar,       on: 'any',      full: false }],
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

const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')

function connect({ control, around }: Conversation): Reply {
  if (!control) return NOT_FOUND
  return { kind: 'block', text: connectBlock(control.channel, around.events, control) }
}

function exit(conversation: Conversation): Reply {
  return reply('+OK bye', () => conversation.disconnect())
}

function api(conversation: Conversation, { rest }: Command): Reply | Promise<Reply> {
  const { around } = conversation
  if (rest === '') return NOT_FOUND
  if (!mayRun(conversation, rest)) return DENIED
  const body = runApi(around, rest)
  if (typeof body === 'string') return { kind: 'api', body }
  return body.then(answered => ({ kind: 'api', body: answered }))
}

/** Whether a user's list has the command that a text begins with. */
const mayRun = ({ permissions }: Conversation, text: string): boolean =>
  permissions?.mayRun(/^\S*/.exec(text)?.[0] ?? '') ?? true

function bgapi(conversation: Conversation, { rest, headers }: Command): Reply {
  const { around, control } = conversation
  if (rest === '') return NOT_FOUND
  if (!mayRun(conversation, rest)) return DENIED
  const job = headers.get('job-uuid') || crypto.randomUUID()
  const owner = control?.channel.uuid
  const [, name = '', argument = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  const done = (body: string) =>
    around.events.fire({
      name: 'BACKGROUND_JOB',
      ...(owner === undefined ? {} : { channel: owner }),
      headers: () => [
        ['Job-UUID', job],
        ['Job-Owner-UUID', owner ?? ''],
        ['Job-Command', name],
        ...(argument === '' ? [] : [['Job-Command-Arg', argument] as const]),
      ],
      body,
    })
  const run = () => {
    const body = runApi(around, rest)
    if (typeof body === 'string') done(body)
    else void body.then(done)
  }
  return {
    kind: 'reply',
    text: `+OK Job-UUID: ${job}`,
    headers: [['Job-UUID', job]],
    afterwards: run,
  }
}

function event({ subscription, permissions }: Conversation, { rest }: Command): Reply {
  if (permissions && !subscription.allows(words(rest), permissions)) return DENIED
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
  const [, verb = '', text = ''] = /^(?:(delete|add)\s)?(.*)$/is.exec(rest.trim()) ?? []
  const [, header = '', value = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? []
  if (header === '') return NOT_FOUND
  if (verb.toLowerCase() === 'delete') {
    subscription.deleteFilter(header, value === '' ? undefined : value)
    return reply(`+OK filter deleted. [${header}][${value}]`)
  }
  if (value === '') return reply('-ERR invalid syntax')
  subscription.addFilter(header, value)
  return reply(`+OK filter added. [${header}]=[${value}]`)
}

/** `divert_events on|off`: keys of the channel are told here alone, whatever is subscribed to. */
function divertEvents({ channel }: Conversation, { rest }: Command): Reply {
  if (!channel) return reply('-ERR not controlling a session.')
  const word = rest.trim().toLowerCase()
  if (word === '') return reply('-ERR missing value.')
  channel.diverts = word === 'on'
  return reply(channel.diverts ? '+OK events diverted' : '+OK events not diverted')
}

function linger(conversation: Conversation, { rest }: Command): Reply {
  if (!conversation.control) return reply('-ERR not controlling a session')
  const word = rest.trim()
  // As C's atoi: what is no number is 0.
  const seconds = word === '' ? -1 : Math.max(-1, Number.parseInt(word.slice(0, 6), 10) || 0)
  conversation.linger(seconds)
  return reply(seconds < 0 ? '+OK will linger' : `+OK will linger ${seconds} seconds`)
}

function nolinger(conversation: Conversation): Reply {
  if (!conversation.control) return reply('-ERR not controlling a session')
  return reply('+OK will not linger', () => conversation.stopLingering())
}

function resume(conversation: Conversation): Reply {
  conversation.resume()
  return reply('+OK')
}

function getvar({ channel }: Conversation, { rest }: Command): Reply {
  const value = channel?.variable(rest.trim())
  return value === undefined || value === '' ? NOT_FOUND : reply(value)
}

/** Names of log levels, each by its number from 0. */
const LOG_LEVELS = ['console', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** `log [level]`: taken note of; this engine's log goes to its own file alone. */
function log(conversation: Conversation, { rest }: Command): Reply {
  if (conversation.permissions?.log === false) return DENIED
  const [word = ''] = rest.trim().split(/\s+/)
  const number = /^\d+$/.test(word) ? Number(word) : LOG_LEVELS.indexOf(word.toLowerCase())
  const level = word === '' ? LOG_LEVELS.indexOf('debug') : number
  if (level < 0) return reply('-ERR invalid log level')
  conversation.logs = true
  return reply(`+OK log level ${word} [${level}]`)
}

function nolog(conversation: Conversation): Reply {
  const was = conversation.logs
  conversation.logs = false
  return reply(was ? '+OK no longer logging' : '-ERR not loging')
}

/**
 * `sendevent NAME`: told to all who listen; one that names a channel (`unique-id`) to the application that
 * controls it. A name that is none is SOCKET_DATA, as the command itself is.
 */
function sendevent({ around, control }: Conversation, command: Command): Reply {
  const { rest, fields, headers, body } = command
  const stated = rest.trim().toUpperCase()
  const name = EVENT_NAMES.has(stated) ? stated : 'SOCKET_DATA'
  const uuid = crypto.randomUUID()
  const own = fields.filter(
    ([field]) => !/^(event-name|event-subclass|content-length)$/i.test(field),
  )
  const subclass = headers.get('event-subclass')
  const addressed = around.switchboard.find(headers.get('unique-id') ?? '')
  const channel = addressed?.uuid ?? control?.channel.uuid
  const fire = () =>
    around.events.fire({
      name,
      ...(subclass === undefined ? {} : { subclass }),
      ...(channel === undefined ? {} : { channel }),
      headers: () => [['Command', `sendevent ${rest.trim()}`.trim()], ...own, ['Event-UUID', uuid]],
      ...(body === undefined ? {} : { body }),
    })
  return reply(`+OK ${uuid}`, fire)
}

/** `sendmsg [uuid]`: runs an application on a channel, or ends it (§4). */
function sendmsg(conversation: Conversation, command: Command): Reply | Promise<Reply> {
  const { control, around, channel: mine } = conversation
  const uuid = command.rest.trim() || (command.headers.get('session-id') ?? '')
  const own = uuid === '' || uuid === mine?.uuid ? mine : undefined
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
    case 'xferext': {
      const { destination } = channel
      return reply('+OK', () => channel.leaveFor({ destination, actions: actionsOf(command) }))
    }
    default:
      return reply('+OK')
  }
}

/** The actions that `xferext` lists, one in each line `application: <name> <argument>`. */
const actionsOf = ({ fields }: Command): Action[] =>
  fields.flatMap(([name, value]) => {
    const [, application, argument = ''] = /^(\S+)\s*(.*)$/s.exec(value) ?? []
    return name.toLowerCase() === 'application' && application ? [[application, argument]] : []
  })

/** Answered at once, or, without `async`, when the application has ended. */
function execute(
  { control }: Conversation,
  command: Command,
  channel: Channel,
): Reply | Promise<Reply> {
  const request = executeOf(command)
  const waits = control?.async === false && channel === control.channel
  const atOnce = !waits || isTrue(command.headers.get('async'))
  if (atOnce) return reply('+OK', () => void channel.submit(request))
  return channel.submit(request).then(() => reply('+OK'))
}

function executeOf({ headers, body }: Command): Execute {
  const uuidName = headers.get('event-uuid-name')
  const loops = Number.parseInt(headers.get('loops') ?? '', 10)
  const ofBody = headers.get('content-type')?.toLowerCase() === 'text/plain' ? body : undefined
  return {
    application: headers.get('execute-app-name') ?? '',
    argument: headers.get('execute-app-arg') || ofBody || '',
    uuid: headers.get('event-uuid') || crypto.randomUUID(),
    ...(uuidName === undefined ? {} : { uuidName }),
    eventLock: isTrue(headers.get('event-lock')),
    ...(Number.isNaN(loops) ? {} : { loops }),
  }
}

/** What FreeSWITCH takes for yes. */
const isTrue = (text = ''): boolean =>
  /^(?:yes|on|true|t|enabled|active|allow|-?0*[1-9]\d*)$/i.test(text)

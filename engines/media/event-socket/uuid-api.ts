import { parseDigit } from '../../../platform/rtp/telephone-event.js'
import type { Channel } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'
import { readKeys } from '../channel/keys-to-send.js'
import { readExtension } from '../channel/transfer.js'
import type { EventBus } from '../events/event-bus.js'
import type { Switchboard } from '../switchboard.js'
import { channelData, channelEvent } from './channel-data.js'
import { eventBody, isEventFormat } from './event-format.js'

/** What `api` commands work on. */
export interface ApiSurroundings {
  readonly switchboard: Switchboard
  readonly events: EventBus
}

/** What an `api` command answers; some wait for the call. */
export type ApiAnswer = string | Promise<string>

/** One `api` command: what follows its name in, the answer's body out (esl-protocol §9). */
export type ApiCommand = (around: ApiSurroundings, rest: string) => ApiAnswer

/** A command about the channel that its first word names. */
interface ChannelCommand {
  readonly answer: (channel: Channel, rest: string, around: ApiSurroundings) => ApiAnswer
  /** What stands behind the uuid, as the usage tells it. */
  readonly syntax?: string
  /** Whether there must be something behind the uuid. */
  readonly needsMore?: boolean
  /** Said where there is no such channel. */
  readonly noChannel?: string
}

const NO_CHANNEL = '-ERR No such channel!\n'
const NO_SESSION = '-ERR Cannot locate session!\n'
const ERROR = '-ERROR\n'

/** Length that FreeSWITCH gives a key that nobody pressed, in units of 1/8,000 s. */
const PRETENDED_KEY = 2_000

// biome-ignore format: table
const COMMANDS: Readonly<Record<string, ChannelCommand>> = {
  uuid_answer:       { answer: async channel => (await channel.answer()) ? '+OK\n' : ERROR, noChannel: ERROR },
  uuid_break:        { answer: breakChannel, syntax: ' [all]' },
  uuid_broadcast:    { answer: broadcast, syntax: ' <path> [aleg|bleg|holdb|both]', needsMore: true, noChannel: '-ERR invalid uuid\n' },
  uuid_dump:         { answer: dump, syntax: ' [format]' },
  uuid_flush_dtmf:   { answer: flushDigits },
  uuid_getvar:       { answer: readVariable, syntax: ' <var>', needsMore: true },
  uuid_kill:         { answer: killChannel, syntax: ' [cause]' },
  uuid_pre_answer:   { answer: async channel => (await channel.early()) ? '+OK\n' : ERROR, noChannel: ERROR },
  uuid_recv_dtmf:    { answer: receiveDigits, syntax: ' <dtmf_data>', needsMore: true, noChannel: NO_SESSION },
  uuid_ring_ready:   { answer: ring, syntax: ' [queued]' },
  uuid_send_dtmf:    { answer: sendDigits, syntax: ' <dtmf_data>', needsMore: true, noChannel: NO_SESSION },
  uuid_setvar:       { answer: setVariable, syntax: ' <var> [value]', needsMore: true },
  uuid_setvar_multi: { answer: setVariables, syntax: ' <var>=<value>;<var>=<value>...', needsMore: true },
  uuid_transfer:     { answer: transfer, syntax: ' [-bleg|-both] <dest-exten> [<dialplan>] [<context>]', needsMore: true },
}

/** The commands about one channel, by name. */
export const uuidCommands: ReadonlyMap<string, ApiCommand> = new Map(
  Object.entries(COMMANDS).map(([name, command]) => [name, ofChannel(command)]),
)

/** FreeSWITCH tells the usage before it looks for the channel. */
function ofChannel(command: ChannelCommand): ApiCommand {
  const { answer, syntax = '', needsMore = false, noChannel = NO_CHANNEL } = command
  return (around, text) => {
    const [, uuid = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? []
    if (uuid === '' || (needsMore && rest === '')) return `-USAGE: <uuid>${syntax}\n`
    const channel = around.switchboard.find(uuid)
    return channel ? answer(channel, rest, around) : noChannel
  }
}

function breakChannel(channel: Channel, rest: string): string {
  channel.break(rest.includes('all'))
  return '+OK\n'
}

/** `path` is a file to play, or `application::argument`; it runs inside what runs, and alone. */
function broadcast(channel: Channel, rest: string): string {
  const [path = ''] = rest.split(' ')
  const [, named, argument] = /^([^:]*)::(.*)$/s.exec(path) ?? []
  const application = named ?? 'playback'
  const uuid = crypto.randomUUID()
  void channel.submit({ application, argument: argument ?? path, uuid, eventLock: true })
  return '+OK Message sent\n'
}

/** As header lines unless another format is named. */
function dump(channel: Channel, rest: string, { events }: ApiSurroundings): string {
  const format = rest.trim().toLowerCase()
  if (!isEventFormat(format) || format === 'plain') return channelData(channel, events)
  return eventBody(channelEvent(channel, events), format)
}

function flushDigits(channel: Channel): string {
  channel.digits.clear()
  return '+OK\n'
}

function killChannel(channel: Channel, rest: string): string {
  channel.hangUp(parseHangupCause(rest) ?? 'NORMAL_CLEARING')
  return '+OK\n'
}

function ring(channel: Channel): string {
  channel.ring()
  return '+OK\n'
}

function readVariable(channel: Channel, rest: string): string {
  const [name = ''] = rest.split(' ')
  return channel.variable(name) ?? '_undef_'
}

function receiveDigits(channel: Channel, rest: string): string {
  // `12@500`: the length in ms stands behind the keys.
  const [keys = '', lengthMs] = rest.trim().split('@')
  const digits = Array.from(keys, parseDigit)
  if (digits.length === 0 || digits.includes(undefined)) return '-USAGE: <uuid> <dtmf_data>\n'
  const units = lengthMs === undefined ? PRETENDED_KEY : (Number(lengthMs) || 0) * 8
  for (const digit of digits) if (digit) channel.receiveDigit(digit, units, 'APP')
  return `+OK ${channel.uuid} received DTMF ${rest.trim()}.\n`
}

/** The answer names what was asked for, whatever of it was a key. */
function sendDigits(channel: Channel, rest: string): string {
  const keys = rest.trim().replace(/^~/, '')
  channel.leg.sendKeys(readKeys(keys))
  return `+OK ${channel.uuid} sent DTMF ${keys}.\n`
}

function transfer(channel: Channel, rest: string): string {
  const extension = readExtension(rest)
  if (extension) channel.transfer(extension)
  return '+OK\n'
}

function setVariable(channel: Channel, rest: string): string {
  const [, name = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  channel.setVariable(name, value === '' ? undefined : value)
  return '+OK\n'
}

function setVariables(channel: Channel, rest: string): string {
  const pairs = rest.split(';').map(pair => /^([^=]*)=?(.*)$/s.exec(pair) ?? [])
  const named = pairs.filter(([, name]) => name)
  for (const [, name = '', value] of named) channel.setVariable(name, value || undefined)
  const nameless = '-ERR No variable specified\n'.repeat(pairs.length - named.length)
  return nameless + (named.length > 0 ? '+OK\n' : '')
}

import { parseDigit } from '../../../platform/rtp/telephone-event.js'
import type { Channel } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'
import { type EventBus, localDate } from '../events/event-bus.js'
import type { Switchboard } from '../switchboard.js'
import { channelData } from './channel-data.js'

/** What `api` commands work on. */
export interface ApiSurroundings {
  readonly switchboard: Switchboard
  readonly events: EventBus
}

/** One `api` command: what follows its name in, the answer's body out (esl-protocol §9). */
type ApiCommand = (around: ApiSurroundings, rest: string) => string

const NO_CHANNEL = '-ERR No such channel!\n'

/** Length that FreeSWITCH gives a key that nobody pressed, in units of 1/8,000 s. */
const PRETENDED_KEY = 2_000

/** A command about the channel that its first word names. */
const aboutChannel =
  (answer: (channel: Channel, rest: string, around: ApiSurroundings) => string): ApiCommand =>
  (around, text) => {
    const [, uuid = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? []
    if (uuid === '') return '-USAGE: <uuid> …\n'
    const channel = around.switchboard.find(uuid)
    return channel ? answer(channel, rest, around) : NO_CHANNEL
  }

// biome-ignore format: table
const COMMANDS: ReadonlyMap<string, ApiCommand> = new Map<string, ApiCommand>([
  ['create_uuid',    () => crypto.randomUUID()],
  ['echo',           (_, rest) => rest],
  ['global_getvar',  ({ events }, name) => globalVariable(events, name)],
  ['hostname',       ({ events }) => events.identity.hostname],
  ['hupall',         hangUpAll],
  ['show',           show],
  ['status',         status],
  ['uptime',         ({ switchboard }) => `${Math.floor(switchboard.upMs / 1_000)}\n`],
  ['uuid_break',     aboutChannel(breakChannel)],
  ['uuid_dump',      aboutChannel((channel, _, { events }) => channelData(channel, events))],
  ['uuid_exists',    ({ switchboard }, uuid) => String(switchboard.find(uuid) !== undefined)],
  ['uuid_flush_dtmf', aboutChannel(flushDigits)],
  ['uuid_getvar',    aboutChannel((channel, name) => channel.variable(name) ?? '_undef_')],
  ['uuid_kill',      aboutChannel(killChannel)],
  ['uuid_recv_dtmf', aboutChannel(receiveDigits)],
  ['uuid_setvar',    aboutChannel(setVariable)],
  ['version',        () => 'FreeSWITCH Version 1.10.0-mcscp (mcscp media engine)\n'],
])

/** Runs an `api` command by its whole text. */
export function runApi(around: ApiSurroundings, text: string): string {
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? []
  const command = COMMANDS.get(name.toLowerCase())
  return command ? command(around, rest) : `-ERR ${name} Command not found!\n`
}

function globalVariable({ identity }: EventBus, name: string): string {
  if (name === 'hostname') return identity.hostname
  if (name === 'local_ip_v4') return identity.ipv4
  return name === 'core_uuid' ? identity.coreUuid : ''
}

function hangUpAll({ switchboard }: ApiSurroundings, text: string): string {
  const cause = parseHangupCause(text.split(/\s+/)[0] ?? '') ?? 'MANAGER_REQUEST'
  for (const channel of switchboard.channels) channel.hangUp(cause)
  return `+OK hangup all channels with cause ${cause}\n`
}

function breakChannel(channel: Channel, rest: string): string {
  channel.break(rest.trim() === 'all')
  return '+OK\n'
}

function flushDigits(channel: Channel): string {
  channel.digits.clear()
  return '+OK\n'
}

function killChannel(channel: Channel, rest: string): string {
  channel.hangUp(parseHangupCause(rest) ?? 'NORMAL_CLEARING')
  return '+OK\n'
}

function receiveDigits(channel: Channel, rest: string): string {
  // `12@500`: the length in ms stands behind the keys.
  const [keys = '', lengthMs] = rest.trim().split('@')
  const digits = Array.from(keys, parseDigit)
  if (digits.length === 0 || digits.includes(undefined)) return '-ERR invalid digits\n'
  const units = lengthMs === undefined ? PRETENDED_KEY : Number(lengthMs) * 8
  for (const digit of digits) if (digit) channel.receiveDigit(digit, units, 'APP')
  return `+OK ${channel.uuid} received DTMF ${keys}.\n`
}

function setVariable(channel: Channel, rest: string): string {
  const [, name, value = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  if (name === undefined) return '-USAGE: <uuid> <var> [value]\n'
  channel.setVariable(name, value === '' ? undefined : value)
  return '+OK\n'
}

function status({ switchboard }: ApiSurroundings): string {
  const { total, now, peak } = switchboard.counts
  const up = Math.floor(switchboard.upMs)
  const days = Math.floor(up / 86_400_000)
  const hours = Math.floor(up / 3_600_000) % 24
  const minutes = Math.floor(up / 60_000) % 60
  const seconds = Math.floor(up / 1_000) % 60
  return [
    `UP 0 years, ${days} days, ${hours} hours, ${minutes} minutes, ${seconds} seconds, ${up % 1_000} milliseconds, 0 microseconds`,
    'FreeSWITCH (Version 1.10.0-mcscp 64bit) is ready',
    `${total} session(s) since startup`,
    `${now} session(s) - peak ${peak}, last 5min ${peak} `,
    '',
  ].join('\n')
}

/** `show channels [as json]`. */
function show({ switchboard }: ApiSurroundings, rest: string): string {
  const [what, , format] = rest.trim().split(/\s+/)
  if (what !== 'channels' && what !== 'calls') return '-USAGE: channels|calls [as json]\n'
  const rows = switchboard.channels.map(rowOf)
  if (format === 'json') {
    return JSON.stringify(rows.length === 0 ? { row_count: 0 } : { row_count: rows.length, rows })
  }
  const lines = rows.map(row => `${Object.values(row).join(',')}\n`)
  return `${lines.join('')}\n${rows.length} total.\n`
}

const rowOf = (channel: Channel) => ({
  uuid: channel.uuid,
  direction: 'inbound',
  created: localDate(channel.times.createdAt),
  created_epoch: String(Math.floor(channel.times.createdAt / 1_000)),
  name: channel.leg.facts.channelName,
  state: channel.state,
  cid_name: channel.leg.facts.callerName,
  cid_num: channel.leg.facts.callerNumber,
  ip_addr: channel.leg.facts.networkAddress,
  dest: channel.leg.facts.destination,
  application: channel.variable('current_application') ?? '',
  callstate: channel.callState,
})

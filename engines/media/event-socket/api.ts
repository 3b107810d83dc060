import type { Channel } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'
import { type EventBus, localDate } from '../events/event-bus.js'
import { type ApiAnswer, type ApiCommand, type ApiSurroundings, uuidCommands } from './uuid-api.js'

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
  ['uuid_exists',    ({ switchboard }, uuid) => String(switchboard.find(uuid) !== undefined)],
  ...uuidCommands,
  ['version',        () => 'FreeSWITCH Version 1.10.0-mcscp (mcscp media engine)\n'],
])

/** Runs an `api` command by its whole text. */
export function runApi(around: ApiSurroundings, text: string): ApiAnswer {
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
  const lines = rows.map(
    row =>
      `${Object.values(row)
        .join(',')
        .replace(/[\r\n]/g, ' ')}\n`,
  )
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
  dest: channel.destination,
  application: channel.variable('current_application') ?? '',
  callstate: channel.callState,
})

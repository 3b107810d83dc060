import type { EpochMs } from '../../../domain/clock.js'
import { type HeaderField, localDate } from '../events/event-bus.js'
import type { Channel, ChannelState } from './channel.js'
import { q850Of } from './hangup-cause.js'

const STATE_NUMBERS: Readonly<Record<ChannelState, string>> = {
  CS_INIT: '1',
  CS_ROUTING: '2',
  CS_EXECUTE: '4',
  CS_HANGUP: '10',
  CS_REPORTING: '11',
}

/** Headers of every event of a channel (esl-protocol §2, §4). */
export function channelHeaders(channel: Channel): HeaderField[] {
  const { uuid, leg, state, callState, answerState, cause } = channel
  return [
    ['Channel-State', state],
    ['Channel-Call-State', callState],
    ['Channel-State-Number', STATE_NUMBERS[state]],
    ['Channel-Name', leg.facts.channelName],
    ['Unique-ID', uuid],
    ['Call-Direction', 'inbound'],
    ['Presence-Call-Direction', 'inbound'],
    ['Channel-HIT-Dialplan', 'true'],
    ['Channel-Call-UUID', uuid],
    ['Answer-State', answerState],
    ...(cause === undefined ? [] : [['Hangup-Cause', cause] as const]),
    ...codecHeaders('Read', channel.variable('read_codec')),
    ...codecHeaders('Write', channel.variable('write_codec')),
    ...profileHeaders(channel, 'Caller'),
  ]
}

/** Codec of each way; none before one is agreed. */
const codecHeaders = (way: 'Read' | 'Write', codec: string | undefined): HeaderField[] =>
  codec === undefined
    ? []
    : [
        [`Channel-${way}-Codec-Name`, codec],
        [`Channel-${way}-Codec-Rate`, '8000'],
        [`Channel-${way}-Codec-Bit-Rate`, '64000'],
      ]

/** Who calls whom, and when. The answer to `connect` has these twice, as `Channel-` and `Caller-`. */
export function profileHeaders(
  { uuid, leg, times, destination, transfers }: Channel,
  prefix: 'Channel' | 'Caller',
): HeaderField[] {
  const { callerNumber, callerName, networkAddress, channelName } = leg.facts
  const created = microseconds(times.createdAt)
  // biome-ignore format: table
  const named: HeaderField[] = [
    ['Direction',                   'inbound'],
    ['Logical-Direction',           'inbound'],
    ['Username',                    callerNumber],
    ['Dialplan',                    'XML'],
    ['Caller-ID-Name',              callerName],
    ['Caller-ID-Number',            callerNumber],
    ['Orig-Caller-ID-Name',         callerName],
    ['Orig-Caller-ID-Number',       callerNumber],
    ['Network-Addr',                networkAddress],
    ['ANI',                         callerNumber],
    ['Destination-Number',          destination],
    ['Unique-ID',                   uuid],
    ['Source',                      'mod_sofia'],
    ['Context',                     'default'],
    ['Channel-Name',                channelName],
    ['Profile-Index',               String(transfers + 1)],
    ['Profile-Created-Time',        microseconds(times.transferredAt ?? times.createdAt)],
    ['Channel-Created-Time',        created],
    ['Channel-Answered-Time',       microseconds(times.answeredAt)],
    ['Channel-Progress-Time',       '0'],
    ['Channel-Progress-Media-Time', microseconds(times.earlyAt)],
    ['Channel-Hangup-Time',         microseconds(times.hungUpAt)],
    ['Channel-Transfer-Time',       microseconds(times.transferredAt)],
    ['Channel-Resurrect-Time',      '0'],
    ['Channel-Bridged-Time',        '0'],
    ['Channel-Last-Hold',           '0'],
    ['Channel-Hold-Accum',          '0'],
    ['Screen-Bit',                  'true'],
    ['Privacy-Hide-Name',           'false'],
    ['Privacy-Hide-Number',         'false'],
  ]
  return named.map(([name, value]) => [`${prefix}-${name}`, value])
}

const microseconds = (at: EpochMs | undefined): string => (at === undefined ? '0' : `${at}000`)

/** All variables, each as `variable_<name>`. */
export const variableHeaders = (channel: Channel): HeaderField[] =>
  Array.from(channel.variables, ([name, value]) => [`variable_${name}`, value])

/** Variables that CHANNEL_HANGUP_COMPLETE adds: cause, times, lengths, audio counters. */
export function hangupVariables(channel: Channel, digitsDialed: string): [string, string][] {
  const { cause = 'UNSPECIFIED', times, leg } = channel
  const end = times.hungUpAt ?? times.createdAt
  const lengthMs = end - times.createdAt
  const billMs = times.answeredAt === undefined ? 0 : end - times.answeredAt
  const seconds = (ms: number) => String(Math.floor(ms / 1_000))
  return [
    ['hangup_cause', cause],
    ['hangup_cause_q850', String(q850Of(cause))],
    ...(digitsDialed === '' ? [] : [['digits_dialed', digitsDialed] as [string, string]]),
    ...momentVariables('start', times.createdAt),
    ...momentVariables('answer', times.answeredAt),
    ...momentVariables('progress_media', times.earlyAt),
    ...momentVariables('end', end),
    ['duration', seconds(lengthMs)],
    ['billsec', seconds(billMs)],
    ['mduration', String(lengthMs)],
    ['billmsec', String(billMs)],
    ['uduration', `${lengthMs}000`],
    ['billusec', `${billMs}000`],
    ...leg.audioCounts(),
  ]
}

const momentVariables = (name: string, at: EpochMs | undefined): [string, string][] => [
  ...(at === undefined ? [] : [[`${name}_stamp`, localDate(at)] as [string, string]]),
  [`${name}_epoch`, at === undefined ? '0' : String(Math.floor(at / 1_000))],
  [`${name}_uepoch`, microseconds(at)],
]

import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../platform/home.js'
import { nocPortSetting } from '../platform/person-settings.js'
import { PRODUCT_FOLDER } from '../platform/product-files.js'
import {
  domainName,
  folderPath,
  ipAddress,
  portNumber,
  type SettingValues,
  setting,
  wholeNumberBetween,
} from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'

/** A mail address as a relay takes it: no names, no quotes, so that no header can be slipped in. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}$/

const none = z.literal('none').transform(() => undefined)

const relay = z
  .union(
    [
      none,
      z
        .string()
        .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/)
        .transform(text => {
          const [host = '', port] = text.split(':')
          return { host, port: Number(port) }
        })
        .refine(({ port }) => port > 0 && port <= 65_535),
    ],
    'must be none or host:port',
  )
  .describe('none, or host:port')

const address = z
  .union([none, z.string().regex(ADDRESS)], 'must be none or a mail address')
  .describe('none, or mail address')

const addresses = z
  .string()
  .transform(text => (text === 'none' ? [] : text.split(',')))
  .refine(
    all => all.length <= 50 && all.every(one => ADDRESS.test(one)),
    'must be none or up to 50 mail addresses with commas between',
  )
  .describe('none, or up to 50 mail addresses with commas between')

const webAddress = z
  .union([none, z.url({ protocol: /^https?$/ })], 'must be none or an http(s) URL')
  .describe('none, or http(s) URL')

const portOrOff = z
  .union([z.literal('off'), portNumber], 'must be a port from 0 to 65535, or off')
  .describe('0 to 65535, or off')

/** The settings of the MCSCP's operation part. */
export const nocSettings = {
  port: nocPortSetting,
  simulation: simulationSetting,
  switchHost: setting('MCSCP_SWITCH_SIP_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address of the signalling engine of the switch for SIP',
  }),
  switchWsPort: setting('MCSCP_SWITCH_SIP_WS_PORT', portOrOff, {
    default: '5066',
    about: 'port of the signalling engine of the switch for SIP over WebSocket, or off',
    source: 'RFC 7118',
  }),
  switchDomain: setting('MCSCP_SWITCH_DOMAIN', domainName, {
    default: 'mls.mcscp',
    about: 'domain of the numbers that the switch asserts',
  }),
  clips: setting('MCSCP_MEDIA_CLIPS', folderPath, {
    default: join(PRODUCT_FOLDER, 'guidance-audio', 'clips'),
    about: 'folder of the guidance',
  }),
  mailRelay: setting('MCSCP_ALARM_MAIL_RELAY', relay, {
    default: 'none',
    about: 'SMTP relay, without log-in, by which alarms are mailed; none: they are not',
    source: 'requirements M-15, T-01',
  }),
  mailFrom: setting('MCSCP_ALARM_MAIL_FROM', address, {
    default: 'none',
    about: 'sender of the alarm mails; it must exist',
    source: 'requirement T-01',
  }),
  mailTo: setting('MCSCP_ALARM_MAIL_TO', addresses, {
    default: 'none',
    about: 'who gets the alarm mails',
    source: 'requirement M-15',
  }),
  mailADay: setting('MCSCP_ALARM_MAIL_A_DAY', wholeNumberBetween(1, 1_000), {
    default: '1000',
    unit: 'recipients',
    about: 'mails that may go out in a day of Japan, counted one a recipient',
    source: 'requirement T-02',
  }),
  mailPauseSeconds: setting('MCSCP_ALARM_MAIL_PAUSE_S', wholeNumberBetween(1, 86_400), {
    default: '60',
    unit: 's',
    about: 'pause after an alarm mail; what comes meanwhile is in the next',
    source: 'requirement T-03',
  }),
  webhookUrl: setting('MCSCP_ALARM_WEBHOOK', webAddress, {
    default: 'none',
    about: 'where alarms are sent to by POST, signed with the secret in keys/alarm-webhook',
    source: 'requirement M-15',
  }),
}

export type NocValues = SettingValues<typeof nocSettings>

/** The switch as a phone on a page needs it. */
export interface PhoneSwitch {
  /** Its WebSocket: `ws://127.0.0.1:5066`. */
  readonly server: string
  /** Domain of its numbers. */
  readonly domain: string
}

/** What is wrong between settings that are right one by one. */
export function nocContradictions({ mailRelay, mailFrom, mailTo, mailADay }: NocValues): string[] {
  if (!mailRelay) return []
  return [
    ...(mailFrom === undefined ? ['MCSCP_ALARM_MAIL_FROM: a relay is set, but no sender'] : []),
    ...(mailTo.length === 0
      ? ['MCSCP_ALARM_MAIL_TO: a relay is set, but nobody gets the mails']
      : []),
    ...(mailTo.length > mailADay
      ? ['MCSCP_ALARM_MAIL_A_DAY: one mail to all of MCSCP_ALARM_MAIL_TO is more than that']
      : []),
  ]
}

/** Where the phone of the screens reaches the switch; `undefined` outside simulation, or where nothing listens. */
export function switchOfPhone({
  simulation,
  switchHost,
  switchWsPort,
  switchDomain,
}: NocValues): PhoneSwitch | undefined {
  if (!simulation || switchWsPort === 'off') return undefined
  // A browser cannot connect to «all addresses».
  const host = switchHost === '0.0.0.0' ? '127.0.0.1' : switchHost === '::' ? '::1' : switchHost
  const server = `ws://${host.includes(':') ? `[${host}]` : host}:${switchWsPort}`
  return { server, domain: switchDomain }
}

/** The secret that webhooks are signed with, owner-only. */
export const webhookSecretFile = (home: Home): string => join(home.keys, 'alarm-webhook')

/** noc's store: accounts, sessions, the history of charge traffic. */
export const nocStore = (home: Home): string => join(home.stores, 'noc.sqlite')

/** Socket on which scp tells its charge traffic and does what the card office asks. */
export const scpSocketOf = (home: Home): string => join(home.sockets, 'scp.sock')

/** Sockets on which CRS and billing tell what they hold. */
export const crsSocketOf = (home: Home): string => join(home.sockets, 'crs.sock')
export const billingSocketOf = (home: Home): string => join(home.sockets, 'billing.sock')

/** Socket on which the switch tells its counts. */
export const switchSocketOf = (home: Home): string => join(home.sockets, 'mls.sock')

/** Socket of the traffic generator, which runs in a simulation only. */
export const generatorSocketOf = (home: Home): string => join(home.sockets, 'generator.sock')

/** The password of a demonstration account, owner-only; without a name, of the first look's. */
export const demonstrationAccountFile = (home: Home, name = 'account'): string =>
  join(home.keys, `demonstration-noc-${name}`)

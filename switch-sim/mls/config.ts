import { join } from 'node:path'
import { z } from 'zod'
import { parseAddedService } from '../../domain/switch-assertion.js'
import type { Home } from '../../platform/home.js'
import {
  domainName,
  ipAddress,
  onOff,
  portNumber,
  setting,
  sipAddress,
  wholeNumberBetween,
} from '../../platform/settings.js'
import { simulationSetting } from '../../platform/simulation-setting.js'

const beginnings = z
  .string()
  .transform(text =>
    text
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== ''),
  )
  .describe('texts with commas between')

const addedServices = z
  .string()
  .transform(text => (text === 'none' ? [] : text.split(',').map(one => one.trim())))
  .transform((numbers, context) =>
    numbers.map(number => {
      const service = parseAddedService(number)
      if (service) return service
      const message = `${number} is no number that a service can have, such as 1401`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
  )
  .describe('none, or numbers such as 1401 with commas between')

const seconds = wholeNumberBetween(1, 3_600)

/** The settings of the mobile local switch. */
export const mlsSettings = {
  engineHost: setting('MCSCP_SWITCH_SIP_APPLICATION_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address at which the signalling engine of the switch waits for it',
  }),
  enginePort: setting('MCSCP_SWITCH_SIP_APPLICATION_PORT', portNumber, {
    default: '9022',
    about: 'port of the signalling engine of the switch for its application, on loopback only',
    source: 'drachtio-server uses 9022',
  }),
  mcscp: setting('MCSCP_SWITCH_MCSCP_ADDRESS', sipAddress, {
    default: '127.0.0.1:5070;transport=tcp',
    about:
      'where the switch sends calls to 1400, 157 and added services; by TCP, since a signed INVITE outgrows a datagram',
    source: 'RFC 3261 §18.1.1',
  }),
  addedServices: setting('MCSCP_SWITCH_ADDED_SERVICES', addedServices, {
    default: 'none',
    about: 'numbers besides 1400 and 157 whose calls the switch sends to the MCSCP',
    source: 'requirement M-09',
  }),
  media: setting('MCSCP_SWITCH_MEDIA_ADDRESS', sipAddress, {
    default: '127.0.0.1:5080;transport=tcp',
    about: 'where the switch has its announcements played',
  }),
  domain: setting('MCSCP_SWITCH_DOMAIN', domainName, {
    default: 'mls.mcscp',
    about: 'domain of the numbers that the switch asserts',
    source: 'RFC 3325 §9.1',
  }),
  md5: setting('MCSCP_SWITCH_DIGEST_MD5', onOff, {
    default: 'on',
    about: 'whether a phone may prove itself by MD5, offered behind SHA-256',
    source: 'RFC 8760 §2.3',
  }),
  md5OnlyPhones: setting('MCSCP_SWITCH_DIGEST_MD5_ONLY_PHONES', beginnings, {
    default: 'baresip v0.,baresip v1.,SIPp',
    about:
      'beginnings of the User-Agent of phones that fail when SHA-256 is offered, so that they are offered MD5 alone',
  }),
  nonceLifetimeSeconds: setting('MCSCP_SWITCH_NONCE_LIFETIME_S', seconds, {
    default: '300',
    unit: 's',
    about: 'how long a nonce may be used before a phone is given another',
    source: 'RFC 7616 §5.4',
  }),
  wrongPasswordsPerNumber: setting(
    'MCSCP_SWITCH_WRONG_PASSWORDS_PER_NUMBER',
    wholeNumberBetween(1, 1_000),
    {
      default: '5',
      about: 'wrong passwords for one number from one address after which both wait',
      source: 'RFC 7616 §5.9',
    },
  ),
  wrongPasswordsPerAddress: setting(
    'MCSCP_SWITCH_WRONG_PASSWORDS_PER_ADDRESS',
    wholeNumberBetween(1, 100_000),
    {
      default: '100',
      about: 'wrong passwords from one address, over all numbers, after which it waits',
    },
  ),
  wrongPasswordWaitSeconds: setting('MCSCP_SWITCH_WRONG_PASSWORD_WAIT_S', seconds, {
    default: '60',
    unit: 's',
    about: 'how long they wait after the last wrong password',
  }),
  callsMax: setting('MCSCP_SWITCH_CALLS_MAX', wholeNumberBetween(1, 100_000), {
    default: '2000',
    about: 'most calls of the switch at once; one more is refused with 503',
    source: 'requirement M-05',
  }),
  setUpSeconds: setting('MCSCP_SWITCH_SET_UP_S', seconds, {
    default: '30',
    unit: 's',
    about: 'how long the MCSCP may take to answer before the caller hears that all lines are busy',
  }),
  announcementSeconds: setting('MCSCP_SWITCH_ANNOUNCEMENT_S', seconds, {
    default: '60',
    unit: 's',
    about: 'how long an announcement may last before the call is released',
  }),
  callSeconds: setting('MCSCP_SWITCH_CALL_S', seconds, {
    default: '330',
    unit: 's',
    about:
      'how long a call may last before the switch ends it; longer than the MCSCP allows, so that ivr ends it first, in order',
    source: 'requirements §4: a call cap of 5 min',
  }),
  phoneCallSeconds: setting('MCSCP_SWITCH_PHONE_CALL_S', wholeNumberBetween(1, 86_400), {
    default: '10800',
    unit: 's',
    about: 'how long a call between subscribers may last before the switch ends it',
  }),
  unitSeconds: setting('MCSCP_SWITCH_UNIT_S', seconds, {
    default: '6',
    unit: 's',
    about: 'how long a Pricall subscriber talks to another subscriber for one unit',
    source: 'requirement N-02',
  }),
  simulation: simulationSetting,
}

/** Store of the subscribers. */
export const subscribersStore = (home: Home): string => join(home.stores, 'subscribers.sqlite')

/** Store of the MSCP's units. */
export const unitsStore = (home: Home): string => join(home.stores, 'units.sqlite')

/** What the engine must be told; the engine makes it at its first start. */
export const engineSecretFile = (home: Home): string => join(home.keys, 'switch-signalling.secret')

/** Socket on which the switch tells its counts, and the MSCP beside it takes and tells units. */
export const mlsSocket = (home: Home): string => join(home.sockets, 'mls.sock')

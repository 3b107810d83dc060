import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../platform/home.js'
import {
  ipAddress,
  portNumber,
  type SettingValues,
  setting,
  wholeNumberBetween,
} from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'
import type { Issuer } from './print/issuer.js'
import type { CycleMonths } from './rules/month-application.js'
import { type OnlineHours, parseOnlineHours, parseTimeOfDay } from './rules/online-hours.js'

const minutes = wholeNumberBetween(1, 10_080)

/** A text that a parser of ours reads. */
const parsed = <T>(parse: (text: string) => T | undefined, description: string, message: string) =>
  z
    .string()
    .transform((text, problem): T => {
      const value = parse(text)
      if (value !== undefined) return value
      problem.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .describe(description)

/** The settings of billing. */
export const billingSettings = {
  crsHost: setting('MCSCP_CRS_FTP_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address of CRS’s FTP server',
  }),
  crsPort: setting('MCSCP_CRS_FTP_PORT', portNumber, {
    default: '14021',
    about: 'port of CRS’s FTP server, FTP over TLS',
    source: 'requirement F-01',
  }),
  triggerMinutes: setting('MCSCP_BILLING_TRIGGER_MIN', minutes, {
    default: '60',
    unit: 'min',
    about: 'トリガ送出タイマー: how long after one trigger the next may go out',
    source: 'requirement F-10',
  }),
  receiveMinutes: setting('MCSCP_BILLING_RECEIVE_MIN', minutes, {
    default: '10',
    unit: 'min',
    about:
      '受信待ちタイマー: how long CRS may take to answer a trigger before billing stops and alarms',
    source: 'requirement F-10',
  }),
  online: setting(
    'MCSCP_BILLING_ONLINE',
    parsed<OnlineHours>(parseOnlineHours, 'hh:mm-hh:mm', 'must be hours such as 08:00-24:00'),
    {
      default: '08:00-24:00',
      about:
        'hours of Japan in which billing asks CRS for files; 00:00-24:00: day and night. At night it runs its batch',
      source: 'requirements F-02, F-11, B-19',
    },
  ),
  redriveAt: setting(
    'MCSCP_BILLING_REDRIVE_AT',
    parsed(parseTimeOfDay, 'hh:mm', 'must be a time of day such as 03:00'),
    {
      default: '03:00',
      about:
        'time of day of Japan at which charges held as errors since an earlier day are tried again',
      source: 'requirement B-08',
    },
  ),
  closeAt: setting(
    'MCSCP_BILLING_CLOSE_AT',
    parsed<number | 'off'>(
      text => (text === 'off' ? 'off' : parseTimeOfDay(text)),
      'hh:mm, or off',
      'must be a time of day such as 02:00, or off',
    ),
    {
      default: '02:00',
      about:
        'time of day of Japan at which a month whose corrections are over is closed by itself; off: only by command',
      source: 'requirement F-05',
    },
  ),
  cycle: setting(
    'MCSCP_BILLING_CYCLE',
    parsed<CycleMonths>(
      text => (text === 'N+1' ? 1 : text === 'N+2' ? 2 : undefined),
      'N+1 or N+2',
      'must be N+1 or N+2',
    ),
    {
      default: 'N+1',
      about: 'billing cycle: how long after the month of use its invoice is issued',
      source: 'requirement P-14',
    },
  ),
  issuer: setting('MCSCP_BILLING_ISSUER', z.string().min(1).max(40).describe('a name'), {
    default: 'みどり移動通信株式会社',
    about: 'name of the company that issues the bills, as they print it in Japanese',
  }),
  issuerEnglish: setting('MCSCP_BILLING_ISSUER_EN', z.string().min(1).max(60).describe('a name'), {
    default: 'Midori Mobile Communications',
    about: 'its name on bills in English',
  }),
  enquiries: setting('MCSCP_BILLING_ENQUIRIES', z.string().min(1).max(40).describe('a number'), {
    default: '157',
    about: 'where to enquire about a bill, as it prints it',
  }),
  registration: setting(
    'MCSCP_BILLING_REGISTRATION',
    z
      .string()
      .regex(/^(T\d{13})?$/, 'must be T and 13 digits')
      .describe('T and 13 digits, or nothing'),
    {
      default: '',
      about:
        'number under which the company is registered as an issuer of qualified invoices; bills print it from 2023-10-01 on',
    },
  ),
  simulation: simulationSetting,
}

/** Who issues the bills, by the settings. */
export const issuerOf = (
  values: Pick<
    SettingValues<typeof billingSettings>,
    'issuer' | 'issuerEnglish' | 'enquiries' | 'registration'
  >,
): Issuer => ({
  name: { ja: values.issuer, en: values.issuerEnglish },
  enquiries: values.enquiries,
  registration: values.registration,
})

/** billing's store: contracts, charges, ledger. */
export const billingStore = (home: Home): string => join(home.stores, 'billing.sqlite')

/** タイマー管理ファイル. */
export const timerFilePath = (home: Home): string => join(home.stores, 'billing-timers.json')

/** Socket on which billing answers the command line. */
export const billingSocket = (home: Home): string => join(home.sockets, 'billing.sock')

/** Password of billing's account at CRS's FTP server, and the certificate that CRS makes at its first start. */
export const ftpPasswordFile = (home: Home): string => join(home.keys, 'ftp-billing')
export const ftpCertificateFile = (home: Home): string => join(home.keys, 'crs-ftp-certificate.pem')

/** Contracts of the demonstration subscribers, taken in at first start where the file is there. */
export const demonstrationContracts = (home: Home): string =>
  join(home.stores, 'demonstration-contracts.csv')

import { join } from 'node:path'
import { z } from 'zod'
import { isNodeName } from '../domain/line-file.js'
import type { Home } from '../platform/home.js'
import {
  ipAddress,
  portNumber,
  type SettingValues,
  setting,
  wholeNumberBetween,
} from '../platform/settings.js'

/** Names of nodes with commas between. */
const nodeNames = z
  .string()
  .transform(text => text.split(',').map(name => name.trim()))
  .refine(
    names => names.every(isNodeName) && new Set(names).size === names.length,
    'must be names of 1 to 16 of a-z, 0-9 and hyphen, each once, with commas between',
  )
  .describe('names of nodes with commas between')

/** The settings of the card rating system. */
export const crsSettings = {
  host: setting('MCSCP_CRS_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address at which CRS takes the files of MCSCP nodes, over HTTP',
  }),
  port: setting('MCSCP_CRS_PORT', portNumber, {
    default: '14010',
    about: 'port at which CRS takes the files of MCSCP nodes',
  }),
  nodes: setting('MCSCP_CRS_NODES', nodeNames, {
    default: 'scp1',
    about:
      'MCSCP nodes that CRS serves from its start on: an hour is closed once all of them have delivered it. More are taken in, and out, by «mcscp crs nodes»',
    source: 'requirements C-01, C-03',
  }),
  deliveryLate: setting('MCSCP_CRS_DELIVERY_LATE_MIN', wholeNumberBetween(1, 10_080), {
    default: '30',
    unit: 'min',
    about: 'how long after its end a quarter-hour may be missing before an alarm is raised',
    source: 'requirement C-08',
  }),
  ftpHost: setting('MCSCP_CRS_FTP_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address at which billing fetches hourly files, FTP over TLS',
    source: 'requirement F-01',
  }),
  ftpPort: setting('MCSCP_CRS_FTP_PORT', portNumber, {
    default: '14021',
    about: 'port of the FTP server for commands',
  }),
  passiveFirst: setting('MCSCP_CRS_FTP_PASSIVE_FIRST', portNumber, {
    default: '14030',
    about: 'first port of the FTP server for files; 0: any that is free',
    source: 'RFC 959 §4.1.2, RFC 2428 §3',
  }),
  passiveLast: setting('MCSCP_CRS_FTP_PASSIVE_LAST', portNumber, {
    default: '14049',
    about: 'last port of the FTP server for files',
  }),
  ftpConnections: setting('MCSCP_CRS_FTP_CONNECTIONS_MAX', wholeNumberBetween(1, 1_000), {
    default: '8',
    about: 'most connections to the FTP server at once; one more is told to come again later',
  }),
  ftpIdleSeconds: setting('MCSCP_CRS_FTP_IDLE_S', wholeNumberBetween(1, 86_400), {
    default: '120',
    unit: 's',
    about: 'silence after which the FTP server ends a connection',
    source: 'RFC 959 §4.2.1, reply 421',
  }),
}

export type CrsValues = SettingValues<typeof crsSettings>

/** What is wrong between the settings, a sentence a mistake. */
export const crsContradictions = ({ passiveFirst, passiveLast }: CrsValues): string[] =>
  passiveLast < passiveFirst
    ? [`${crsSettings.passiveLast.name} must not be below ${crsSettings.passiveFirst.name}`]
    : []

/** CRS's store: everything received and closed. */
export const crsStore = (home: Home): string => join(home.stores, 'crs.sqlite')

/** Socket on which CRS takes an operator's changes. */
export const crsSocket = (home: Home): string => join(home.sockets, 'crs.sock')

/** Password of the account `billing`, owner-only. */
export const ftpPasswordFile = (home: Home): string => join(home.keys, 'ftp-billing')

/** Key of the FTP server's certificate, owner-only. */
export const ftpKeyFile = (home: Home): string => join(home.keys, 'crs-ftp-key.pem')

/** The FTP server's certificate, the only one that billing trusts. */
export const ftpCertificateFile = (home: Home): string => join(home.keys, 'crs-ftp-certificate.pem')

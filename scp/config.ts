import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { yen } from '../domain/yen.js'
import type { Home } from '../platform/home.js'
import { oneOf, type SettingValues, setting, wholeNumberBetween } from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'
import { callControlSettings } from './call-control/settings.js'
import { lockLayersOf, lockSettings } from './lock-settings.js'
import type { OfficePolicy } from './office/act.js'
import { isAgeRecipient } from './rules/age-recipient.js'
import type { ChargePolicy } from './store/charges.js'
import { ownTables } from './tables/own-tables.js'
import { watchSettings } from './watch/settings.js'

/** Amounts in yen with commas between, smallest first; whole tens, so that each is whole units. */
const denominations = z
  .string()
  .regex(/^[1-9]\d{0,4}0(,[1-9]\d{0,4}0)*$/, 'must be whole tens such as 500,1000,3000')
  .transform(text =>
    text
      .split(',')
      .map(Number)
      .sort((a, b) => a - b),
  )
  .describe('amounts with commas between')

const nodeName = z
  .string()
  .regex(/^[a-z0-9-]{1,16}$/, 'must be 1 to 16 of a-z, 0-9 and hyphen')
  .describe('1 to 16 of a-z, 0-9 and hyphen')

/** A host, in brackets where it is an IPv6 address, and a port. */
const hostAndPort = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be host:port')
  .transform(text => {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? []
    return { host, port: Number(port) }
  })
  .refine(({ port }) => port > 0 && port <= 65_535, 'must have a port from 1 to 65535')
  .describe('host:port')
/** The public key of an age identity, as `age-keygen` prints it. */
const cardMakerKey = z
  .string()
  .refine(text => text === 'none' || isAgeRecipient(text), 'must be a key such as age1…, or none')
  .transform(text => (text === 'none' ? undefined : text))
  .describe('age1…, or none')

/** Yen that a unit may cost: each divides the price of any card, which is a whole ten. */
const UNIT_YEN = ['1', '2', '5', '10'] as const

/** The settings of the MCSCP's control and data part. */
export const scpSettings = {
  node: setting('MCSCP_SCP_NODE', nodeName, {
    default: 'scp1',
    about: 'name of this node in its quarter-hour files; never changed once there are any',
    source: 'requirement C-08',
  }),
  crs: setting('MCSCP_SCP_CRS_ADDRESS', hostAndPort, {
    default: '127.0.0.1:14010',
    about: 'where CRS takes quarter-hour files and day closes',
    source: 'requirement C-01',
  }),
  monthCap: setting('MCSCP_MONTH_CAP', wholeNumberBetween(1, 9_999_999), {
    default: '50000',
    unit: 'yen',
    about: 'the most that a number may register in a month of Japan, by charge kind',
    source: 'requirement S-12',
  }),
  denominations: setting('MCSCP_DENOMINATIONS', denominations, {
    default: '500,1000,3000,5000',
    unit: 'yen',
    about: 'face values of the cards on sale until an operator replaces the table denominations',
    source: 'requirement S-19',
  }),
  unitYen: setting(
    'MCSCP_UNIT_YEN',
    oneOf(UNIT_YEN).transform(Number).describe(UNIT_YEN.join(', ')),
    {
      default: '10',
      unit: 'yen',
      about: 'what one unit costs a Pricall subscriber',
      source: 'requirement S-05',
    },
  ),
  ...lockSettings,
  activateAlone: setting('MCSCP_ACTIVATE_ALONE', wholeNumberBetween(0, 10_000_000), {
    default: '100',
    unit: 'cards',
    about: 'most cards that one person may activate within 24 hours; more need a second person',
    source: 'requirement §5.3',
  }),
  cardMakerKey: setting('MCSCP_CARD_MAKER_KEY', cardMakerKey, {
    default: 'none',
    about: 'public key of the card maker, to which print files are encrypted',
    source: 'requirement §5.2',
  }),
  unlockAlone: setting('MCSCP_UNLOCK_ALONE', wholeNumberBetween(1, 1_000), {
    default: '1',
    unit: 'handsets, cards',
    about:
      'how many handsets, or cards, one person may unlock in one act; more need a second person',
    source: 'requirement §5.3',
  }),
  simulation: simulationSetting,
  ...callControlSettings,
  ...watchSettings,
}

export type ScpValues = SettingValues<typeof scpSettings>

/** Scenarios that are stopped and not there, and modules that cannot be read. */
export function scpContradictions({ scenarios, stopped }: ScpValues): string[] {
  const names: readonly string[] = scenarios.map(({ name }) => name)
  const strangers = stopped
    .filter(name => !names.includes(name))
    .map(name => `MCSCP_SERVICES_STOPPED=${name}: must be none, or some of ${names.join(', ')}`)
  const unreadable = scenarios.flatMap(({ name, file }) =>
    file === undefined || canBeRead(file)
      ? []
      : [`MCSCP_SCENARIOS: ${name}: there is no file ${file} that can be read`],
  )
  return [...strangers, ...unreadable]
}

function canBeRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** What decides charges, as the settings have it. */
export const policyOf = (values: ScpValues): ChargePolicy => ({
  cap: { monthCap: yen(values.monthCap) },
  credit: { unit: yen(values.unitYen) },
  ...lockLayersOf(values),
})

/** What one person may do in the card office, as the settings have it. */
export const officePolicyOf = (values: ScpValues, home: Home): OfficePolicy => ({
  unlockAlone: values.unlockAlone,
  activateAlone: values.activateAlone,
  tables: ownTables(values.denominations),
  clipFolder: home.guidance,
})

/** scp's store: cards, locks, charges. */
export const scpStore = (home: Home): string => join(home.stores, 'scp.sqlite')

/** Keys that PINs are digested with, owner-only, apart from the store. */
export const pinKeysFile = (home: Home): string => join(home.keys, 'card-pin-keys')

/** Socket of the MSCP, which stands with the switch. */
export const mscpSocket = (home: Home): string => join(home.sockets, 'mls.sock')

/** Socket on which scp answers ivr, noc and the command line. */
export const scpSocket = (home: Home): string => join(home.sockets, 'scp.sock')

import { arisSettings } from '../billing/aris/config.js'
import { billingSettings } from '../billing/config.js'
import { crsContradictions, crsSettings } from '../crs/config.js'
import { mediaContradictions, mediaSettings } from '../engines/media/config.js'
import {
  type EngineName,
  signallingContradictions,
  signallingSettings,
} from '../engines/signalling/config.js'
import { ivrSettings } from '../ivr/config.js'
import { nocContradictions, nocSettings } from '../noc/config.js'
import type { Program } from '../platform/program.js'
import { type Given, readSettings, type Setting, type Settings } from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'
import { scpContradictions, scpSettings } from '../scp/config.js'
import { generatorSettings } from '../switch-sim/generator/config.js'
import { mlsSettings } from '../switch-sim/mls/config.js'
import { withDemonstrationContracts } from './demonstration-contracts.js'

/** A program by its name, loaded only when it is to run, so that none carries the others' packages. */
export interface ProgramEntry {
  readonly name: string
  /** What it is, for `--help`. */
  readonly about: string
  /** The settings that it reads, besides those of the network. */
  readonly settings: Settings
  /** What is wrong between settings that are right one by one, a sentence a mistake. */
  readonly contradictions?: (given: Given) => readonly string[]
  /** Every call to 1400 goes through it: after a fall it starts again before the others. */
  readonly carriesCalls?: true
  /** Names the node, where several of the program may run in a home. */
  readonly node?: Setting<string>
  /** Runs in a session of its own, so that its priority counts against every other process. */
  readonly ownSession?: true
  /** There is no such program where real money is charged. */
  readonly simulationOnly?: true
  load(): Promise<Program>
}

/**
 * The programs of the network in the order they start: engines, then scp before those that it hands on to
 * or that ask it, and the switch behind them, so that nobody can call a network that is not whole. They end
 * in the reverse order.
 */
export const PROGRAMS: readonly ProgramEntry[] = [
  signalling('switch', 'signalling engine of the mobile local switch'),
  signalling('scp', 'signalling engine of scp'),
  {
    name: 'media',
    about: 'media engine: guidance, digits, announcements',
    settings: mediaSettings,
    node: mediaSettings.node,
    contradictions: given => mediaContradictions(readSettings(mediaSettings, given)),
    ownSession: true,
    carriesCalls: true,
    load: async () => (await import('../engines/media/main.js')).mediaProgram,
  },
  {
    name: 'scp',
    about: 'MCSCP: call control, cards, locks, charge log, quarter-hour files',
    settings: scpSettings,
    contradictions: given => scpContradictions(readSettings(scpSettings, given)),
    carriesCalls: true,
    load: async () => (await import('../scp/main.js')).scp,
  },
  {
    name: 'crs',
    about: 'CRS: takes charge records, converts codes, divides by company, hourly files',
    settings: crsSettings,
    contradictions: given => crsContradictions(readSettings(crsSettings, given)),
    load: async () => (await import('../crs/main.js')).crs,
  },
  {
    name: 'ivr',
    about: 'MCSCP-S: what callers hear and key, and the dialogues',
    settings: ivrSettings,
    node: ivrSettings.node,
    carriesCalls: true,
    load: async () => (await import('../ivr/main.js')).ivr,
  },
  {
    name: 'aris',
    about: 'ARIS: what subscribers may ask of their charges and bills',
    settings: arisSettings,
    load: async () => (await import('../billing/aris/main.js')).aris,
  },
  {
    name: 'billing',
    about: 'MB: exchange with CRS, contracts, ledger, application to invoices',
    settings: billingSettings,
    load: async () => withDemonstrationContracts((await import('../billing/main.js')).billing),
  },
  {
    name: 'noc',
    about: 'MCSCP-O: the operators’ screens, charge traffic and its history',
    settings: nocSettings,
    contradictions: given => nocContradictions(readSettings(nocSettings, given)),
    load: async () => (await import('../noc/main.js')).noc,
  },
  {
    name: 'mls',
    about: 'mobile local switch: registrar, identity, permission, announcements',
    settings: mlsSettings,
    carriesCalls: true,
    load: async () => (await import('../switch-sim/mls/main.js')).mls,
  },
  {
    name: 'generator',
    about: 'traffic generator: callers by the number, in a simulation only',
    settings: generatorSettings,
    simulationOnly: true,
    load: async () => (await import('../switch-sim/generator/main.js')).generatorProgram,
  },
]

/** The programs that a network runs, by its settings: without those of a simulation where it is none. */
export function programsOf(given: Given): readonly ProgramEntry[] {
  const { simulation } = readSettings({ simulation: simulationSetting }, given)
  return PROGRAMS.filter(({ simulationOnly }) => simulation || !simulationOnly)
}

function signalling(engine: EngineName, about: string): ProgramEntry {
  const settings = signallingSettings(engine)
  return {
    name: `${engine}-signalling`,
    about,
    settings,
    contradictions: given => signallingContradictions(engine, readSettings(settings, given)),
    carriesCalls: true,
    load: async () => (await import('../engines/signalling/main.js')).signallingProgram(engine),
  }
}

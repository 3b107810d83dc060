import type { Program } from '../platform/program.js'

/** A program by its name, loaded only when it is to run, so that none carries the others' packages. */
export interface ProgramEntry {
  readonly name: string
  /** What it is, for `--help`. */
  readonly about: string
  /** Runs in a session of its own, so that its priority counts against every other process. */
  readonly ownSession?: true
  load(): Promise<Program>
}

/**
 * The programs of the network in the order they start: engines, then scp before ivr that asks it, and the
 * switch last, so that nobody can call a network that is not whole. They end in the reverse order.
 */
export const PROGRAMS: readonly ProgramEntry[] = [
  {
    name: 'switch-signalling',
    about: 'signalling engine of the mobile local switch',
    load: async () => (await import('../engines/signalling/main.js')).signallingProgram('switch'),
  },
  {
    name: 'scp-signalling',
    about: 'signalling engine of scp',
    load: async () => (await import('../engines/signalling/main.js')).signallingProgram('scp'),
  },
  {
    name: 'media',
    about: 'media engine: guidance, digits, announcements',
    ownSession: true,
    load: async () => (await import('../engines/media/main.js')).mediaProgram,
  },
  {
    name: 'scp',
    about: 'MCSCP: call control, cards, locks, charge log, quarter-hour files',
    load: async () => (await import('../scp/main.js')).scp,
  },
  {
    name: 'ivr',
    about: 'MCSCP-S: what callers hear and key, and the dialogues',
    load: async () => (await import('../ivr/main.js')).ivr,
  },
  {
    name: 'mls',
    about: 'mobile local switch: registrar, identity, permission, announcements',
    load: async () => (await import('../switch-sim/mls/main.js')).mls,
  },
]

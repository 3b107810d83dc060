import type { Program } from '../platform/program.js'

/** A program by its name, loaded only when it is to run, so that none carries the others' packages. */
export interface ProgramEntry {
  readonly name: string
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
    load: async () => (await import('../engines/signalling/main.js')).signallingProgram('switch'),
  },
  {
    name: 'scp-signalling',
    load: async () => (await import('../engines/signalling/main.js')).signallingProgram('scp'),
  },
  {
    name: 'media',
    ownSession: true,
    load: async () => (await import('../engines/media/main.js')).mediaProgram,
  },
  { name: 'scp', load: async () => (await import('../scp/main.js')).scp },
  { name: 'ivr', load: async () => (await import('../ivr/main.js')).ivr },
  { name: 'mls', load: async () => (await import('../switch-sim/mls/main.js')).mls },
]

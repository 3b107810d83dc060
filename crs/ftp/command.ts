/** How far a connection has come. Each state may do what those before it may. */
export const STAGES = ['plain', 'secured', 'logged_in'] as const
export type Stage = (typeof STAGES)[number]

/**
 * The commands that CRS's server knows (docs/formats/exchange.md), each from which stage on: before TLS
 * nothing is read but AUTH, FEAT and QUIT.
 */
// biome-ignore format: table
export const NEEDED_STAGE = {
  AUTH: 'plain',     // RFC 4217 §4
  FEAT: 'plain',     // RFC 2389 §3
  QUIT: 'plain',
  USER: 'secured',
  PASS: 'secured',
  PBSZ: 'secured',   // RFC 4217 §8
  PROT: 'secured',   // RFC 4217 §9
  NOOP: 'secured',
  TYPE: 'logged_in',
  PASV: 'logged_in',
  EPSV: 'logged_in', // RFC 2428 §3
  STOR: 'logged_in',
  RETR: 'logged_in',
  NLST: 'logged_in',
  SIZE: 'logged_in', // RFC 3659 §4
  RNFR: 'logged_in',
  RNTO: 'logged_in',
  CWD:  'logged_in',
  PWD:  'logged_in',
} as const satisfies Record<string, Stage>

export type Verb = keyof typeof NEEDED_STAGE

export interface Command {
  readonly verb: Verb
  /** What stands after the verb and one space; empty for nothing. */
  readonly argument: string
}

/** Reads a line of a client; `undefined` when it is none of the commands. */
export function parseCommand(line: string): Command | undefined {
  const [, word = '', argument = ''] = /^([A-Za-z]{3,4})(?: (.*))?$/.exec(line) ?? []
  const verb = word.toUpperCase()
  return isVerb(verb) ? { verb, argument } : undefined
}

const isVerb = (word: string): word is Verb => Object.hasOwn(NEEDED_STAGE, word)

/** Whether a connection has come far enough for a command. */
export const isAllowed = (verb: Verb, stage: Stage): boolean =>
  STAGES.indexOf(stage) >= STAGES.indexOf(NEEDED_STAGE[verb])

/** Folders and names on the way from the root, `..` taken out; RFC 959 leaves their form to the server. */
export function resolvePath(from: readonly string[], path: string): readonly string[] {
  const names = path.startsWith('/') ? [] : [...from]
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}

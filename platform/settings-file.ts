import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { Fault, systemErrorCode } from './fault.js'
import type { Given } from './settings.js'

/** What is given in place of defaults, and by what. */
export interface GivenTexts {
  /** The texts in force: mcscp.conf, and over it the environment. */
  readonly given: Given
  /** Those of mcscp.conf. */
  readonly inFile: Given
  /** What of mcscp.conf cannot be understood, a sentence a mistake. */
  readonly mistakes: readonly string[]
}

/** Reads mcscp.conf, where there is one, and the environment. Throws `FILE_UNREADABLE`. */
export function givenTexts(file: string, environment: Given): GivenTexts {
  const lines = textOf(file).split('\n')
  // A line that sets nothing would become part of the name that the next one sets.
  const inFile = parseEnv(lines.filter(line => NAMED.test(line)).join('\n'))
  const fromEnvironment = Object.entries(environment).filter(([name]) => name.startsWith('MCSCP_'))
  return {
    given: { ...inFile, ...Object.fromEntries(fromEnvironment) },
    inFile,
    mistakes: mistakesInLines(file, lines),
  }
}

/** A line that sets something, as a shell would read it. */
const NAMED = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new Fault('FILE_UNREADABLE', `The settings in ${file} cannot be read: ${code}.`, {
      cause,
    })
  }
}

/** A line that sets nothing, and a name that is set again, would otherwise be passed over in silence. */
function mistakesInLines(file: string, lines: readonly string[]): string[] {
  const lineOf = new Map<string, number>()
  return lines.flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return []
    const name = NAMED.exec(line)?.[1]
    const number = index + 1
    if (name === undefined) return [`${file}, line ${number}: must be NAME=value`]
    const before = lineOf.get(name)
    lineOf.set(name, number)
    return before === undefined
      ? []
      : [`${name}: is set twice, in lines ${before} and ${number} of ${file}`]
  })
}

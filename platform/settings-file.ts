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
  const text = textOf(file)
  const inFile = parseEnv(text)
  const fromEnvironment = Object.entries(environment).filter(([name]) => name.startsWith('MCSCP_'))
  return {
    given: { ...inFile, ...Object.fromEntries(fromEnvironment) },
    inFile,
    mistakes: mistakesInLines(file, text),
  }
}

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
function mistakesInLines(file: string, text: string): string[] {
  const lineOf = new Map<string, number>()
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return []
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1]
    const number = index + 1
    if (name === undefined) return [`${file}, line ${number}: must be NAME=value`]
    const before = lineOf.get(name)
    lineOf.set(name, number)
    return before === undefined
      ? []
      : [`${name}: is set twice, in lines ${before} and ${number} of ${file}`]
  })
}

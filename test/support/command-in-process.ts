import type { Test } from 'tap'
import { commandLine } from '../../mcscp/command-line.js'
import { Fault } from '../../platform/fault.js'
import { homeAt } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'

/** Gives a command in this process, as `mcscp` does, and tells what it printed. */
export async function commandInProcess(t: Test, given: Given, ...words: string[]) {
  const printed = t.capture(console, 'log')
  const told = () => printed().map(({ args }) => `${args.join(' ')}\n`)
  const surroundings = { home: () => homeAt(given.MCSCP_HOME ?? ''), given: () => given }
  try {
    await (await commandLine(surroundings, words[0])).parseAsync(words, { from: 'user' })
    return { complaint: '', told: told().join('') }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { complaint: error.advice, told: told().join('') }
  } finally {
    printed.restore()
  }
}

import { Command } from 'commander'
import { billingCommands } from '../../billing/commands/billing-commands.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'

/** What `mcscp billing` with these words prints, or how it is refused, in this process. */
export async function billingSays(home: Home, ...words: readonly string[]): Promise<string> {
  const printed: string[] = []
  const { log, error } = console
  const print = (...line: unknown[]) => void printed.push(line.join(' '))
  Object.assign(console, { log: print, error: print })
  try {
    const command = new Command('billing').exitOverride()
    for (const one of billingCommands({ home: () => home, given: () => ({}) }))
      command.addCommand(one)
    await command.parseAsync([...words], { from: 'user' })
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    printed.push(`${cause.code}: ${cause.message}`)
  } finally {
    Object.assign(console, { log, error })
    process.exitCode = 0
  }
  return printed.join('\n')
}

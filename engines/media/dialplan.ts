import { invalidSettings } from '../../platform/settings.js'
import type { Action } from './channel/channel.js'

/** What is done with calls to a destination. */
export interface DialplanEntry {
  /** Source of a regular expression that the whole destination must match. */
  readonly destination: string
  /** Applications in order; `$1` to `$9` in an argument are the groups of the expression. */
  readonly actions: readonly Action[]
}

/** Finds the actions for what was dialled; `undefined` when nothing is dialled so. */
export type Dialplan = (destination: string) => readonly Action[] | undefined

/** What a caller dialled may stand in an argument only if it can be no path, no variable, no second word. */
const HARMLESS = /^(?!.*\.\.)[\w.+*#-]*$/

/** A dialplan of entries, the first that matches being taken. Throws `SETTINGS_INVALID` for a wrong one. */
export function compileDialplan(entries: readonly DialplanEntry[]): Dialplan {
  const compiled = entries.map(({ destination, actions }) => ({
    expression: compileExpression(destination),
    actions,
  }))
  return dialled => {
    for (const { expression, actions } of compiled) {
      const match = expression.exec(dialled)
      if (!match?.slice(1).every(group => HARMLESS.test(group ?? ''))) continue
      return actions.map(([application, argument]) => [application, withGroups(argument, match)])
    }
    return undefined
  }
}

function compileExpression(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch (error) {
    throw invalidSettings([`dialplan destination ${source}: ${String(error)}`])
  }
}

const withGroups = (argument: string, groups: readonly (string | undefined)[]): string =>
  argument.replace(/\$([1-9])/g, (_, at: string) => groups[Number(at)] ?? '')

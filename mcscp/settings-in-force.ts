import {
  type Given,
  givenSettings,
  invalidSettings,
  type Setting,
  settingMistakes,
} from '../platform/settings.js'
import { networkSettings } from './network-settings.js'
import { PROGRAMS } from './programs.js'

/** A setting with the program that reads it; `network` for those of all. */
export interface OwnedSetting {
  readonly owner: string
  readonly setting: Setting<unknown>
}

/** Every setting of the product, each once: one that several programs read stands with the first. */
export async function allSettings(): Promise<OwnedSetting[]> {
  const own = (owner: string, settings: Readonly<Record<string, Setting<unknown>>>) =>
    Object.values(settings).map(setting => ({ owner, setting }))
  const owned = own('network', networkSettings)
  for (const { name, load } of PROGRAMS) owned.push(...own(name, (await load()).settings))
  const names = new Set<string>()
  return owned.filter(({ setting }) => !names.has(setting.name) && names.add(setting.name))
}

/**
 * Reads all settings of all programs once before any starts. Throws one `SETTINGS_INVALID` with every
 * mistake: bad values, and names that are no setting's.
 */
export async function checkSettings(settingsFile: string, environment: Given): Promise<Given> {
  const given = givenSettings(settingsFile, environment)
  const owned = await allSettings()
  const table = Object.fromEntries(owned.map(({ setting }) => [setting.name, setting]))
  const strangers = Object.keys(given)
    .filter(name => !(name in table))
    .map(name => `${name}: there is no such setting${suggestion(name, Object.keys(table))}`)
  const mistakes = [...settingMistakes(table, given), ...strangers]
  if (mistakes.length > 0) throw invalidSettings(mistakes)
  return given
}

/** The setting's name that differs least, when it differs little. */
function suggestion(name: string, known: readonly string[]): string {
  const nearest = known
    .map(other => ({ other, distance: distanceBetween(name, other) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return nearest && nearest.distance <= 3 ? `; did you mean ${nearest.other}?` : ''
}

/** Levenshtein distance: insertions, deletions and changes that lead from one text to the other. */
function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...to].entries()) {
      const change = (row[j] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

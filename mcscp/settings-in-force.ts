import { basename } from 'node:path'
import { personSettings } from '../platform/person-settings.js'
import {
  type Given,
  invalidSettings,
  type Setting,
  type Settings,
  settingMistakes,
} from '../platform/settings.js'
import { type GivenTexts, givenTexts } from '../platform/settings-file.js'
import { handsetSettings } from '../switch-sim/handset/config.js'
import { networkSettings } from './network-settings.js'
import { PROGRAMS, type ProgramEntry } from './programs.js'

/** A setting with all that read it: programs, commands, or `network` for every one of them. */
export interface ReadSetting {
  readonly setting: Setting<unknown>
  readonly readBy: readonly [string, ...string[]]
}

/** Who reads which settings, programs in the order they start. */
export const READERS: readonly { readonly name: string; readonly settings: Settings }[] = [
  { name: 'network', settings: networkSettings },
  ...PROGRAMS,
  { name: 'call', settings: handsetSettings },
  { name: 'load', settings: handsetSettings },
  { name: 'commands with --as', settings: personSettings },
]

/** Every setting of the product, each once, in the order of those who read it first. */
export function allSettings(): ReadSetting[] {
  const byName = new Map<string, ReadSetting>()
  for (const { name: reader, settings } of READERS) {
    for (const setting of Object.values(settings)) {
      const known = byName.get(setting.name)
      const readBy = known ? ([...known.readBy, reader] as const) : ([reader] as const)
      byName.set(setting.name, { setting: known?.setting ?? setting, readBy })
    }
  }
  return [...byName.values()]
}

/**
 * Reads all settings of all programs once before any starts. Throws one `SETTINGS_INVALID` with every
 * mistake: lines that set nothing, bad values, values that contradict each other, and names that are no
 * setting's.
 */
export function checkAllSettings(settingsFile: string, environment: Given): GivenTexts {
  const texts = givenTexts(settingsFile, environment)
  const names = allSettings().map(({ setting }) => setting.name)
  const strangers = Object.keys(texts.given)
    .filter(name => !names.includes(name))
    .map(name => `${name}: there is no such setting${suggestion(name, names)}`)
  refuse([...mistakesOf(PROGRAMS, texts, settingsFile), ...strangers])
  return texts
}

/** Reads the settings of one program, and refuses them as `checkAllSettings` does. */
export function checkSettings(
  program: ProgramEntry,
  settingsFile: string,
  environment: Given,
): Given {
  const texts = givenTexts(settingsFile, environment)
  refuse(mistakesOf([program], texts, settingsFile))
  return texts.given
}

/** Each mistake once, also where several programs read the setting. */
function mistakesOf(
  programs: readonly ProgramEntry[],
  { given, inFile, mistakes }: GivenTexts,
  settingsFile: string,
): string[] {
  const misplaced = Object.values(networkSettings)
    .filter(({ name, only }) => only === 'environment' && inFile[name] !== undefined)
    .map(
      ({ name }) =>
        `${name}: can be set in the environment alone, not in ${basename(settingsFile)}`,
    )
  const ofPrograms = programs.flatMap(program => {
    const own = settingMistakes(program.settings, given)
    return own.length > 0 ? own : (program.contradictions?.(given) ?? [])
  })
  return [
    ...new Set([
      ...mistakes,
      ...misplaced,
      ...settingMistakes(networkSettings, given),
      ...ofPrograms,
    ]),
  ]
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw invalidSettings(mistakes)
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

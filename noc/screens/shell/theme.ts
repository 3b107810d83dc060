import { Kept } from './kept.js'

/** Light or dark, or as the machine has it. */
export const chosenTheme = new Kept('mcscp-theme', ['auto', 'light', 'dark'])

const machineIsDark = matchMedia('(prefers-color-scheme: dark)')

/** Told when the colours are others. */
const listeners = new Set<() => void>()

/** Puts the theme on the page, now and at each change of it. */
export function wearTheme(): void {
  const wear = () => {
    const chosen = chosenTheme.now
    document.documentElement.dataset.theme =
      chosen === 'auto' ? (machineIsDark.matches ? 'dark' : 'light') : chosen
    for (const listener of listeners) listener()
  }
  wear()
  chosenTheme.listen(wear)
  machineIsDark.addEventListener('change', wear)
}

/** Tells of each change of the colours until the answer is called. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

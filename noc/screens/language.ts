import type { ScreenLanguage, Text } from '../traffic/columns.js'

/** Where the choice is kept, in this browser alone. */
const KEPT_AS = 'mcscp-language'

/** Told of each change, and once at the beginning. */
type Told = (language: ScreenLanguage) => void

let chosen: ScreenLanguage = localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'ja'

export const language = (): ScreenLanguage => chosen

/** Writes a text in the chosen language. */
export const say = (text: Text): string => text[chosen]

/**
 * Fills every element that names a text by `data-text`, or a label by `data-label`, now and whenever the
 * switch is used. `told` does the rest.
 */
export function speak(texts: Readonly<Record<string, Text>>, told: Told): void {
  const tell = () => {
    document.documentElement.lang = chosen
    for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
      element.textContent = texts[element.dataset.text ?? '']?.[chosen] ?? ''
    }
    for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
      const label = texts[element.dataset.label ?? '']?.[chosen] ?? ''
      element.setAttribute('aria-label', label)
      if (element instanceof HTMLButtonElement) element.title = label
    }
    for (const button of languageSwitch()) {
      button.setAttribute('aria-pressed', `${button.dataset.language === chosen}`)
    }
    told(chosen)
  }
  for (const button of languageSwitch()) {
    button.addEventListener('click', () => {
      chosen = button.dataset.language === 'en' ? 'en' : 'ja'
      localStorage.setItem(KEPT_AS, chosen)
      tell()
    })
  }
  tell()
}

const languageSwitch = () => document.querySelectorAll<HTMLButtonElement>('button[data-language]')

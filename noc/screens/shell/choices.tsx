import type { ScreenLanguage } from '../../traffic/columns.js'
import { useKept } from './kept.js'
import { chosenLanguage, say } from './language.js'
import { TEXTS } from './shell-texts.js'
import { chosenTheme } from './theme.js'

/** Each language by its own name. */
const LANGUAGES: readonly (readonly [ScreenLanguage, name: string])[] = [
  ['ja', '日本語'],
  ['en', 'English'],
]

/** The switch between the two languages. */
export function LanguageChoice() {
  const chosen = useKept(chosenLanguage)
  return (
    <fieldset class="languages" aria-label={say(TEXTS.language)}>
      {LANGUAGES.map(([language, name]) => (
        <button
          key={language}
          type="button"
          lang={language}
          data-language={language}
          aria-pressed={language === chosen}
          onClick={() => chosenLanguage.choose(language)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  )
}

const MARKS = { auto: '◐', light: '☀', dark: '☾' } as const

/** Goes from one choice of colours to the next. */
export function ThemeChoice() {
  const theme = useKept(chosenTheme)
  const name = `${say(TEXTS.theme)}: ${say(TEXTS[theme])}`
  return (
    <button
      type="button"
      class="quiet"
      id="theme"
      title={name}
      aria-label={name}
      onClick={() => chosenTheme.next()}
    >
      <span aria-hidden="true">{MARKS[theme]}</span>
    </button>
  )
}

import { useEffect, useRef } from 'preact/hooks'
import type { Text } from '../../traffic/columns.js'
import { LanguageChoice } from '../shell/choices.js'
import { useKept } from '../shell/kept.js'
import { chosenLanguage, say } from '../shell/language.js'
import { TEXTS as SHELL_TEXTS } from '../shell/shell-texts.js'
import '../shell/base.css'
import '../parts/notices.css'
import './login.css'

const TEXTS = {
  title: { ja: 'ログイン', en: 'Log in' },
  account: { ja: 'アカウント', en: 'Account' },
  password: { ja: 'パスワード', en: 'Password' },
  hint: {
    ja: 'お試しのアカウントとパスワードは、npm start の画面に表示されます。',
    en: 'npm start prints the demonstration account and its password.',
  },
  wrong: {
    ja: 'アカウントまたはパスワードが違います。',
    en: 'The account or the password is wrong.',
  },
} as const satisfies Record<string, Text>

const throttled = (seconds: number): Text => ({
  ja: `試行が多すぎます。${seconds} 秒後にもう一度お試しください。`,
  en: `Too many tries. Try again in ${seconds} s.`,
})

/** What the last try came to, as the server led here. */
function failure(): Text | undefined {
  const asked = new URLSearchParams(location.search)
  switch (asked.get('failed')) {
    case 'wrong':
      return TEXTS.wrong
    case 'throttled':
      return throttled(Number(asked.get('wait')) || 60)
    default:
      return undefined
  }
}

/** The log-in: a plain form, so that a browser can keep the password. */
export function LoginPage() {
  const language = useKept(chosenLanguage)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  useEffect(() => {
    document.documentElement.lang = language
    document.title = `${say(TEXTS.title)} · mcscp`
  }, [language])
  const failed = failure()
  return (
    <main class="login">
      <div class="login-card">
        <header>
          <img src="/icon.svg" alt="" width="40" height="40" />
          <div>
            <h1>MCSCP</h1>
            <p>{say(SHELL_TEXTS.service)}</p>
          </div>
        </header>
        {failed && (
          <p id="failure" class="failure" role="alert">
            {say(failed)}
          </p>
        )}
        <form method="post" action="/login">
          <label>
            <span>{say(TEXTS.account)}</span>
            <input
              ref={first}
              name="account"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              maxLength={64}
              required
            />
          </label>
          <label>
            <span>{say(TEXTS.password)}</span>
            <input
              name="password"
              type="password"
              autocomplete="current-password"
              maxLength={128}
              required
            />
          </label>
          <button type="submit" class="primary">
            {say(TEXTS.title)}
          </button>
        </form>
        <footer>
          <p>{say(TEXTS.hint)}</p>
          <LanguageChoice />
        </footer>
      </div>
    </main>
  )
}

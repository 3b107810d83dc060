import type { Text } from '../traffic/columns.js'
import { say, speak } from './language.js'

const TEXTS = {
  title: { ja: 'ログイン', en: 'Log in' },
  service: {
    ja: 'カードサービス制御装置 オペレーション',
    en: 'Card service control point, operations',
  },
  account: { ja: 'アカウント', en: 'Account' },
  password: { ja: 'パスワード', en: 'Password' },
  submit: { ja: 'ログイン', en: 'Log in' },
  hint: {
    ja: 'お試しのアカウントとパスワードは、npm start の画面に表示されます。',
    en: 'npm start prints the demonstration account and its password.',
  },
} as const satisfies Record<string, Text>

const WRONG: Text = {
  ja: 'アカウントまたはパスワードが違います。',
  en: 'The account or the password is wrong.',
}

const throttled = (seconds: string): Text => ({
  ja: `試行が多すぎます。${seconds} 秒後にもう一度お試しください。`,
  en: `Too many tries. Try again in ${seconds} s.`,
})

/** What the last try came to, as the server led here. */
function failure(): Text | undefined {
  const asked = new URLSearchParams(location.search)
  switch (asked.get('failed')) {
    case 'wrong':
      return WRONG
    case 'throttled':
      return throttled(`${Number(asked.get('wait')) || 60}`)
    default:
      return undefined
  }
}

document.querySelector<HTMLInputElement>('input[name=account]')?.focus()

speak(TEXTS, () => {
  document.title = `${say(TEXTS.title)} · mcscp`
  const failed = failure()
  const message = document.querySelector<HTMLElement>('#failure')
  if (!message) return
  message.hidden = failed === undefined
  message.textContent = failed ? say(failed) : ''
})

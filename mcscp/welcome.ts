import { parseMsisdn } from '../domain/msisdn.js'
import { DEMONSTRATION_OFFICE, demonstrationAccount } from '../noc/accounts/demonstration.js'
import { demonstrationAccountFile } from '../noc/config.js'
import type { Home } from '../platform/home.js'
import { demonstrationCards } from '../scp/cards/clear-file.js'
import {
  demonstrationPassword,
  demonstrationPasswords,
} from '../switch-sim/mls/subscribers/demonstration.js'

/** Numbers that the welcome shows: phones of the first class of Table 1. */
const SHOWN = ['09010000001', '09010000002']

/** Demonstration cards that the welcome shows. */
const CARDS_SHOWN = 5

/** Finds out before anything starts whether what the welcome shows can be read. Throws `KEY_FILE_EXPOSED`. */
export function checkWelcome(home: Home): void {
  demonstrationPasswords(home)
  demonstrationCards(home)
  demonstrationAccount(home)
}

/** What a person needs to place the first call, in plain words, Japanese first. */
export function welcome(
  home: Home,
  listening: ReadonlyMap<string, Readonly<Record<string, string>>>,
): string {
  const sip = listening.get('switch-signalling')?.sip ?? ''
  const page = listening.get('aris')?.page
  return [
    '',
    'ネットワークが動いています。 The network is running.',
    '',
    '電話機の登録先 Register a softphone at:',
    ...sip.split(', ').map(address => `  ${address}`),
    ...phones(home),
    '',
    '1400 にかけて、カード番号と # を押してください。 Dial 1400, then key a card’s PIN and #.',
    '',
    'お試しのカード Demonstration cards (serial, PIN, yen):',
    ...cards(home).map(line => `  ${line}`),
    '',
    ...screens(home, listening.get('noc')?.screens ?? ''),
    ...(page ? [`契約者の照会ページ Subscribers’ page: ${page}`] : []),
    '',
    `データ Stores and files: ${home.folder}`,
    `ログ Logs: ${home.logs}`,
    '終了は Ctrl-C。 Ctrl-C ends it.',
    '',
  ].join('\n')
}

function phones(home: Home): string[] {
  return SHOWN.flatMap(text => {
    const number = parseMsisdn(text)
    const password = number && demonstrationPassword(home, number)
    return password ? [`  番号 number ${text}   パスワード password ${password}`] : []
  })
}

/** Where the screens are, and who may look at them. */
function screens(home: Home, address: string): string[] {
  const account = demonstrationAccount(home)
  return [
    `運用者の画面 Operators’ screens: ${address}`,
    ...(account ? [`ブラウザの電話機 Phone in the browser: ${address}/phone`] : []),
    ...(account
      ? [
          `  アカウント account ${account.name}   パスワード password ${account.password}`,
          `カード業務の人 People of the card office: ${DEMONSTRATION_OFFICE.join(', ')}`,
          `  パスワード passwords: ${demonstrationAccountFile(home, '<name>')}`,
        ]
      : [
          '  管理者 admin のパスワードは、最初の起動のときに一度だけ表示されます。',
          '  The password of admin is told once, at the first start.',
        ]),
  ]
}

/** The first of the demonstration cards; a network that charges real money has none. */
function cards(home: Home): string[] {
  const lines = demonstrationCards(home)
    .slice(0, CARDS_SHOWN)
    .map(({ serial, pin, faceValue }) => `${serial}  ${pin}  ${faceValue.toLocaleString('ja')} 円`)
  return lines.length > 0 ? lines : ['(none; make some with «mcscp cards issue»)']
}

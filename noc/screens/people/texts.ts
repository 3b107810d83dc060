import type { Text } from '../../traffic/columns.js'

const text = (ja: string, en: string): Text => ({ ja, en })

export const TABS = {
  sessions: text('ログイン中', 'Sessions'),
  accounts: text('アカウント', 'Accounts'),
  groups: text('権限グループ', 'Permission groups'),
  audit: text('監査記録', 'Audit log'),
} as const satisfies Record<string, Text>

export type Tab = keyof typeof TABS

export const TEXTS = {
  which: text('表示', 'Show'),
  account: text('アカウント', 'Account'),
  group: text('権限グループ', 'Permission group'),
  began: text('ログイン', 'Logged in'),
  used: text('最後の操作', 'Last used'),
  own: text('この画面', 'this one'),
  end: text('終了', 'End'),
  endEffect: text(
    'このログインはすぐに終わります。続けるには、もう一度ログインが必要です。',
    'The session is over at once. Who had it has to log in again.',
  ),
  none: text('ありません', 'None'),
  accountsNote: text(
    'アカウントの追加・削除は mcscp noc accounts で行います。1 つのアカウントは 1 つのグループに属します。',
    'Accounts are added and removed by mcscp noc accounts. An account is in one group.',
  ),
  function: text('機能', 'Function'),
  number: text('番号', 'Entry'),
  at: text('時刻', 'Time'),
  person: text('実行者', 'By'),
  act: text('操作', 'Act'),
  outcome: text('結果', 'Outcome'),
  subject: text('対象', 'Subject'),
  reason: text('理由', 'Reason'),
  verify: text('検証する', 'Verify'),
  older: text('さらに前', 'Earlier ones'),
} as const satisfies Record<string, Text>

/** What the verification of the chain came to. */
export const wholeText = (entries: number, hash: string): Text => ({
  ja: `監査記録は完全です: ${entries} 件、${hash}`,
  en: `The log is whole: ${entries} entries, ${hash}`,
})

export const brokenText = (sequence: number): Text => ({
  ja: `監査記録が壊れています: ${sequence} 番から`,
  en: `The log is broken from entry ${sequence} on`,
})

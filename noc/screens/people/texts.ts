import type { Text } from '../../traffic/columns.js'

const text = (ja: string, en: string): Text => ({ ja, en })

export const TABS = {
  sessions: text('ログイン中', 'Sessions'),
  accounts: text('アカウント', 'Accounts'),
  groups: text('権限グループ', 'Permission groups'),
  changes: text('変更の記録', 'Log of changes'),
  audit: text('監査記録', 'Audit log'),
} as const satisfies Record<string, Text>

export type Tab = keyof typeof TABS

export const TEXTS = {
  which: text('表示', 'Show'),
  account: text('アカウント', 'Account'),
  accountName: text('アカウント名', 'Account name'),
  newName: text('新しい名前', 'New name'),
  nameForm: text(
    '半角の英小文字・数字・点・ハイフン、32 文字まで。',
    'Up to 32 of a-z, 0-9, dot and hyphen.',
  ),
  group: text('権限グループ', 'Permission group'),
  groupName: text('グループ名', 'Group name'),
  taken: text('この名前のグループはすでにあります。', 'There is a group of this name.'),
  role: text('職務', 'Role'),
  roleNote: text(
    '承認は職務で分かれます: 同じ職務の人は互いに承認できません。職務に合わない機能は選べません。',
    'Approvals go by the role: people of one role cannot approve for each other. What is kept apart from the role cannot be chosen.',
  ),
  functions: text('機能', 'Functions'),
  people: text('人数', 'Accounts'),
  builtIn: text('標準', 'built in'),
  matrix: text('機能ごとの権限', 'Function by function'),
  routes: text('経路', 'Routes'),
  groupEffect: text(
    'このグループの人のログインはすべて終わります。',
    'The sessions of everybody in this group end.',
  ),
  removeEffect: text('グループがなくなります。', 'The group is gone then.'),
  state: text('状態', 'State'),
  enabled: text('有効', 'Enabled'),
  disabled: text('停止中', 'Disabled'),
  madeAt: text('登録', 'Made'),
  deeds: text('操作', 'Deeds'),
  began: text('ログイン', 'Logged in'),
  used: text('最後の操作', 'Last used'),
  own: text('この画面', 'this one'),
  end: text('終了', 'End'),
  endEffect: text(
    'このログインはすぐに終わります。続けるには、もう一度ログインが必要です。',
    'The session is over at once. Who had it has to log in again.',
  ),
  passwordOf: text('パスワード:', 'Password of'),
  password: text('パスワード', 'Password'),
  passwordOnce: text(
    'このパスワードは二度と表示されません。本人に安全に渡してください。',
    'It is shown this once and kept nowhere. Hand it over safely.',
  ),
  close: text('閉じる', 'Close'),
  none: text('ありません', 'None'),
  accountsNote: text(
    '1 つのアカウントは 1 つのグループに属します。同じ操作は mcscp noc accounts でもできます。',
    'An account is in one group. The same can be done by mcscp noc accounts.',
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

export const ACCOUNT_TEXTS = {
  add: text('アカウントを登録', 'Make an account'),
  group: text('グループ変更', 'Change group'),
  password: text('パスワード再発行', 'New password'),
  rename: text('名前変更', 'Rename'),
  disable: text('停止', 'Disable'),
  enable: text('再開', 'Enable'),
} as const satisfies Record<string, Text>

/** What each comes to, before it is confirmed. */
export const ACCOUNT_EFFECTS: Readonly<Record<keyof typeof ACCOUNT_TEXTS, Text>> = {
  add: text(
    'パスワードは自動で作られ、次の画面で一度だけ表示されます。',
    'A password is drawn and shown once, on the next screen.',
  ),
  group: text(
    'できることが変わります。ログイン中であれば、すぐに終わります。',
    'What the account may do is another thing then. Its sessions end at once.',
  ),
  password: text(
    '今のパスワードは使えなくなり、新しいものが次の画面で一度だけ表示されます。ログイン中であれば、すぐに終わります。',
    'The password is no good any more; a new one is shown once, on the next screen. Sessions end at once.',
  ),
  rename: text(
    '前の名前は、ほかの誰にも使われません。ログイン中であれば、すぐに終わります。',
    'Nobody else is ever called as it was. Its sessions end at once.',
  ),
  disable: text(
    'ログインできなくなります。ログイン中であれば、すぐに終わります。記録は残ります。',
    'It cannot log in any more, and its sessions end at once. What it did stays on record.',
  ),
  enable: text(
    '前と同じパスワードでログインできるようになります。',
    'It can log in again, with the password that it had.',
  ),
}

export const GROUP_TEXTS = {
  add: text('グループを登録', 'Make a group'),
  change: text('変更', 'Change'),
  remove: text('削除', 'Remove'),
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

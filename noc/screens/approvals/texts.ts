import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  list: { ja: '承認の一覧', en: 'Approvals' },
  which: { ja: '表示', en: 'Show' },
  waiting: { ja: '承認待ち', en: 'Waiting' },
  all: { ja: 'すべて', en: 'All' },
  number: { ja: '番号', en: 'Number' },
  what: { ja: '操作', en: 'What' },
  asked: { ja: '依頼', en: 'Asked' },
  until: { ja: '期限', en: 'Until' },
  state: { ja: '状態', en: 'State' },
  approve: { ja: '承認', en: 'Approve' },
  refuse: { ja: '却下', en: 'Refuse' },
  withdraw: { ja: '取り下げ', en: 'Withdraw' },
  changed: { ja: '依頼の後に内容が変わっています', en: 'It has changed since it was asked for' },
  binds: {
    ja: '承認は、いま見えている内容(SHA-256)だけに効きます。',
    en: 'The decision is for exactly what is seen here, by its SHA-256.',
  },
  noneTitle: { ja: '承認待ちの操作はありません', en: 'Nothing waits for approval' },
} as const satisfies Record<string, Text>

export const STATE_TEXTS: Readonly<Record<string, Text>> = {
  waiting: { ja: '承認待ち', en: 'Waiting' },
  performed: { ja: '実行済み', en: 'Performed' },
  refused: { ja: '却下', en: 'Refused' },
  withdrawn: { ja: '取り下げ', en: 'Withdrawn' },
  expired: { ja: '期限切れ', en: 'Expired' },
}

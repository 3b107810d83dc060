import type { Text } from '../../traffic/columns.js'

/** What became of a card number, as the log has it (Table 5). */
export const OUTCOME_TEXTS: Readonly<Record<string, Text>> = {
  redeemed: { ja: '登録', en: 'Charged' },
  unknown: { ja: '不明番号', en: 'Unknown' },
  used: { ja: '使用済', en: 'Used' },
  own_card: { ja: '本人が登録済み', en: 'Own card again' },
  not_active: { ja: '未有効・停止', en: 'Not active' },
  expired: { ja: '期限切れ', en: 'Expired' },
  over_month_cap: { ja: '上限超過', en: 'Over cap' },
  locked: { ja: '規制中', en: 'Locked' },
  card_locked: { ja: 'カード規制中', en: 'Card locked' },
  must_wait: { ja: '全体ブレーキ中', en: 'Brake' },
  abandoned: { ja: '途中切断', en: 'Abandoned' },
}

export const TEXTS = {
  number: { ja: '電話番号', en: 'Number' },
  serial: { ja: 'シリアル番号', en: 'Serial number' },
  call: { ja: '呼(Call-ID)', en: 'Call (Call-ID)' },
  from: { ja: '開始', en: 'From' },
  to: { ja: '終了', en: 'To' },
  outcome: { ja: '結果', en: 'Result' },
  any: { ja: 'すべて', en: 'Any' },
  search: { ja: '検索', en: 'Search' },
  clear: { ja: '条件を消す', en: 'Clear' },
  at: { ja: '時刻', en: 'Time' },
  kind: { ja: '種別', en: 'Kind' },
  value: { ja: '金額', en: 'Value' },
  yen: { ja: '円', en: 'yen' },
  lockedHere: { ja: '規制', en: 'locked' },
  list: { ja: 'チャージ操作ログ', en: 'Charge-operation log' },
  noneTitle: { ja: '該当する操作はありません', en: 'No entry matches' },
  noneText: { ja: '条件をゆるめてください。', en: 'Ask for less.' },
  more: { ja: 'さらに前', en: 'Earlier ones' },
  masked: {
    ja: '電話番号の一部は、この権限では表示されません。',
    en: 'Your role does not see whole numbers.',
  },
} as const satisfies Record<string, Text>

import type { Text } from '../traffic/columns.js'

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

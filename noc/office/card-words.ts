import type { Text } from '../traffic/columns.js'

const text = (ja: string, en: string): Text => ({ ja, en })

/** Where a card or a batch stands. */
export const STATE_TEXTS: Readonly<Record<string, Text>> = {
  planned: text('計画', 'Planned'),
  generated: text('生成済', 'Generated'),
  exported: text('引渡済', 'Exported'),
  delivered: text('納品済', 'Delivered'),
  active: text('有効', 'Active'),
  used: text('使用済', 'Used'),
  frozen: text('凍結', 'Frozen'),
  expired: text('期限切れ', 'Expired'),
  void: text('無効', 'Void'),
  refunded: text('払戻済', 'Refunded'),
}

/** What a batch is made for. */
export const KIND_TEXTS: Readonly<Record<string, Text>> = {
  commercial: text('販売用', 'For sale'),
  imported: text('他社製造', 'Imported'),
  demonstration: text('デモ用', 'Demonstration'),
}

/** What is counted of cards in the liability report. */
export type LiabilityColumn =
  | 'issued'
  | 'spoiled'
  | 'delivered'
  | 'activated'
  | 'charged'
  | 'refunded'
  | 'voided'
  | 'expired'
  | 'outstanding'

/** The columns of the liability report, in the order of a card's life. */
export const LIABILITY_TEXTS: Readonly<Record<LiabilityColumn, Text>> = {
  issued: text('発行', 'Issued'),
  spoiled: text('損紙', 'Spoiled'),
  delivered: text('納品', 'Delivered'),
  activated: text('有効化', 'Activated'),
  charged: text('登録', 'Charged'),
  refunded: text('払戻', 'Refunded'),
  voided: text('無効', 'Void'),
  expired: text('期限切れ', 'Expired'),
  outstanding: text('残高', 'Outstanding'),
}

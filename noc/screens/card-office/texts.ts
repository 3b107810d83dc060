import type { BatchActName, RangeActName } from '../../office/card-office-acts.js'
import type { Text } from '../../traffic/columns.js'

const text = (ja: string, en: string): Text => ({ ja, en })

export const TEXTS = {
  which: text('表示', 'Show'),
  batches: text('バッチ', 'Batches'),
  liability: text('カード債務', 'Liability'),
  find: text('シリアル番号', 'Serial number'),
  show: text('表示', 'Show'),
  newBatch: text('バッチを計画', 'Plan a batch'),
  back: text('一覧へ', 'To the list'),
  list: text('バッチの一覧', 'Batches'),
  number: text('番号', 'Batch'),
  kind: text('種別', 'Kind'),
  state: text('状態', 'State'),
  faceValue: text('額面', 'Face value'),
  count: text('枚数', 'Cards'),
  total: text('総額', 'Total'),
  serials: text('シリアル番号', 'Serial numbers'),
  stand: text('カードの状態', 'Where its cards stand'),
  distributor: text('納品先', 'Distributor'),
  design: text('デザイン', 'Design'),
  usableThrough: text('有効期限', 'Usable through'),
  withoutEnd: text('期限なし', 'without end'),
  pinLength: text('カード番号の桁数', 'Digits of the PIN'),
  maker: text('カード製造者の公開鍵', 'The card maker’s public key'),
  printed: text('生成 = 印刷 + 損紙', 'Generated = printed + spoiled'),
  noneTitle: text('バッチはまだありません', 'There are no batches yet'),
  noneText: text(
    'カード発行の担当者が計画すると、ここに並びます。',
    'They stand here once a card issuer has planned one.',
  ),
  files: text('印刷ファイル(暗号化済み)', 'Print files, encrypted'),
  file: text('ファイル', 'File'),
  bytes: text('バイト', 'Bytes'),
  history: text('経緯', 'History'),
  at: text('時刻', 'Time'),
  act: text('操作', 'Act'),
  cards: text('対象', 'Cards'),
  change: text('変化', 'Change'),
  who: text('実行者', 'By'),
  reason: text('理由', 'Reason'),
  wholeBatch: text('バッチ', 'the batch'),
  approvedBy: text('承認', 'approved by'),
  used: text('使用', 'Used'),
  extended: text('延長済み', 'extended once'),
  ofBatch: text('バッチ', 'Batch'),
  first: text('最初のシリアル番号', 'First serial number'),
  last: text('最後のシリアル番号', 'Last serial number'),
  effect: text('実行するとこうなります', 'What it will do'),
  left: text('そのまま', 'Left as they are'),
  needsApproval: text(
    '別の権限の人が承認すると実行されます。',
    'It is done once another person with another role approves it.',
  ),
  atOnce: text('すぐに実行されます。', 'It is done at once.'),
  weighing: text('確かめています', 'Being weighed'),
  recipient: text('公開鍵(age1…)', 'Public key, age1…'),
  handedTo: text('引渡先', 'Handed over to'),
  generateEffect: text(
    'カード番号を引き、この鍵でしか読めない印刷ファイルへ直接書き込みます。番号はどこにも保存されません。',
    'The numbers are drawn straight into print files that only this key can read. They are kept nowhere else.',
  ),
  exportEffect: text(
    '暗号化した印刷ファイルを引き渡したことを記録します。以後、納品できます。',
    'It is recorded that the encrypted print files were handed over. The cards can be delivered then.',
  ),
  freezeEffect: text(
    'バッチのカードは 1 枚も使えなくなります。',
    'None of the cards of the batch can be used any more.',
  ),
  unfreezeEffect: text(
    'バッチは凍結の前の状態に戻ります。',
    'The batch goes back to where it was before it was frozen.',
  ),
  planEffect: text(
    'シリアル番号だけが割り当てられます。カード番号は、まだ作られません。',
    'It is given serial numbers, and nothing else yet: no card number is drawn.',
  ),
  csv: text('CSV 保存', 'Save as CSV'),
  take: text('取り出す', 'Take'),
  takeEffect: text(
    '暗号化したままのファイルを保存します。カード製造者の鍵がなければ読めません。取り出したことは監査記録に残ります。',
    'The file is saved as it lies there, encrypted: only the card maker’s key reads it. That it was taken stands in the audit log.',
  ),
  firstOfMaker: text('他社製造: 最初のシリアル番号', 'Another maker’s: first serial number'),
  imports: text('取込', 'Imports'),
  importCards: text('カードを取り込む', 'Import cards'),
  importEffect: text(
    '一覧を送ると検査されます。誤りのある行は使われず、残りが取り込まれます。承認されるのは、この SHA-256 の一覧だけです。',
    'The list is checked once it is sent. Bad lines are left out and the rest is taken in. What is approved is the list of this SHA-256 alone.',
  ),
  listFile: text('一覧(CSV: serial, pin, face_value)', 'List, CSV: serial, pin, face_value'),
  goodLines: text('取り込める行', 'Lines that can be taken in'),
  badLines: text('誤りのある行', 'Bad lines'),
  line: text('行', 'Line'),
  problem: text('誤り', 'What is wrong'),
  begun: text('開始', 'Begun'),
  ended: text('終了', 'Ended'),
  kept: text('取込済み', 'Kept'),
  refusedLines: text('拒否', 'Refused'),
  outcome: text('結果', 'Outcome'),
  underWay: text('取込中', 'under way'),
  isDone: text('完了', 'done'),
  making: text('カード番号を生成中', 'Being made'),
  waitsForYou: text(
    '承認待ちのうち、あなたが決められるもの',
    'Waiting for approval, for you to decide',
  ),
  toApprovals: text('承認へ', 'To the approvals'),
  on: text('基準日(終了時点)', 'At the end of'),
  sum: text('合計', 'Sum'),
  balances: text(
    '有効化 − 登録 − 払戻 − 無効 = 期限切れ + 残高',
    'Activated − charged − refunded − void = expired + outstanding',
  ),
  ordered: text(
    '登録 ≤ 有効化 ≤ 納品 ≤ 発行 − 損紙',
    'Charged ≤ activated ≤ delivered ≤ issued − spoiled',
  ),
  holds: text('一致', 'It balances'),
  fails: text('不一致', 'It does NOT balance'),
  chargedByKind: text('登録(種別ごと)', 'Charged, by kind'),
  acknowledged: text('うち CRS 受領済み', 'of which CRS has taken over'),
  nothingOwed: text('この日までにカードはありません', 'There were no cards by that day'),
  yen: text('円', 'yen'),
  pieces: text('枚', 'cards'),
  plannedAt: text('計画日時', 'Planned at'),
} as const satisfies Record<string, Text>

export const RANGE_ACT_TEXTS: Readonly<Record<RangeActName, Text>> = {
  deliver: text('納品', 'Deliver'),
  activate: text('有効化', 'Activate'),
  freeze: text('凍結', 'Freeze'),
  unfreeze: text('凍結解除', 'Unfreeze'),
  extend: text('期限延長', 'Extend'),
  refund: text('払戻', 'Refund'),
  spoil: text('損紙', 'Spoil'),
  void: text('無効化', 'Make void'),
}

export const BATCH_ACT_TEXTS: Readonly<Record<BatchActName, Text>> = {
  generate: text('生成', 'Generate'),
  export: text('引渡(暗号化済み)', 'Hand over, encrypted'),
  freeze: text('バッチを凍結', 'Freeze the batch'),
  unfreeze: text('バッチの凍結解除', 'Unfreeze the batch'),
}

/** Every act that stands in a history. */
export const ACT_TEXTS: Readonly<Record<string, Text>> = {
  ...RANGE_ACT_TEXTS,
  plan: text('計画', 'Plan'),
  generate: text('生成', 'Generate'),
  import: text('取込', 'Import'),
  export: text('引渡', 'Export'),
  demonstrate: text('デモ', 'Demonstrate'),
}

/** A word that the screens have no text for is shown as it is. */
export const wordText = (texts: Readonly<Record<string, Text>>, word: string): Text =>
  texts[word] ?? { ja: word, en: word }

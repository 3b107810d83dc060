/** One step of Figure 3 of seed 004. */
export interface LadderStep {
  /** 1 to 21. */
  readonly number: number
  /** ① to ㉑. */
  readonly mark: string
  /** Who tells whom, or the one node that works. */
  readonly between: string
  readonly ja: string
  readonly en: string
}

/**
 * The sequence of one charge call (seed 004 §3.2, Figure 3). The text of the article fixes ①, ⑤, ⑦, ⑧, ⑬,
 * ⑭, ⑯, ⑰ and ⑳; the others are reconstructed (requirements §1.3).
 *
 * A program that takes a step logs it as `{ callId, step: <number> }` with the message below. Where the
 * call goes on under another name, as a leg of its own or as a call session, the line has that name as
 * `legCallId`, so that one call can be followed through all logs.
 */
// biome-ignore format: table
const STEPS: readonly (readonly [between: string, ja: string, en: string])[] = [
  ['MS → MLS',     '1400特番発信',                 'the handset dials 1400'],
  ['MLS → MSCP',   '加入者情報の問い合わせ',       'the switch asks for the subscriber'],
  ['MSCP',         '契約種別の検索',               'the class of contract is looked up'],
  ['MSCP → MLS',   '加入者種別の回答',             'the class of contract is answered'],
  ['MLS',          'チャージ許容契約者か判定',     'the switch decides whether the contract may charge'],
  ['MLS',          'チャージ種別を付けて方路選択', 'the switch adds the charge kind and chooses the route'],
  ['MLS → MCSCP',  '接続処理',                     'the call is connected to the MCSCP'],
  ['MCSCP',        'チャージ種別の判定',           'the charge kind starts its scenario'],
  ['MCSCP → MLS',  '呼出中',                       'the MCSCP accepts the call'],
  ['MCSCP → MLS',  '応答',                         'the MCSCP answers'],
  ['MLS → MS',     '応答の中継',                   'the switch passes the answer on'],
  ['MS ⇔ MCSCP',   '通信中に移行',                 'the call is in communication'],
  ['MCSCP',        '規制と上限額の確認',           'lock and month cap are checked'],
  ['MCSCP → MS',   'カード番号入力のガイダンス',   'guidance asks for the card number'],
  ['MS → MCSCP',   'カード番号の入力',             'the card number is keyed'],
  ['MCSCP',        'カード番号の認証',             'the card number is checked'],
  ['MCSCP → MS',   '登録結果のガイダンス',         'guidance tells the result'],
  ['MS → MCSCP',   '切断',                         'the handset hangs up'],
  ['MCSCP → MLS',  '切断完了',                     'the release is complete'],
  ['MCSCP → CRS',  'チャージデータの転送',         'the charge record is sent to CRS'],
  ['CRS → MCSCP',  '受領応答',                     'CRS acknowledges'],
]

/** U+2460 to U+2473 are ① to ⑳; ㉑ stands apart. */
const mark = (number: number): string =>
  number <= 20 ? String.fromCodePoint(0x245f + number) : '㉑'

export const CHARGE_LADDER: readonly LadderStep[] = STEPS.map(([between, ja, en], index) => ({
  number: index + 1,
  mark: mark(index + 1),
  between,
  ja,
  en,
}))

/** Message of the log line of a step. */
export const LADDER_LOG_MESSAGE = 'ladder step taken'

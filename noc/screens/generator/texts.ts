import type {
  CallerKind,
  CallOutcome,
  GeneratorPhase,
  HangUpPoint,
  LeftOutReason,
} from '../../../domain/generated-traffic.js'
import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  order: { ja: '発生条件', en: 'What is to call' },
  examples: { ja: '例', en: 'Examples' },
  rate: { ja: '呼数', en: 'Calls' },
  every: { ja: '呼数の単位', en: 'Unit of the calls' },
  hour: { ja: '/時', en: 'an hour' },
  second: { ja: '/秒', en: 'a second' },
  minutes: { ja: '時間(分)', en: 'For (minutes)' },
  inProgressMax: { ja: '同時最大', en: 'Most at once' },
  handsets: { ja: '電話機(台)', en: 'Handsets' },
  cardYen: { ja: 'カード額面(円)', en: 'Cards of (yen)' },
  mix: { ja: '発信者の割合', en: 'Mix of callers' },
  hangUpAt: { ja: '切断する段階', en: 'Hangs up' },
  faults: { ja: '障害(%)', en: 'Faults (per cent)' },
  rtpLossPercent: { ja: '音声パケットの欠落', en: 'Audio packets lost' },
  earlyHangUpPercent: { ja: '途中で切れる呼', en: 'Calls that break off' },
  guessingPercent: {
    ja: '別々の電話機からの番号当て',
    en: 'Guesses, each from another handset',
  },
  start: { ja: '発生開始', en: 'Start' },
  stop: { ja: '発生停止', en: 'Stop' },
  hangUpAll: { ja: '通話中の呼も切断', en: 'Hang up those in progress' },
  notYours: {
    ja: '開始と停止はオペレータと監督者ができます。',
    en: 'Operators and supervisors start and stop it.',
  },
  hint: {
    ja: '模擬網の電話機が実際に 1400 と 157 にかけます。カードはこのために作ったお試しのカードで、番号はどこにも表示しません。',
    en: 'Handsets of the simulation really call 1400 and 157. They charge demonstration cards made for this, whose numbers are shown nowhere.',
  },
  run: { ja: '発生状況', en: 'The run' },
  neverTitle: { ja: 'まだ発生していません', en: 'Nobody has called yet' },
  neverText: {
    ja: '条件を選んで開始すると、ここに結果が現れます。',
    en: 'Choose what is to call and start; what comes of it appears here.',
  },
  by: { ja: '開始者', en: 'Started by' },
  elapsed: { ja: '経過', en: 'Elapsed' },
  left: { ja: '残り', en: 'Left' },
  offered: { ja: '発信', en: 'Offered' },
  answered: { ja: '応答', en: 'Answered' },
  inProgress: { ja: '通話中', en: 'In progress' },
  charged: { ja: 'チャージ成功', en: 'Charged' },
  refused: { ja: '登録できず', en: 'Refused' },
  outcomes: { ja: '終わった呼の結果', en: 'What calls came to' },
  outcome: { ja: '結果', en: 'Result' },
  calls: { ja: '呼数', en: 'Calls' },
  share: { ja: '割合', en: 'Share' },
  none: { ja: '終わった呼はまだありません。', en: 'No call has ended yet.' },
  cardsReady: { ja: '未使用のカード', en: 'Cards ready' },
  effects: { ja: '影響を見る', en: 'See the effect' },
  live: { ja: '現在', en: 'Live' },
  stale: { ja: '応答がありません。最後の値', en: 'No answer. Last values' },
} as const satisfies Record<string, Text>

export const PHASES: Readonly<Record<GeneratorPhase, Text>> = {
  idle: { ja: '停止', en: 'Not running' },
  running: { ja: '発生中', en: 'Running' },
  ending: { ja: '終了待ち', en: 'Calls are ending' },
  over: { ja: '終了', en: 'Over' },
}

export const CALLERS: Readonly<Record<CallerKind, Text>> = {
  good_card: { ja: '正しいカード', en: 'Good card' },
  wrong_number: { ja: '誤った番号', en: 'Wrong number' },
  used_card: { ja: '使用済のカード', en: 'Used card' },
  locked_handset: { ja: '規制される電話機', en: 'Locked handset' },
  hang_up: { ja: '途中で切断', en: 'Hangs up' },
  inquiry: { ja: '157 の照会', en: '157 inquiry' },
  slow_keying: { ja: 'ゆっくり押す', en: 'Slow keying' },
}

export const POINTS: Readonly<Record<HangUpPoint, Text>> = {
  any: { ja: 'いずれか', en: 'anywhere' },
  before_answer: { ja: '応答前', en: 'before the answer' },
  in_welcome: { ja: '案内の間', en: 'in the welcome' },
  in_number: { ja: '番号の途中', en: 'within the number' },
  before_end_mark: { ja: '# の前', en: 'before #' },
  while_validated: { ja: '照会の間', en: 'while it is looked up' },
  on_result: { ja: '結果の案内の間', en: 'as the result is told' },
}

export const OUTCOMES: Readonly<Record<CallOutcome, Text>> = {
  charged: { ja: 'チャージ成功', en: 'Charged' },
  enquired: { ja: '照会', en: 'Inquiry told' },
  card_refused: { ja: 'カード番号が無効', en: 'Card refused' },
  locked: { ja: '規制中', en: 'Handset locked' },
  over_cap: { ja: '月の上限', en: 'Month’s cap' },
  try_later: { ja: '受付停止中(かけ直し)', en: 'Told to call later' },
  unknown_outcome: { ja: '結果を確認できず', en: 'Result not known' },
  not_connected: { ja: '接続されず', en: 'Not connected' },
  left: { ja: '発信者が途中で切断', en: 'Caller left' },
  no_result: { ja: '結果を聞かずに終了', en: 'Ended without a result' },
  failed: { ja: '電話機の障害', en: 'Handset failed' },
}

export const LEFT_OUT: Readonly<Record<LeftOutReason, Text>> = {
  too_many: { ja: '同時最大のため発信せず', en: 'Left out: too many at once' },
  no_card: { ja: 'カードがなく発信せず', en: 'Left out: no card' },
}

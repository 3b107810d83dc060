import type { CallParty } from '../../../domain/call-note.js'
import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  list: { ja: '呼の一覧', en: 'Calls' },
  caller: { ja: '発信番号', en: 'Caller' },
  kind: { ja: '種別', en: 'Kind' },
  began: { ja: '開始', en: 'Began' },
  lasted: { ja: '経過', en: 'For' },
  step: { ja: '段階', en: 'Step' },
  inProgress: { ja: '通話中', en: 'In progress' },
  ended: { ja: '終了した呼', en: 'Ended' },
  unknownCaller: { ja: '確認中', en: 'Not yet known' },
  emptyTitle: { ja: '通話中の呼はありません', en: 'No call is in progress' },
  emptyText: {
    ja: '1400 に電話がかかると、ここに一行ずつ現れます。',
    en: 'Each call to 1400 appears here as a line.',
  },
  emptyTry: { ja: '試すには、別の端末で', en: 'To try it, in another terminal' },
  live: { ja: '現在', en: 'Live' },
  waiting: { ja: '接続しています', en: 'Connecting' },
  lost: { ja: '切断されました。再接続しています', en: 'Disconnected. Reconnecting' },
  ladder: { ja: 'シーケンス', en: 'Sequence' },
  choose: { ja: '呼を選ぶとシーケンスが表示されます', en: 'Choose a call to see its sequence' },
  chooseText: {
    ja: '信号、ガイダンス、照会を、届いた順にすべて示します。押された数字は x で表します。',
    en: 'All that passes between phone, switch and MCSCP, in its order. Keys are shown as x.',
  },
  gone: { ja: 'この呼の記録はもうありません', en: 'Nothing is kept of this call any more' },
  goneText: {
    ja: '新しい呼の分だけを記憶しています。結果は操作ログで見られます。',
    en: 'Only the newest calls are remembered. What became of it stands in the operation log.',
  },
  close: { ja: '閉じる', en: 'Close' },
  entries: { ja: '操作ログ', en: 'Operation log' },
  goesOn: { ja: '通話中', en: 'In progress' },
  over: { ja: '終了', en: 'Ended' },
} as const satisfies Record<string, Text>

export const PARTY_NAMES: Readonly<Record<CallParty, Text>> = {
  handset: { ja: '電話機', en: 'Phone' },
  switch: { ja: '交換機', en: 'Switch' },
  scp: { ja: 'SCP', en: 'SCP' },
  media: { ja: '音声', en: 'Media' },
  ivr: { ja: 'IVR', en: 'IVR' },
  crs: { ja: 'CRS', en: 'CRS' },
}

/** Programs that told nothing the last time. */
export const silentText = (programs: readonly string[]): Text => ({
  ja: `${programs.join('、')} から応答がありません`,
  en: `No answer from ${programs.join(', ')}`,
})

/** Time from one moment to another, in words as short as they can be. */
export const spanText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`
}

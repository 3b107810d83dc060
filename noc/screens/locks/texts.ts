import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  handsets: { ja: '規制中の電話機', en: 'Locked handsets' },
  cards: { ja: '規制中のカード', en: 'Locked cards' },
  find: { ja: '電話番号またはシリアル番号', en: 'Number or serial number' },
  show: { ja: '表示', en: 'Show' },
  number: { ja: '電話番号', en: 'Number' },
  serial: { ja: 'シリアル番号', en: 'Serial number' },
  since: { ja: '規制開始', en: 'Locked since' },
  why: { ja: '理由', en: 'Why' },
  wrong: { ja: '連続誤り', en: 'Wrong in a row' },
  probed: { ja: '入力した電話機', en: 'Handsets that keyed it' },
  until: { ja: '自動解除', en: 'Ends by itself' },
  never: { ja: 'しない', en: 'no' },
  history: { ja: '経緯', en: 'History' },
  unlock: { ja: '規制解除', en: 'Unlock' },
  unlockAll: { ja: '選んだものを規制解除', en: 'Unlock those chosen' },
  noneTitle: { ja: '規制中の電話機とカードはありません', en: 'Nothing is locked' },
  isLocked: { ja: '規制中', en: 'Locked' },
  isNot: { ja: '規制されていません', en: 'Not locked' },
  locked: { ja: '規制', en: 'locked' },
  at: { ja: '時刻', en: 'Time' },
  what: { ja: 'できごと', en: 'What happened' },
  inRow: { ja: '連続', en: 'In a row' },
  inWindow: { ja: '30 日間', en: 'In 30 days' },
  effectHandset: {
    ja: '規制と、これまでに数えた誤りを取り消します。すぐにチャージできるようになります。',
    en: 'The lock and what was counted so far are taken back. It may charge at once.',
  },
  effectCard: {
    ja: '規制と、これまでに数えた電話機を取り消します。すぐに使えるようになります。',
    en: 'The lock and the handsets counted so far are taken back. It may be used at once.',
  },
  choose: { ja: '選ぶ', en: 'Choose' },
  noEvents: { ja: '記録はありません', en: 'Nothing was recorded' },
} as const satisfies Record<string, Text>

export const REASON_TEXTS: Readonly<Record<string, Text>> = {
  consecutive: { ja: '連続した誤り', en: 'wrong in a row' },
  window: { ja: '30 日間の誤り', en: 'wrong in 30 days' },
}

export const brakeText = (began: string, until: string, wrong: number, passes: number): Text => ({
  ja: `全体ブレーキ中: ${began} から。1 分間に ${wrong} 件の誤り(${passes} 件まで許可)。続かなければ ${until} に終わります。`,
  en: `The whole service brakes since ${began}: ${wrong} wrong numbers in a minute, at most ${passes} are let pass. It ends at ${until} if no more come.`,
})

export const releasedBy = (person: string, reason: string): Text => ({
  ja: `${person} が解除: ${reason}`,
  en: `released by ${person}: ${reason}`,
})

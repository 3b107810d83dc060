import type { Text } from '../../traffic/columns.js'
import type { Severity } from './answers.js'

export const SEVERITY_TEXTS: Readonly<Record<Severity, Text>> = {
  critical: { ja: '重大', en: 'Critical' },
  major: { ja: '重要', en: 'Major' },
  minor: { ja: '軽微', en: 'Minor' },
}

export const TEXTS = {
  standing: { ja: '発生中', en: 'Standing' },
  over: { ja: '履歴', en: 'History' },
  which: { ja: '表示', en: 'Show' },
  severity: { ja: '重大度', en: 'Severity' },
  all: { ja: 'すべて', en: 'All' },
  raised: { ja: '発生', en: 'Raised' },
  cleared: { ja: '回復', en: 'Over' },
  program: { ja: '装置', en: 'Program' },
  code: { ja: 'コード', en: 'Code' },
  about: { ja: '内容', en: 'About' },
  count: { ja: '回数', en: 'Times' },
  seen: { ja: '確認', en: 'Seen by' },
  acknowledge: { ja: '確認する', en: 'Acknowledge' },
  acknowledgeAll: { ja: 'まとめて確認', en: 'Acknowledge all' },
  note: { ja: 'メモ', en: 'Note' },
  addNote: { ja: 'メモを残す', en: 'Add a note' },
  save: { ja: '保存', en: 'Save' },
  cancel: { ja: '取消', en: 'Cancel' },
  noneTitle: { ja: '発生中の警報はありません', en: 'No alarm stands' },
  noneText: { ja: '全装置が正常です。', en: 'All programs are well.' },
  noneOverTitle: { ja: '履歴はまだありません', en: 'No alarm is over yet' },
  more: { ja: 'さらに前', en: 'Earlier ones' },
  each: { ja: '一件ずつ見る', en: 'Each of them' },
  sound: { ja: '音', en: 'Sound' },
  soundOn: { ja: '鳴らす', en: 'On' },
  soundOff: { ja: '鳴らさない', en: 'Off' },
} as const satisfies Record<string, Text>

/** A storm of one code, in words. */
export const storm = (alarms: number): Text => ({
  ja: `同じ警報が ${alarms} 件続けて発生`,
  en: `${alarms} of these within a minute`,
})

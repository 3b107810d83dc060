import { textTable } from '../../platform/text-table.js'
import type { Amounts, Reconciliation, StageTotals } from './reconcile.js'
import { STAGE_NAMES } from './stage.js'

export type Language = 'ja' | 'en'

/** The table of a reconciliation and its outcome, for a terminal. */
export function reportText(found: Reconciliation, language: Language): string {
  const words = WORDS[language]
  const { first, last, difference, stages } = found
  const period = first === last ? first : `${first} – ${last}`
  const rows = [words.heads, ...stages.map(stage => cells(stage, language))]
  const outcome = difference
    ? `${words.difference} (${difference.day}): ${difference[language]}`
    : words.clean
  return [`${words.title} ${period}`, '', ...textTable(rows), '', outcome].join('\n')
}

const WORDS = {
  ja: {
    title: '照合',
    heads: ['', 'ファイル', 'モバイラーズ 件', '円', 'プリコール 件', '円'],
    clean: 'すべて1円、1件まで一致しました。',
    difference: '最初の相違',
  },
  en: {
    title: 'Reconciliation of',
    heads: ['', 'files', 'Mobilers', 'yen', 'Pricall', 'yen'],
    clean: 'All agree, to the yen and count.',
    difference: 'The first difference',
  },
} as const

const cells = ({ name, files, mobilers, pricall }: StageTotals, language: Language): string[] => [
  STAGE_NAMES[name][language],
  files === undefined ? '–' : `${files}`,
  ...amounts(mobilers),
  ...amounts(pricall),
]

const amounts = (of: Amounts | undefined): string[] =>
  of ? [of.count.toLocaleString('en'), of.sum.toLocaleString('en')] : ['–', '–']

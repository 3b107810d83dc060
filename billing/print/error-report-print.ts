import { jstText } from '../../domain/jst.js'
import type { ErrorReport, ReportedError } from '../error-report.js'
import { eraDay } from '../rules/japanese-era.js'
import type { HoldReason } from '../store/held-charges.js'
import { type Block, gap, laidOut } from './flow.js'
import { across, filled, type Mark, PAPER, type Page, text } from './marks.js'

/** Why a charge is held, as the report says it, and what is to be done. */
const REASONS: Readonly<Record<HoldReason, readonly [name: string, remedy: string]>> = {
  unmapped: ['コード変換不能', 'CRSの変換表を直し、解除してください。'],
  card_charged_before: ['カード二重登録', '二つの登録を照合してください。'],
  number_unknown: ['電話番号未登録', '契約を登録してください。翌日、自動で処理されます。'],
  class_excluded: ['対象外の契約種別', '契約種別を確かめてください。'],
}

type Column = readonly [heading: string, x: number, align: 'left' | 'right']

const COLUMNS = {
  place: ['No.', 70, 'right'],
  chargedAt: ['登録日時', 80, 'left'],
  msisdn: ['電話番号', 164, 'left'],
  serial: ['シリアル番号', 218, 'left'],
  amount: ['金額(円)', 322, 'right'],
  reason: ['理由', 334, 'left'],
  firstSeen: ['初回', 418, 'left'],
  retries: ['再起動', 503, 'right'],
  age: ['日数', 541, 'right'],
} as const satisfies Record<string, Column>

type ColumnName = keyof typeof COLUMNS

const SIZE = 8
const ROW = 15
const HEAD_ROW = 18
const HEAD = 44

/** 日次エラーリスト, laid out (requirement B-09). */
export function errorReportPages(report: ErrorReport): Page[] {
  const { errors } = report
  const sum = errors.reduce((total, { faceValue }) => total + faceValue, 0)
  return laidOut(
    [
      ...errors.map((error, index) => errorRow(error, index + 1)),
      gap(10),
      totals(errors.length, sum),
      ...remedies(errors),
    ],
    {
      first: head(report),
      following: head(report),
      continued: '次ページへ続く',
      foot: (page, pages) => [
        across(802, 'rule'),
        text(PAPER.left, 814, `作成 ${momentText(report.madeAt)}`, 7.5, { ink: 'soft' }),
        text(PAPER.right, 814, `${page}/${pages}`, 8, { align: 'right', ink: 'soft' }),
      ],
    },
  )
}

const momentText = (at: ErrorReport['madeAt']): string => jstText(at).slice(0, 16).replace('T', ' ')

/** Title and head of the table, on every page. */
const head = ({ day }: ErrorReport): Block => ({
  height: HEAD,
  draw: top => [
    filled(0, 0, PAPER.width, 10, 'accent'),
    text(PAPER.left, top, 'チャージ情報 日次エラーリスト', 15, { bold: true, ink: 'accent' }),
    text(PAPER.right, top, eraDay(day), 11, { align: 'right' }),
    across(top + 9, 'accent', 1.2),
    ...tableHead(top + HEAD - HEAD_ROW),
  ],
})

const tableHead = (top: number): Mark[] => [
  filled(PAPER.left, top, PAPER.right - PAPER.left, HEAD_ROW, 'accent'),
  ...Object.values(COLUMNS).map(([heading, x, align]) =>
    text(x, top + 12.5, heading, SIZE, { align, bold: true, ink: 'paper' }),
  ),
]

function errorRow(error: ReportedError, place: number): Block {
  const values: Record<ColumnName, string> = {
    place: `${place}`,
    chargedAt: momentText(error.chargedAt),
    msisdn: error.msisdn,
    serial: error.serial,
    amount: error.faceValue.toLocaleString('en'),
    reason: REASONS[error.reason][0],
    firstSeen: momentText(error.firstSeenAt).slice(0, 10),
    retries: `${error.retries}`,
    age: `${error.age}`,
  }
  return {
    height: ROW,
    draw: top => [
      ...Object.entries(COLUMNS).map(([name, [, x, align]]) =>
        text(x, top + 10.5, values[name as ColumnName], SIZE, { align }),
      ),
      across(top + ROW, 'rule'),
    ],
  }
}

const totals = (count: number, sum: number): Block => ({
  height: 22,
  draw: top => [
    filled(PAPER.left, top, PAPER.right - PAPER.left, 20, 'tint'),
    text(80, top + 13.5, `合計 ${count.toLocaleString('en')}件`, 9, { bold: true }),
    text(322, top + 13.5, sum.toLocaleString('en'), 9, { bold: true, align: 'right' }),
  ],
})

/** What to do about the reasons that occur. */
function remedies(errors: readonly ReportedError[]): Block[] {
  const reasons = [...new Set(errors.map(({ reason }) => reason))].sort()
  return [
    gap(8),
    ...reasons.map(reason => ({
      height: 13,
      draw: (top: number): Mark[] => [
        text(PAPER.left + 8, top + 9, REASONS[reason][0], 8, { bold: true }),
        text(150, top + 9, REASONS[reason][1], 8, { ink: 'soft' }),
      ],
    })),
  ]
}

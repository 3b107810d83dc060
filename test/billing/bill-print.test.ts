import t from 'tap'
import type { Invoice } from '../../billing/invoice.js'
import { type Bill, billKindOf, billOf } from '../../billing/print/bill.js'
import { printFont } from '../../billing/print/font.js'
import { type Mark, PAPER, textWidth, wrapped } from '../../billing/print/marks.js'
import { pdfOf } from '../../billing/print/pdf.js'
import { WORDS } from '../../billing/print/words.js'
import { eraDay, eraMonth } from '../../billing/rules/japanese-era.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { sha256Of } from '../../platform/sha256.js'
import { holdsGolden } from '../support/golden.js'
import {
  applicationOf,
  figure1,
  ISSUER,
  invoiceLine,
  NOTHING_APPLIED,
} from '../support/invoice-samples.js'
import { leftOf, pageText } from '../support/page-text.js'

type TextMark = Extract<Mark, { mark: 'text' }>

const textsOf = (bill: Bill): TextMark[] =>
  bill.pages.flat().filter((mark): mark is TextMark => mark.mark === 'text')

/** What a bill says. */
const read = (bill: Bill): string[] => pageText(bill.pages)

const japanese = (changes: Partial<Invoice> = {}) => billOf(figure1(changes), ISSUER, 'ja')
const pdf = (bill: Bill, language: 'ja' | 'en' = 'ja') =>
  pdfOf(bill.pages, {
    title: bill.title,
    author: ISSUER.name[language],
    language,
    madeOn: '2001-02-08' as JstDay,
  })

/** An invoice of three pages: 60 items of three rates, a company, direct debit, three amounts to tell. */
const LONG = figure1({
  month: '2024-01' as JstMonth,
  billingMonth: '2024-02' as JstMonth,
  calculatedOn: '2024-02-08' as JstDay,
  lines: Array.from({ length: 60 }, (_, index) =>
    invoiceLine(
      'info',
      `情報料 番組${index + 1}${index % 9 === 0 ? '(長い名前の番組の、月額と定額の合計)'.repeat(2) : ''}`,
      100 + index,
      {
        quantity: index % 7 === 0 ? 3 : 1,
        taxPercent: index % 5 === 0 ? 0 : index % 3 ? 10 : 8,
      },
    ),
  ),
  customer: {
    customer: 'C000009',
    kind: 'company',
    name: '株式会社髙橋電話工業',
    department: '情報システム部',
    payer: '000000000009',
    paymentKind: 2,
  },
  application: {
    ...applicationOf(5_000, 2_000, 4_000, '2025-12'),
    appliedFromPartner: yen(300),
    appliedToPartner: yen(200),
    expired: yen(100),
  },
  remarks: '住所が変わりましたら、お早めにお知らせください。',
})

t.test('S-27, S-31, S-33: Figure 1 is printed to the yen, line by line', async t => {
  const bill = japanese()
  t.equal(bill.kind, 'statement')
  const rows = read(bill)
  const from = rows.findIndex(row => row.startsWith('料金内訳名'))
  t.strictSame(rows.slice(from, from + 9), [
    '料金内訳名 | 摘要 | 金額(円) | 税区分',
    '基本使用料(デジタル800/プランA)[月額] | 1月1日〜1月31日 | 4,500 | 合算',
    '継続利用割引料(契約4年超5年未満)[月額] | -540 | 合算',
    'ダイヤル通話料 | 前回は5,600円 | 5,600 | 合算',
    'ボリュームディスカウント割引料 | -280 | 合算',
    '消費税等相当額(合計) | 464',
    '(内訳) | 合算分 5%対象 9,280円 | 464',
    'モバイラーズチェック適用額 | -9,744',
    '(合計) | 0',
  ])
  for (const line of [
    '前月からの持越額 | 2,000円',
    '前月のご登録額 | 8,000円',
    '翌月への繰越額 | 256円',
    '適用有効期間 | 平成15年1月末*',
  ]) {
    t.ok(
      rows.some(row => row.startsWith(line)),
      line,
    )
  }
})

t.test('S-32: the validity is printed only when something is carried over', async t => {
  const said = (changes: Partial<Invoice>) => read(japanese(changes)).join('\n')
  const figure1b = said({ application: applicationOf(9_744, 2_000, 7_744) })
  t.match(figure1b, /翌月への繰越額 \| 0円/)
  t.notMatch(figure1b, '適用有効期間')
  t.match(
    said({ application: applicationOf(9_744, 2_000, 7_745) }),
    /適用有効期間 \| 平成15年1月末/,
  )
  t.notMatch(
    said({ application: NOTHING_APPLIED }),
    'お知らせ\n',
    'nobody who never charged is told',
  )
})

t.test('B-16: at 0 yen the itemised statement alone', async t => {
  const payer = figure1().customer
  // biome-ignore format: table
  for (const [changes, kind, title, because] of [
    [{},                                                              'statement',      '請求内訳書',           'nothing to pay'],
    [{ application: applicationOf(9_744, 0, 9_743) },                 'invoice',        '請求書・請求内訳書',    'one yen'],
    [{ application: NOTHING_APPLIED, customer: { ...payer, paymentKind: 2 } }, 'advance_notice', '事前案内書・請求内訳書', 'direct debit'],
    [{ application: NOTHING_APPLIED, customer: { ...payer, paymentKind: 0 } }, 'advance_notice', '事前案内書・請求内訳書', 'credit card'],
    [{ customer: { ...payer, paymentKind: 2 } },                      'statement',      '請求内訳書',           'nothing to collect'],
    [{ final: false, state: 'unbilled' },                             'advance_notice', '事前案内書・請求内訳書', 'not final yet'],
  ] as const) {
    const bill = japanese(changes)
    t.equal(billKindOf(figure1(changes)), kind, because)
    t.equal(bill.title, title, because)
    t.equal(read(bill).includes(`みどり移動通信株式会社 | ${title}`) || read(bill).includes(title), true, because)
  }
})

t.test('P-16: the rate and the way of rounding stand on the bill', async t => {
  const five = Array.from({ length: 5 }, () =>
    invoiceLine('x', '使用料', 1_103, { taxPercent: 10 }),
  )
  const said = (taxPolicy: Invoice['taxPolicy']) =>
    read(japanese({ lines: five, taxPolicy, application: NOTHING_APPLIED })).join('\n')
  t.match(said('total'), /合算分 10%対象 5,515円 \| 551\n\(合計\) \| 6,066/)
  t.match(said('per_line'), /個別分 10%対象 5,515円 \| 550\n\(合計\) \| 6,065/)
})

t.test('era years by a table, the first one 元年', async t => {
  // biome-ignore format: table
  for (const [day, said] of [
    ['1989-01-07', '昭和64年1月7日'],
    ['1989-01-08', '平成元年1月8日'],
    ['2000-12-01', '平成12年12月1日'],
    ['2019-04-30', '平成31年4月30日'],
    ['2019-05-01', '令和元年5月1日'],
    ['2020-01-01', '令和2年1月1日'],
  ] as const) {
    t.equal(eraDay(day as JstDay), said)
  }
  t.equal(eraMonth('2019-05' as JstMonth), '令和元年5月')
  t.throws(() => eraDay('1900-01-01' as JstDay), RangeError)
})

t.test('a long bill goes over pages, each row whole, the head of its table on each', async t => {
  const bill = billOf(LONG, ISSUER, 'ja')
  t.equal(bill.pages.length, 3)
  const rows = read(bill)
  t.equal(rows.filter(row => row.startsWith('料金内訳名')).length, 3)
  for (const page of [1, 2, 3])
    t.ok(
      rows.some(row => row.endsWith(`| ${page}/3`)),
      `${page}/3`,
    )
  t.equal(rows.filter(row => row === '次ページへ続く').length, 2)
  for (const { name } of LONG.lines) {
    const [first = ''] = wrapped(name, 9, 218)
    t.ok(
      rows.some(row => row.includes(first)),
      name,
    )
  }
  for (const line of [
    '(内訳) | 合算分 10%対象',
    'モバイラーズチェック適用額(もう一方の番号分) | -300',
    'もう一方の番号への適用額 | 200円',
    '適用有効期間を過ぎた額 | 100円',
    '登録番号 | T1234567890123',
    '備考: 住所が変わりましたら、お早めにお知らせください。',
  ]) {
    t.ok(
      rows.some(row => row.includes(line)),
      line,
    )
  }
  for (const mark of textsOf(bill)) {
    const left = leftOf(mark)
    if (left < PAPER.left - 0.01 || left + textWidth(mark.text, mark.size) > PAPER.right + 0.01) {
      t.fail(`on the margin: ${mark.text}`)
    }
  }
})

t.test('every word of the print is in its font; what is not is printed as 〓', async t => {
  const font = printFont()
  for (const language of ['ja', 'en'] as const) {
    for (const word of Object.values(WORDS[language]).filter(one => typeof one === 'string')) {
      const missing = [...word].filter(character => !font.has(character.codePointAt(0) ?? 0))
      t.strictSame(missing, [], word)
    }
  }
  t.notOk(font.has(0x20bb7), '𠮷')
  const { customer } = figure1()
  const strange = japanese({ customer: { ...customer, name: '𠮷田 一郎' } })
  const replaced = japanese({ customer: { ...customer, name: '〓田 一郎' } })
  t.strictSame(await pdf(strange), await pdf(replaced))
})

t.test('the print is these bytes, on every machine and every time', async t => {
  const partly = figure1({ application: applicationOf(9_744, 0, 3_000) })
  const made: string[] = []
  for (const [name, invoice, language] of [
    ['Figure 1', figure1(), 'ja'],
    ['Figure 1 in English, partly paid', partly, 'en'],
    ['three pages', LONG, 'ja'],
  ] as const) {
    const bill = billOf(invoice, ISSUER, language)
    const bytes = await pdf(bill, language)
    t.equal(bytes.toString('latin1', 0, 8), '%PDF-1.7')
    t.strictSame(await pdf(bill, language), bytes, 'made again')
    made.push(
      `== ${name}\n${read(bill).join('\n')}\nPDF ${bytes.length} bytes, SHA-256 ${sha256Of(bytes)}\n`,
    )
  }
  holdsGolden(t, 'billing/bill-print.golden.txt', made.join('\n'))
})

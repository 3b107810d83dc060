import { minuteText } from '../../platform/office-acts.js'
import type {
  BatchAnswer,
  CardAnswer,
  CardsResult,
  CountedBatch,
  EventAnswer,
  ImportAnswer,
  LiabilityAnswer,
} from './office-answers.js'

/** Where cards stand, in both languages of the operators. */
const STATES: Readonly<Record<string, string>> = {
  planned: '計画 planned',
  generated: '生成済 generated',
  exported: '引渡済 exported',
  delivered: '納品済 delivered',
  active: '有効 active',
  used: '使用済 used',
  frozen: '凍結 frozen',
  expired: '期限切れ expired',
  void: '無効 void',
  refunded: '払戻済 refunded',
}

const stateText = (state: string): string => STATES[state] ?? state

const number = (amount: number): string => amount.toLocaleString('en')

const range = ({
  firstSerial: first,
  lastSerial: last,
}: {
  firstSerial: string
  lastSerial: string
}) => (first === last ? first : `${first} to ${last}`)

const cardsText = (cards: number): string => (cards === 1 ? '1 card' : `${number(cards)} cards`)

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([state, cards]) => `${number(cards)} ${state}`)
    .join(', ')

/** One batch as a line of a list. */
export const batchLine = (one: CountedBatch): string =>
  `${`${one.batch}`.padStart(5)}  ${stateText(one.state)}  ${one.kind}, ${number(one.count)} × ` +
  `${number(one.faceValue)} yen, ${range(one)}: ${countsText(one.counts)}`

/** How far the making of a batch is. */
export const progressText = ({ batch, made, count }: CountedBatch): string =>
  `生成中 · batch ${batch}: ${number(made)} of ${number(count)} cards, ` +
  `${Math.floor((made / count) * 100)} %`

/** All of one batch. */
export function batchText(one: BatchAnswer): string {
  const { batch, kind, state, count, faceValue, pinLength, usableThrough, recipient } = one
  const making = state === 'planned' && recipient !== null
  return [
    `batch ${batch}  ${stateText(state)}  ${kind}`,
    `  cards        ${number(count)} × ${number(faceValue)} yen, ${range(one)}`,
    `  stand        ${countsText(one.counts)}`,
    `  PIN          ${pinLength} digits`,
    `  usable       ${usableThrough === null ? 'without end' : `through ${usableThrough}`}`,
    ...(one.design ? [`  design       ${one.design}`] : []),
    ...(one.distributor ? [`  distributor  ${one.distributor}`] : []),
    ...(recipient ? [`  card maker   ${recipient}`] : []),
    ...(making ? [`  ${progressText(one)}`] : []),
    ...(one.printed > 0 ? [`  printed      ${printedText(one)}`] : []),
    ...one.imports.flatMap(importLines),
    ...one.files.map(
      ({ name, cards, bytes, sha256 }) =>
        `  file         ${name}: ${number(cards)} cards, ${number(bytes)} bytes\n               SHA-256 ${sha256}`,
    ),
    ...one.events.map(eventLine),
  ].join('\n')
}

/** Refused lines that are shown of a file; the commands tell how many there are in all. */
const REFUSALS_SHOWN = 20

/** A file of another maker's cards: lines = kept + refused, and each refused line by its number. */
function importLines(one: ImportAnswer): string[] {
  const { file, sha256, kept, refused, refusals, failure, endedAt } = one
  const shown = refusals.slice(0, REFUSALS_SHOWN)
  const hidden = refused - shown.length
  const ended = endedAt === null ? '取込中 so far: ' : ''
  return [
    `  imported     ${ended}${number(kept + refused)} lines = ${number(kept)} kept + ${number(refused)} refused`,
    `               ${file}, SHA-256 ${sha256}`,
    ...(failure === null ? [] : [`               取込失敗 none of it is kept: ${failure}`]),
    ...shown.map(({ line, problem }) => `               ${file}:${line}: ${problem}`),
    ...(hidden > 0 ? [`               and ${number(hidden)} refused lines more`] : []),
  ]
}

/** Generated = printed + spoiled (requirements §5.3): the cards of the store against those of print files. */
function printedText({ state, generated, printed, spoiled }: BatchAnswer): string {
  const open = generated - printed
  // While a batch is made, its last cards are in no whole print file yet.
  const making = state === 'planned' && open > 0
  const rest = making ? ` + ${number(open)} in no print file yet` : ''
  const balances = making || open === 0
  return (
    `${number(generated)} generated = ${number(printed - spoiled)} printed + ` +
    `${number(spoiled)} spoiled${rest}${balances ? '' : ', 不一致 IT DOES NOT BALANCE'}`
  )
}

const eventLine = (event: EventAnswer): string => {
  const { at, act, wholeBatch, cards, before, after, person, approver, reason } = event
  const what = wholeBatch ? 'the batch' : `${cardsText(cards)} ${range(event)}`
  const from = before === undefined || before === after ? '' : `${before} → `
  const with2 = approver === undefined ? '' : `, approved by ${approver}`
  return `  ${minuteText(at)}  ${act}  ${what}: ${from}${after}\n      ${person}${with2}: ${reason}`
}

/** All of one card. */
export function cardText({
  serial,
  state,
  batch,
  usableThrough,
  extended,
  use,
  events,
}: CardAnswer) {
  const end = usableThrough === null ? 'without end' : `through ${usableThrough}`
  return [
    `${serial}  ${stateText(state)}  ${number(batch.faceValue)} yen, batch ${batch.batch}` +
      `${batch.state === state || state === 'used' ? '' : ` (${stateText(batch.state)})`}`,
    `  usable   ${end}${extended ? ', extended once' : ''}`,
    ...(use ? [`  used     ${minuteText(use.at)} by ${use.by}, ${use.kind}`] : []),
    ...events.map(eventLine),
  ].join('\n')
}

/** What an act came to, in a sentence. */
export function doneText(done: string, { batch, changed, left }: CardsResult): string {
  const rest = Object.keys(left).length === 0 ? '' : ` Left as they are: ${countsText(left)}.`
  return `${done}: ${cardsText(changed)} of batch ${batch}.${rest}`
}

const COLUMNS = [
  ['issued', '発行 issued'],
  ['spoiled', '損紙 spoiled'],
  ['delivered', '納品 delivered'],
  ['activated', '有効化 activated'],
  ['charged', '登録 charged'],
  ['refunded', '払戻 refunded'],
  ['voided', '無効 void'],
  ['expired', '期限切れ expired'],
  ['outstanding', '残高 outstanding'],
] as const

/** The card-liability report: cards and yen a line, and the proof that they balance. */
export function liabilityText({ on, lines, chargedYen, acknowledgedYen }: LiabilityAnswer): string {
  const yenOf = (column: (typeof COLUMNS)[number][0]) =>
    lines.reduce((sum, { faceValue, cards }) => sum + faceValue * cards[column], 0)
  const cardsOf = (column: (typeof COLUMNS)[number][0]) =>
    lines.reduce((sum, { cards }) => sum + cards[column], 0)
  const parts = lines.map(({ kind, faceValue, cards }) => {
    const counted = COLUMNS.filter(([column]) => cards[column] > 0)
    const each = counted.map(([column]) => `${number(cards[column])} ${column}`).join(', ')
    return `  ${kind}, ${number(faceValue)} yen: ${each}`
  })
  const totals = COLUMNS.map(
    ([column, title]) =>
      `  ${pad(title, 24)}${number(cardsOf(column)).padStart(14)} cards ${number(yenOf(column)).padStart(18)} yen`,
  )
  const left = yenOf('activated') - yenOf('charged') - yenOf('refunded') - yenOf('voided')
  const balances = left === yenOf('expired') + yenOf('outstanding')
  const inOrder = lines.every(
    ({ cards }) =>
      cards.charged <= cards.activated &&
      cards.activated <= cards.delivered &&
      cards.delivered <= cards.issued - cards.spoiled,
  )
  const kinds = Object.entries(chargedYen).map(([kind, sum]) => `${kind} ${number(sum)} yen`)
  return [
    `カード債務 · card liability at the end of ${on}`,
    ...parts,
    ...totals,
    `  charged by kind: ${kinds.join(', ') || 'none'}; acknowledged by CRS: ${number(acknowledgedYen)} yen`,
    `  activated − charged − refunded − void = expired + outstanding: ${number(left)} yen, ` +
      `${balances ? '一致 it balances' : '不一致 IT DOES NOT BALANCE'}`,
    `  charged ≤ activated ≤ delivered ≤ issued − spoiled: ${inOrder ? 'so it is' : 'IT IS NOT SO'}`,
  ].join('\n')
}

/** Pads a text in which a character of Japanese takes two columns of a terminal. */
const pad = (text: string, columns: number): string => {
  const width = [...text].reduce((sum, letter) => sum + (letter > '\u2fff' ? 2 : 1), 0)
  return text + ' '.repeat(Math.max(0, columns - width))
}

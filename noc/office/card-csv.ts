import { CSV_START, csvRecord } from '../../platform/csv-text.js'
import { type Static, Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import type { ScreenLanguage, Text } from '../traffic/columns.js'
import { KIND_TEXTS, LIABILITY_TEXTS, STATE_TEXTS } from './card-words.js'

const batch = Type.Object({
  ...{ batch: Type.Integer(), kind: Type.String(), state: Type.String() },
  ...{ firstSerial: Type.String(), lastSerial: Type.String(), count: Type.Integer() },
  ...{ faceValue: Type.Integer(), printed: Type.Integer() },
  ...{ design: Type.String(), distributor: Type.String() },
  usableThrough: Type.Union([Type.String(), Type.Null()]),
  counts: Type.Record(Type.String(), Type.Integer()),
})

const batchList = Type.Object({ batches: Type.Array(batch) })

/** What scp tells of all batches, `GET /v1/office/batches`. */
export const isBatchList = compileSchema(batchList)

const liability = Type.Object({
  on: Type.String(),
  lines: Type.Array(
    Type.Object({
      kind: Type.String(),
      faceValue: Type.Integer(),
      cards: Type.Record(Type.String(), Type.Integer()),
    }),
  ),
})

/** What scp tells of card liability, `GET /v1/office/liability`. */
export const isLiability = compileSchema(liability)

const text = (ja: string, en: string): Text => ({ ja, en })

const BATCH_HEADINGS: readonly Text[] = [
  text('バッチ', 'Batch'),
  text('状態', 'State'),
  text('種別', 'Kind'),
  text('最初のシリアル番号', 'First serial'),
  text('最後のシリアル番号', 'Last serial'),
  text('枚数', 'Cards'),
  text('額面 円', 'Face value, yen'),
  text('総額 円', 'Total, yen'),
  text('印刷', 'Printed'),
  text('有効期限', 'Usable through'),
  text('納品先', 'Distributor'),
  text('デザイン', 'Design'),
]

/** Every batch as CSV (RFC 4180), each with how many of its cards stand where. */
export function batchesCsv(
  { batches }: Static<typeof batchList>,
  language: ScreenLanguage,
): string {
  const headings = [...BATCH_HEADINGS, ...Object.values(STATE_TEXTS)].map(one => one[language])
  const told = wordsIn(language)
  const records = batches.map(of =>
    csvRecord([
      ...[
        of.batch,
        told(STATE_TEXTS, of.state),
        told(KIND_TEXTS, of.kind),
        of.firstSerial,
        of.lastSerial,
        of.count,
        of.faceValue,
      ],
      ...[of.count * of.faceValue, of.printed, of.usableThrough ?? ''],
      ...[asText(of.distributor), asText(of.design)],
      ...Object.keys(STATE_TEXTS).map(state => of.counts[state] ?? 0),
    ]),
  )
  return `${CSV_START}${csvRecord(headings)}${records.join('')}`
}

/** What is owed for cards at the end of a day as CSV, cards and yen by kind and face value. */
export function liabilityCsv(
  { on, lines }: Static<typeof liability>,
  language: ScreenLanguage,
): string {
  const [day, kind, value, yen] = {
    ja: ['終了時点', '種別', '額面 円', '円'],
    en: ['At the end of', 'Kind', 'Face value, yen', 'yen'],
  }[language] as [string, string, string, string]
  const headings = [
    ...[day, kind, value],
    ...Object.values(LIABILITY_TEXTS).flatMap(one => [one[language], `${one[language]} ${yen}`]),
  ]
  const told = wordsIn(language)
  const records = lines.map(({ kind, faceValue, cards }) =>
    csvRecord([
      ...[on, told(KIND_TEXTS, kind), faceValue],
      ...Object.keys(LIABILITY_TEXTS).flatMap(column => [
        cards[column] ?? 0,
        faceValue * (cards[column] ?? 0),
      ]),
    ]),
  )
  return `${CSV_START}${csvRecord(headings)}${records.join('')}`
}

/** A word that there is no text for is told as it is. */
const wordsIn =
  (language: ScreenLanguage) =>
  (texts: Readonly<Record<string, Text>>, word: string): string =>
    texts[word]?.[language] ?? word

/** What a person wrote: what begins as a formula does is told to spreadsheets as a text (CWE-1236). */
const asText = (said: string): string => (/^[=+\-@\t\r]/.test(said) ? `'${said}` : said)

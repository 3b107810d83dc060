import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import { CSV_START, csvRecord } from '../../platform/csv-text.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import type { ScreenLanguage, Text } from '../traffic/columns.js'
import { OUTCOME_TEXTS } from './outcomes.js'

const line = Type.Object({
  at: Type.Integer(),
  entry: Type.Integer(),
  callId: Type.String(),
  msisdn: Type.String(),
  kind: Type.String(),
  outcome: Type.String(),
  serial: Type.Optional(Type.String()),
  faceValue: Type.Optional(Type.Integer()),
  locked: Type.Boolean(),
})

/** A page of scp's charge-operation log, `GET /v1/entries`. */
export const isEntryPage = compileSchema(
  Type.Object({ lines: Type.Array(line), next: Type.Optional(Type.String()) }),
)

/** A line of the log, its number masked for who may not see it. */
export interface LogLine {
  readonly at: number
  readonly entry: number
  readonly callId: string
  readonly msisdn: string
  readonly kind: string
  readonly outcome: string
  readonly serial?: string
  readonly faceValue?: number
  readonly locked: boolean
}

const HEADINGS: readonly Text[] = [
  { ja: '時刻', en: 'Time' },
  { ja: '電話番号', en: 'Number' },
  { ja: '結果', en: 'Result' },
  { ja: 'シリアル番号', en: 'Serial number' },
  { ja: '金額 円', en: 'Value, yen' },
  { ja: '規制', en: 'Locked' },
  { ja: '種別', en: 'Kind' },
  { ja: '呼(Call-ID)', en: 'Call (Call-ID)' },
  { ja: '入力番号', en: 'Entry' },
]

/** Lines of the charge-operation log as CSV (RFC 4180), as the page shows them. */
export function entriesCsv(lines: readonly LogLine[], language: ScreenLanguage): string {
  const headings = csvRecord(HEADINGS.map(heading => heading[language]))
  const records = lines.map(
    ({ at, msisdn, outcome, serial, faceValue, locked, kind, callId, entry }) =>
      csvRecord([
        jstText(epochMs(at)).slice(0, 23).replace('T', ' '),
        asText(msisdn),
        OUTCOME_TEXTS[outcome]?.[language] ?? outcome,
        serial,
        faceValue,
        locked ? 1 : 0,
        kind,
        asText(callId),
        entry,
      ]),
  )
  return `${CSV_START}${headings}${records.join('')}`
}

/** A caller chooses the Call-ID: one that begins as a formula does is told to spreadsheets as a text (CWE-1236). */
const asText = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

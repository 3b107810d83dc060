import { jstText } from '../../domain/jst.js'
import { CSV_START, csvRecord } from '../../platform/csv-text.js'
import type { ErrorReport } from '../error-report.js'

/** 日次エラーリスト as CSV (requirement B-09): one record a charge that was held at the end of the day. */
export const errorReportCsv = ({ day, errors }: ErrorReport): string =>
  [
    `${CSV_START}${csvRecord([
      'day',
      'charged_at',
      'msisdn',
      'serial',
      'face_value_yen',
      'node',
      'reason',
      'first_seen_at',
      'retries',
      'age_days',
    ])}`,
    ...errors.map(one =>
      csvRecord([
        day,
        jstText(one.chargedAt),
        one.msisdn,
        one.serial,
        one.faceValue,
        one.node,
        one.reason,
        jstText(one.firstSeenAt),
        one.retries,
        one.age,
      ]),
    ),
  ].join('')

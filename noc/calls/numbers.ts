import type { CallLadder, CallList, CallRow } from './messages.js'

/** `090****5678`: the middle of a subscriber's number is nobody's who need not know it. */
export const maskedNumber = (msisdn: string): string =>
  msisdn.replace(/^(\d{3})\d{4}(\d{4})$/, '$1****$2')

const maskedRow = (row: CallRow): CallRow =>
  row.caller === undefined ? row : { ...row, caller: maskedNumber(row.caller) }

/** The list for who may not see subscribers' numbers. */
export const maskedList = (list: CallList): CallList => ({
  ...list,
  rows: list.rows.map(maskedRow),
})

/** The ladder for them: without the messages themselves, in which numbers stand in many forms. */
export const maskedLadder = (ladder: CallLadder): CallLadder => ({
  ...ladder,
  row: maskedRow(ladder.row),
  lines: ladder.lines.map(({ text: _, ...line }) => line),
})

import { CARD_OFFICE_FORMS } from './forms/card-office.js'
import { CHARGING_FORMS } from './forms/charging.js'
import { OPERATION_FORMS } from './forms/operation.js'

/**
 * The forms of scp's store, oldest first; only ever appended to. Made for ten million cards: integer
 * and blob keys (`keys.ts`), no column that another row already tells, `WITHOUT ROWID` where the key is
 * most of the row. Rows that speak of money refuse to be changed.
 */
export const MIGRATIONS: readonly string[] = [
  ...CHARGING_FORMS,
  ...CARD_OFFICE_FORMS,
  ...OPERATION_FORMS,
]

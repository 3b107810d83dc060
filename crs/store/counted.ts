import { CHARGE_KINDS, type ChargeKind } from '../../domain/charge-kind.js'
import type { Database } from '../../platform/store.js'
import { kindCode } from './columns.js'

/** What CRS has taken since its store was made, and what waits for billing. */
export interface Counted {
  /** Quarter-hour files of all nodes. */
  readonly filesTaken: number
  /** Records, each once, and their yen. */
  readonly kinds: readonly {
    readonly kind: ChargeKind
    readonly records: number
    readonly yen: number
  }[]
  /** Records whose charge id was there before. */
  readonly repeated: number
  /** Records in error sections of hourly files. */
  readonly unmapped: number
  /** Hourly files and day closes. */
  readonly filesClosed: number
  /** Of these, those behind what billing had reflected when it sent its last trigger. */
  readonly filesWaiting: number
}

/** Reads these counts, beside the store's writer. */
export function countedIn(store: Database): () => Counted {
  const one = (sql: string) => {
    const read = store.prepare<[], number>(sql).pluck()
    return () => Number(read.get() ?? 0)
  }
  const sums = store.prepare<[number], { records: number | null; yen: number | null }>(
    `SELECT sum(record_count - repeated_count) AS records,
       sum((record_count - repeated_count) * face_value) AS yen
     FROM quarter_hour_sum WHERE charge_kind = ?`,
  )
  const filesTaken = one('SELECT count(*) FROM quarter_hour_file')
  const repeated = one('SELECT count(*) FROM repeated_record')
  const unmapped = one('SELECT sum(unmapped) FROM closed_file')
  const filesClosed = one('SELECT max(sequence) FROM closed_file')
  const reflected = one('SELECT last_sequence FROM trigger_file ORDER BY number DESC LIMIT 1')
  return () => ({
    filesTaken: filesTaken(),
    kinds: CHARGE_KINDS.map(kind => {
      const { records, yen } = sums.get(kindCode(kind)) ?? { records: 0, yen: 0 }
      return { kind, records: records ?? 0, yen: yen ?? 0 }
    }),
    repeated: repeated(),
    unmapped: unmapped(),
    filesClosed: filesClosed(),
    filesWaiting: filesClosed() - reflected(),
  })
}

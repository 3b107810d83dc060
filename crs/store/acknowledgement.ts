import { type EpochMs, epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { Malformed } from '../../domain/line-file.js'
import type { Expected } from '../rules/delivery.js'

/** What CRS acknowledges (docs/formats/transfer-to-crs.md): the same for ever, and in this order. */
export type Acknowledgement = {
  readonly node: string
} & ({ readonly number: number } | { readonly day: string }) & {
    readonly count: number
    readonly sumYen: number
    /** As the file's trailer has it. */
    readonly sha256: string
    /** By Japan's clock. */
    readonly receivedAt: string
  }

/** What became of a file that a node sent, in the order it is checked. */
export type Taken =
  /** Nothing of it was taken. */
  | Malformed
  /** It is well formed, and not what was taken under its number. */
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'gap'; readonly expected: Expected }
  /** A day close that does not say what CRS received. */
  | { readonly outcome: 'differs'; readonly why: string }
  | {
      readonly outcome: 'acknowledged'
      readonly acknowledgement: Acknowledgement
      /** `false`: it was taken before. */
      readonly fresh: boolean
      /** Records of it whose charge id was there already, as `<charge id> at place <n>`. */
      readonly repeated: readonly string[]
    }

/** What an acknowledgement is made from again whenever the file comes again. */
export interface AcknowledgedRow {
  readonly record_count: number
  readonly sum_yen: number
  readonly trailer_sha256: Buffer
  readonly file_sha256: Buffer
  readonly received_at: number
}

/** The acknowledgement of a file that the store holds. */
export const acknowledged = (
  named: { readonly node: string } & ({ readonly number: number } | { readonly day: string }),
  row: AcknowledgedRow,
  taken: { readonly fresh: boolean; readonly repeated: readonly string[] },
): Taken => ({
  outcome: 'acknowledged',
  acknowledgement: {
    ...named,
    count: row.record_count,
    sumYen: row.sum_yen,
    sha256: row.trailer_sha256.toString('hex'),
    receivedAt: jstText(epochMs(row.received_at)),
  },
  ...taken,
})

/** The row of a file that has just come. */
export const acknowledgedRow = (
  trailer: { readonly count: number; readonly sum: number; readonly sha256: string },
  fileSha256: string,
  receivedAt: EpochMs,
): AcknowledgedRow => ({
  record_count: trailer.count,
  sum_yen: trailer.sum,
  trailer_sha256: Buffer.from(trailer.sha256, 'hex'),
  file_sha256: Buffer.from(fileSha256, 'hex'),
  received_at: receivedAt,
})

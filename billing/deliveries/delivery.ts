import type { EpochMs } from '../../domain/clock.js'
import type { Yen } from '../../domain/yen.js'

/**
 * What billing hands to other systems (seed 004 Figure 7, §4.3(4)③, §4.3(5)): 仕訳 to accounting (B-18) and charge totals
 * to MIP-R (B-20) once a day, the source of invoices to eBilling and CLAMP (B-17) once a month.
 */
export const DELIVERY_KINDS = ['journal', 'mip-r', 'ebilling', 'clamp'] as const
export type DeliveryKind = (typeof DELIVERY_KINDS)[number]

/** Kinds of which one file is made a day of Japan; of the others one a month of use. */
export const DAILY: readonly DeliveryKind[] = ['journal', 'mip-r']

export const isDeliveryKind = (text: string): text is DeliveryKind =>
  DELIVERY_KINDS.some(kind => kind === text)

/** A delivery as it was begun: what its file is made of does not change from then on. */
export interface Delivery {
  readonly kind: DeliveryKind
  /** 1, 2, 3 … a kind, without gap. */
  readonly number: number
  /** Day or month of use, `YYYY-MM-DD` or `YYYY-MM`. */
  readonly period: string
  readonly madeAt: EpochMs
  /** Of a daily one: ledger entries (journal) or files of CRS (MIP-R) after one number up to another. */
  readonly after: number
  readonly through: number
}

/** What a file came to. */
export interface DeliverySums {
  readonly records: number
  /** Yen, as the kind sums up: see docs/formats/deliveries.md. */
  readonly sum: Yen
  /** Of every byte before it in the trailer, lower-case hexadecimal. */
  readonly sha256: string
}

/** Name of a delivery's file, in the folder of its kind: `0000000042-20010131.tsv`. */
export const deliveryName = ({ number, period }: Pick<Delivery, 'number' | 'period'>): string =>
  `${`${number}`.padStart(10, '0')}-${period.replaceAll('-', '')}.tsv`

import type { SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { ScpDaySums } from '../../domain/day-sums.js'
import type { JstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Yen } from '../../domain/yen.js'
import type { ReceiptSearch } from '../http/receipt-routes.js'
import type { FilePlace } from '../quarter-hour/file.js'
import type { Brake } from '../rules/guess-brake.js'
import type { PinChain } from '../rules/pin-chain.js'
import type { Approval } from './approvals.js'
import type { AuditCheck } from './audit-check.js'
import type { AuditSearch, LoggedEntry } from './audit-log.js'
import type { AskedOfCards, CardsEffect } from './card-acts.js'
import type { CardLockHistory, LockedCard } from './card-lock-reader.js'
import type { BatchCount, BatchView, CardView } from './card-reader.js'
import type { CardDigest, SerialSpan } from './chain-reader.js'
import type { ClosedDay, WrittenDayClose } from './day-closes.js'
import type { Delivery } from './deliveries.js'
import type { EntryLine, EntrySearch } from './entry-search.js'
import type { LiabilityReport } from './liability-reader.js'
import type { LockLayersPolicy } from './lock-layers.js'
import type { HandsetHistory, LockedHandset } from './lock-reader.js'
import type { ClosedQuarterHour, WrittenFile } from './quarter-hours.js'
import type { Done } from './questions.js'
import type { Receipt } from './receipts.js'
import type { TrafficPeriod, TrafficReport } from './traffic-reader.js'
import type { TrafficTotals } from './traffic-totals.js'
import type { Watched } from './watch-reader.js'

/** What the store's background thread is asked: work that reads much and must not hold the writer up. */
export type BackgroundQuestions = {
  /** Writes the files of closed quarter-hours; safe to repeat. */
  writeFiles: { ask: readonly ClosedQuarterHour[]; answer: readonly WrittenFile[] }
  /** The charge traffic of a period. */
  traffic: { ask: TrafficPeriod; answer: TrafficReport }
  /** All that the charge traffic ever counted, and what waits at a moment. */
  trafficTotals: { ask: EpochMs; answer: TrafficTotals }
  /** Sums of a day; `unit`: the price of one unit. */
  daySums: { ask: { day: JstDay; unit: Yen }; answer: ScpDaySums }
  /** Writes the files of closed days; safe to repeat. */
  writeDayCloses: { ask: readonly ClosedDay[]; answer: readonly WrittenDayClose[] }
  /** Reads closed files, as they were written. */
  readFiles: { ask: readonly Delivery[]; answer: readonly Uint8Array[] }
  /** Acts that wait for a second person, or all, newest first. */
  approvals: { ask: { at: EpochMs; all: boolean; max: number }; answer: Approval[] }
  approval: { ask: { at: EpochMs; approval: number }; answer: Approval | undefined }
  searchAudit: { ask: AuditSearch; answer: LoggedEntry[] }
  /** Where the cards stand that were made with a key. */
  spansOfKey: { ask: number; answer: SerialSpan[] }
  /** The cards of a span whose digests are of a chain. */
  cardsOfChain: { ask: { chain: PinChain; span: SerialSpan }; answer: CardDigest[] }
  /** Stretches of a span in which no serial number has a card, at most `max`. */
  missingSerials: { ask: { span: SerialSpan; max: number }; answer: SerialSpan[] }
  checkAudit: { ask: undefined; answer: AuditCheck }
  lockedHandsets: { ask: EpochMs; answer: LockedHandset[] }
  lockedCards: { ask: undefined; answer: LockedCard[] }
  /** The brake while it stands. */
  brake: { ask: EpochMs; answer: Brake | undefined }
  cardLockHistory: { ask: { serial: SerialNumber; at: EpochMs }; answer: CardLockHistory }
  /** Moves what the write-ahead log holds to its place, as the timer does. */
  checkpoint: { ask: undefined; answer: Done }
  batches: { ask: EpochMs; answer: BatchCount[] }
  batch: { ask: { batch: number; at: EpochMs }; answer: BatchView }
  card: { ask: { serial: SerialNumber; at: EpochMs }; answer: CardView | undefined }
  /** What an act on cards would come to. */
  effectOnCards: {
    ask: { asked: AskedOfCards; person: string; at: EpochMs }
    answer: CardsEffect & { readonly doneAlone: number }
  }
  /** What is owed for cards, from what happened before a moment. */
  liability: { ask: EpochMs; answer: LiabilityReport }
  handsetHistory: { ask: { msisdn: Msisdn; at: EpochMs }; answer: HandsetHistory }
  /** Lines of the charge-operation log. */
  entries: { ask: EntrySearch; answer: EntryLine[] }
  /** Charges whose callers did not hear of them. */
  receipts: { ask: ReceiptSearch; answer: Receipt[] }
  /** What is watched over, at a moment. */
  watched: { ask: EpochMs; answer: Watched }
}

/** What the background thread is started with. */
export interface BackgroundOptions {
  readonly path: string
  readonly place: FilePlace
  readonly locks: LockLayersPolicy
  /** Pause between two checkpoints, in ms. */
  readonly checkpointMs: number
}

import type { CallSessionToken } from '../../domain/call-session.js'
import type { ChargeId } from '../../domain/charge-id.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Told } from '../rules/call-result.js'
import type { PinChain } from '../rules/pin-chain.js'
import type { TableName } from '../rules/tables.js'
import type { From } from '../rules/transfer.js'
import type { Figures } from '../scenarios/balance/figures.js'
import type { WaitingUnits } from '../units/unit-outbox.js'
import type { AskedAct } from './approvals.js'
import type { Batch, NewBatch } from './batches.js'
import type { NewCallSession } from './call-sessions.js'
import type { Doing } from './card-events.js'
import type { ImportedLines, ImportUnderWay } from './card-imports.js'
import type { Making, NewCards, PrintFile } from './card-making.js'
import type { KeyedDigest } from './cards.js'
import type { SerialSpan } from './chain-reader.js'
import type { Charged, Permitted } from './charges.js'
import type { AnchoredDay, WrittenDayClose } from './day-closes.js'
import type { Acknowledged, Delivery } from './deliveries.js'
import type { ActAnswer, AskedDecision, DecisionAnswer } from './office.js'
import type { PinKeyCheck, PinRotation, Wrapping } from './pin-keys.js'
import type { ClosedQuarterHour, WrittenFile } from './quarter-hours.js'
import type { AcceptedQuarterHour, OpenRestoration } from './restoration.js'
import type { ServiceState } from './service-states.js'
import type { KeptTable, StandingTables } from './table-versions.js'
import type { EndedCall, RefusedCalls } from './traffic.js'

/** How opening a call session went. */
export type SessionOpening =
  | 'opened'
  /** This very INVITE opened one before. */
  | 'repeated'
  /** The store cannot write now: the call is let in to be told so, or to enquire, and charges nothing. */
  | 'unrecorded'

/** The answer where there is nothing to tell but that it is on disk. */
export type Done = 'done'

/** Everything that scp's store is asked. What an answer speaks of is on disk. */
export type StoreQuestions = {
  openCallSession: { ask: NewCallSession; answer: SessionOpening }
  /** A call session that has ended is left alone. */
  endCallSession: { ask: EndedCall; answer: Done }
  /** The caller heard the result of an entry to its end. Kept in memory: forgotten, it is told of again. */
  resultHeard: { ask: { token: CallSessionToken; entry: number }; answer: Done }
  /** Calls that were refused before they had a session. */
  countRefusedCalls: { ask: readonly RefusedCalls[]; answer: Done }
  /** What ivr told a caller; `false` when the call has ended, or never was. */
  tellOfCall: { ask: { token: CallSessionToken; told: Told }; answer: boolean }
  /** Call sessions that have not ended, oldest first: at start, those of calls that may live on. */
  openCallSessions: { ask: undefined; answer: CallSessionToken[] }
  /** Whether the store can write; fails when it cannot. */
  probe: { ask: undefined; answer: Done }
  /** Step ⑬; fails when nothing could be charged, for then nobody is asked for a card number. */
  permission: { ask: CallSessionToken; answer: Permitted }
  /** Steps ⑯ and ⑰. */
  charge: { ask: { id: ChargeId; digests: readonly KeyedDigest[] }; answer: Charged }
  /** What became of an entry whose answer did not arrive. */
  conclude: { ask: ChargeId; answer: Charged }
  /** What scp knows of the number behind a 157 call. */
  balanceFigures: { ask: CallSessionToken; answer: Figures }
  /** Units that the MSCP has not acknowledged, behind a place of the log, oldest first. */
  waitingUnits: { ask: { after: number; max: number }; answer: WaitingUnits[] }
  settleUnits: { ask: number; answer: Done }
  /** Keys that the store's digests were made with. */
  pinKeys: { ask: undefined; answer: PinKeyCheck[] }
  admitPinKey: { ask: PinKeyCheck; answer: Done }
  /** The chains of keys that a look-up must try. */
  pinChains: { ask: undefined; answer: PinChain[] }
  /** The rotation of the PIN key that is not over. */
  pinRotation: { ask: undefined; answer: PinRotation | undefined }
  endPinRotation: { ask: number; answer: Done }
  beginPinChain: { ask: PinChain; answer: Done }
  wrapCards: { ask: Wrapping; answer: Done }
  endPinChain: { ask: PinChain; answer: Done }
  /** Batches that are in use. */
  countActiveBatches: { ask: undefined; answer: number }
  /** Demonstration batches whose cards are not void. */
  countDemonstrationBatches: { ask: undefined; answer: number }
  planBatch: { ask: { planned: NewBatch; doing: Doing }; answer: Batch }
  /** Puts a demonstration batch, whose clear numbers are on disk, into use, or into the shop. */
  demonstrateBatch: { ask: { batch: number; activated: boolean }; answer: Done }
  /** The batch to go on making, where one waits. */
  batchInMaking: { ask: undefined; answer: Making | undefined }
  /** Places in the batch whose PIN another card has. */
  addCards: { ask: NewCards; answer: number[] }
  /** A print file that is on disk; the last one ends the making of its batch. */
  recordPrintFile: { ask: PrintFile; answer: Done }
  /** The file of another maker's cards to go on with, where one waits. */
  importUnderWay: { ask: undefined; answer: ImportUnderWay | undefined }
  takeImported: { ask: ImportedLines; answer: Done }
  /** Every line of the file is in; `missing`: serial numbers of its batch without a card. */
  finishImport: { ask: { import: number; missing: readonly SerialSpan[] }; answer: Done }
  /** Nothing of the file is to be kept, and why. */
  failImport: { ask: { import: number; why: string }; answer: Done }
  /** Takes cards of a file that failed out again, at most `max`; how many. */
  dropImported: { ask: { import: number; max: number }; answer: number }
  endFailedImport: { ask: number; answer: Done }
  /** Keys under which cards are being made or imported. */
  keysInMaking: { ask: undefined; answer: number[] }
  /** What operators decided about services. */
  serviceStates: { ask: undefined; answer: readonly ServiceState[] }
  /** The tables that are in force, and those that will be. */
  standingTables: { ask: undefined; answer: StandingTables }
  /** Every version of a table, and what was decided about it. */
  keptTable: { ask: TableName; answer: KeptTable }
  /** A version as it was given. */
  tableText: { ask: { table: TableName; version: number }; answer: string | undefined }
  /** What a person asks of the card office: done at once, or kept for a second person. */
  performAct: { ask: AskedAct; answer: ActAnswer }
  decideApproval: { ask: AskedDecision; answer: DecisionAnswer }
  /** Closes at most `max` quarter-hours that have ended; tells how many, and when the open one ends. */
  closeQuarterHours: {
    ask: { max: number }
    answer: { closed: number; openUntil: EpochMs; clockBehindMs: number }
  }
  /** The latest moment that the store speaks of: no charge is stamped earlier. */
  stampedUntil: { ask: undefined; answer: EpochMs }
  unwrittenQuarterHours: { ask: { max: number }; answer: ClosedQuarterHour[] }
  recordWrittenFiles: { ask: readonly WrittenFile[]; answer: Done }
  /** Days that were closed with their last quarter-hour, their files not yet on disk. */
  unwrittenDayCloses: { ask: { max: number }; answer: AnchoredDay[] }
  recordWrittenDayCloses: { ask: readonly WrittenDayClose[]; answer: Done }
  /** What CRS is owed from there on, as far as it is on disk and fits in one request: at most `max` files. */
  owedToCrs: { ask: { from: From; max: number }; answer: Delivery[] }
  /** How many quarter-hour files CRS has not acknowledged. */
  countOwedToCrs: { ask: undefined; answer: number }
  /** Whether this store comes from a backup and has yet to hear of what CRS accepted since. */
  openRestoration: { ask: undefined; answer: OpenRestoration | undefined }
  /** Takes the next quarter-hour back that CRS accepted; how many charges the store did not have. */
  replayAccepted: { ask: AcceptedQuarterHour; answer: number }
  endRestoration: { ask: undefined; answer: Done }
  /** Step ⑳: quarter-hour files that are about to be sent, by their numbers. */
  countSentToCrs: { ask: readonly number[]; answer: Done }
  /** A request to CRS brought no acknowledgement. */
  countTransferError: { ask: undefined; answer: Done }
  /** Step ㉑: what CRS answered, byte for byte. */
  recordAcknowledgements: { ask: readonly Acknowledged[]; answer: Done }
}

/** scp's store as the rest of scp sees it: questions, answered in time, whatever keeps the rows. */
export interface ScpStore {
  ask<N extends keyof StoreQuestions>(
    name: N,
    ask: StoreQuestions[N]['ask'],
  ): Promise<StoreQuestions[N]['answer']>
}

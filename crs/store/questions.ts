import type { FilesTogether } from '../../domain/files-together.js'
import type { JstDay } from '../../domain/jst.js'
import type { OfferedFile } from '../../domain/trigger-answer.js'
import type { CodeTables } from '../rules/code-tables.js'
import type { Delivered, Expected } from '../rules/delivery.js'
import type { AskedFile } from './accepted-files.js'
import type { Taken } from './acknowledgement.js'
import type { Closed, Open, WrittenFile } from './closes.js'
import type { Counted } from './counted.js'
import type { SentDayClose } from './day-close-intake.js'
import type { HourlySums } from './day-sums.js'
import type { NodeStanding } from './node-declarations.js'
import type { Declaration, Declared } from './node-office.js'
import type { SentFile } from './quarter-hour-intake.js'
import type { TablesInForce, TablesReplaced } from './table-versions.js'
import type { TriggerTaken } from './triggers.js'

/** What CRS's writer is asked. What an answer speaks of is on disk. */
export type StoreQuestions = {
  takeFile: { ask: SentFile; answer: Taken }
  takeDayClose: { ask: SentDayClose; answer: Taken }
  /** Takes what a node sent in one request, in order, up to the first that is not acknowledged. */
  takeTogether: { ask: readonly (SentFile | SentDayClose)[]; answer: Taken[] }
  /** What a node must send next. */
  expected: { ask: string; answer: Expected }
  /** How far the nodes delivered that are in. */
  deliveries: { ask: undefined; answer: ReadonlyMap<string, Delivered | undefined> }
  /** Closes at most `max` hours and days that are due; tells how many, and what is open then. */
  closeDue: { ask: { max: number }; answer: { closed: number; open: Open } }
  unwritten: { ask: { max: number }; answer: Closed[] }
  recordWritten: { ask: readonly WrittenFile[]; answer: 'done' }
  /** Every node that CRS ever served, as it stands. */
  nodes: { ask: undefined; answer: readonly NodeStanding[] }
  declareNode: { ask: Declaration; answer: Declared }
  codeTables: { ask: undefined; answer: TablesInForce }
  /** Puts code tables in force for what is closed from now on. */
  replaceCodeTables: {
    ask: { readonly tables: CodeTables; readonly reason: string }
    answer: TablesReplaced
  }
  /** Puts the code tables before in force again. */
  rollBackCodeTables: { ask: { readonly reason: string }; answer: TablesReplaced }
  takeTrigger: { ask: { number: number; text: string }; answer: TriggerTaken }
}

/** What CRS's background thread is asked: work that reads much and must not hold the writer up. */
export type BackgroundQuestions = {
  /** Writes the files of what was closed; safe to repeat. */
  writeFiles: { ask: readonly Closed[]; answer: readonly WrittenFile[] }
  /** What CRS acknowledged, as it came; `undefined` when it has none. */
  accepted: { ask: AskedFile; answer: string | undefined }
  /** Bytes of an answer; `undefined` when there was no such trigger. */
  readAnswer: { ask: number; answer: string | undefined }
  answered: { ask: undefined; answer: number[] }
  /** What a day's hourly files hold. */
  hourlySums: { ask: JstDay; answer: HourlySums }
  files: { ask: undefined; answer: OfferedFile[] }
  /** The file of a sequence as it is offered; `undefined` when none is on disk. */
  offered: { ask: number; answer: OfferedFile | undefined }
  /** Bytes of a file that is on disk. */
  readFile: { ask: number; answer: Uint8Array | undefined }
  /** Bytes of several, one after the other; `undefined` when one of them is not on disk. */
  readTogether: { ask: FilesTogether; answer: Uint8Array | undefined }
  /** What was taken and closed, for the metrics. */
  counted: { ask: undefined; answer: Counted }
}

/** CRS's store as the rest of CRS sees it: questions, answered in time. */
export interface CrsStore {
  ask<N extends keyof StoreQuestions>(
    name: N,
    ask: StoreQuestions[N]['ask'],
  ): Promise<StoreQuestions[N]['answer']>
}

/** What reads beside the writer, as the rest of CRS sees it. */
export interface CrsBackground {
  ask<N extends keyof BackgroundQuestions>(
    name: N,
    ask: BackgroundQuestions[N]['ask'],
  ): Promise<BackgroundQuestions[N]['answer']>
}

/** What the store's rules need of the settings. */
export interface CrsPolicy {
  /** Nodes that the settings name: CRS serves them from its start on. */
  readonly nodes: readonly string[]
  /** The code tables that the folder holds. */
  readonly tables: CodeTables
}

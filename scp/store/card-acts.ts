import type { SerialNumber } from '../../domain/card.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import {
  type ActRefusal,
  batchAfter,
  type CardAct,
  type CardState,
  next,
  type Standing,
  stateAt,
} from '../rules/card-life.js'
import type { SerialRange } from '../rules/serial-ranges.js'
import { type Batch, Batches, endsOf } from './batches.js'
import { CardEvents, type Doing } from './card-events.js'
import { CardRanges } from './card-ranges.js'
import type { SerialSpan } from './chain-reader.js'
import { serialKey, serialOf } from './keys.js'

/** Acts on ranges of cards that the office may ask for. */
export type RangeAct = Exclude<CardAct, 'generate' | 'import' | 'export' | 'use'>

/** An act on cards by their serial numbers, both ends included. */
export interface AskedOfCards {
  readonly act: RangeAct
  readonly first: SerialNumber
  readonly last: SerialNumber
  /** The new expiry, for an extension. */
  readonly until?: EpochMs
}

/** A file of another maker's cards, as it was approved. */
export interface ImportFileName {
  /** Name within the folder of imports. */
  readonly file: string
  readonly sha256: Uint8Array
}

/** What an act came to. */
export interface DoneToCards {
  readonly batch: number
  readonly changed: number
  /** Where those cards stood before. */
  readonly was: Readonly<Partial<Record<CardState, number>>>
  /** Cards that were left as they are, by where they stand. */
  readonly left: Readonly<Partial<Record<CardState, number>>>
}

/** What an act would come to. */
export interface CardsEffect extends DoneToCards {
  /** What each of the cards is worth. */
  readonly faceValue: Yen
}

/**
 * Acts that are done to all cards of a range or to none: who names a range for them says what each card
 * is. The others pass over what they cannot change, so that a theft is frozen though some were used.
 */
const WHOLE: readonly RangeAct[] = ['spoil', 'deliver', 'activate', 'refund']

/** Acts that a batch in a side exit lets nobody do to its cards. */
const NEED_BATCH: readonly RangeAct[] = ['spoil', 'deliver', 'activate', 'extend', 'refund']

/** Done to every card of a batch, these are done to the batch too. */
const END_BATCH: readonly RangeAct[] = ['void', 'refund']

/** What one person does alone is summed up for so long, in ms. */
const ALONE_FOR_MS = 86_400_000

/** The acts of the card office on cards and batches. Each is one work of the store's writer. */
export class CardActs {
  readonly #batches
  readonly #ranges
  readonly #events
  readonly #countUsed
  readonly #beginImport
  readonly #beingImported

  constructor(store: Database) {
    this.#batches = new Batches(store)
    this.#ranges = new CardRanges(store)
    this.#events = new CardEvents(store)
    this.#countUsed = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM used_card WHERE serial >= ? AND serial <= ?',
      )
      .pluck()
    this.#beginImport = store.prepare<[number, string, Uint8Array, number]>(
      'INSERT INTO card_import (batch, file, sha256, begun_at) VALUES (?, ?, ?, ?)',
    )
    this.#beingImported = store.prepare<[number]>(
      'SELECT 1 FROM card_import WHERE batch = ? AND ended_at IS NULL',
    )
  }

  /** Does an act to the cards of a range. Throws `ACT_REFUSED` with the reason, and then does nothing. */
  toRange(asked: AskedOfCards, at: EpochMs, doing: Doing): DoneToCards {
    const { batch, steps } = this.#weigh(asked, at)
    for (const step of steps) this.#carryOut(step, asked.act, at, doing)
    this.#moveBatch(batch, asked, steps, at, doing)
    return doneBy(batch, steps, at)
  }

  /** What an act would come to at a moment; nothing is done. Throws as the act itself does. */
  effectOn(asked: AskedOfCards, at: EpochMs): CardsEffect {
    const { batch, steps } = this.#weigh(asked, at)
    return { ...doneBy(batch, steps, at), faceValue: batch.faceValue }
  }

  /** To how many cards a person did something in the 24 hours before a moment, with nobody to approve it. */
  doneAlone(act: RangeAct, person: string, at: EpochMs): number {
    return this.#events.doneAlone(act, person, epochMs(at - ALONE_FOR_MS))
  }

  /** What an act comes to for each part of a range. Throws `ACT_REFUSED` where it does not come about. */
  #weigh(asked: AskedOfCards, at: EpochMs): { readonly batch: Batch; readonly steps: Step[] } {
    const { act, first, last } = asked
    const parts = this.#ranges.between(serialKey(first), serialKey(last))
    const batch = this.#batchOf(parts, asked)
    const steps = parts.map(part => this.#step(part, asked, at))
    const refused = steps.find(step => step.refusal !== undefined || step.used > 0)
    if (WHOLE.includes(act) && refused) throw refusal(asked, refused, at)
    if (steps.every(step => step.refusal !== undefined || step.unused === 0)) {
      throw steps[0] ? refusal(asked, steps[0], at) : refuse('There are no such cards.')
    }
    return { batch, steps }
  }

  /** Freezes a batch, whatever its cards are, or lets it back to where it was. */
  freezeBatch(batch: number, act: 'freeze' | 'unfreeze', at: EpochMs, doing: Doing): DoneToCards {
    const found = this.#batches.get(batch)
    const step = next(standingOf(found), act, at)
    if (step.outcome === 'refused') {
      throw refuse(`Batch ${batch} is ${found.state}: it cannot be ${PAST[act]}.`)
    }
    this.#recordOfBatch(found, step.standing, act, at, doing)
    return { batch, changed: 0, was: {}, left: {} }
  }

  /** Lets a batch be generated, its print files encrypted to a key; it takes the newest PIN key. */
  beginGeneration(batch: number, recipient: string, at: EpochMs, doing: Doing): void {
    const found = this.#batches.get(batch)
    this.#batches.beginGeneration(batch, recipient)
    this.#recordOfBatch(found, standingOf(found), 'generate', at, doing)
  }

  /** Lets another maker's cards be taken in as the batch that was planned for them. */
  beginImport(batch: number, { file, sha256 }: ImportFileName, at: EpochMs, doing: Doing): void {
    const found = this.#batches.get(batch)
    const where = this.#beingImported.get(batch) ? 'being imported' : found.state
    if (found.kind !== 'imported' || where !== 'planned') {
      throw refuse(`Batch ${batch}, ${found.kind}, is ${where}: no file can be imported as it.`)
    }
    this.#batches.beginImport(batch)
    this.#recordOfBatch(found, standingOf(found), 'import', at, doing)
    this.#beginImport.run(batch, file, sha256, at)
  }

  /** Records that another maker's cards are in; serial numbers that got none are void for good. */
  imported(batch: number, missing: readonly SerialSpan[], at: EpochMs, doing: Doing): void {
    const found = this.#batches.get(batch)
    const nobody = { ...doing, reason: 'not in the file, or its line was refused' }
    for (const { first, last } of missing) {
      for (const part of this.#ranges.between(first, last)) {
        this.#carryOut(this.#step(part, { act: 'void' }, at), 'void', at, nobody)
      }
    }
    const rest = this.#ranges.ofBatch(batch).filter(({ standing }) => standing.state === 'planned')
    for (const part of rest) {
      this.#carryOut(this.#step(part, { act: 'import' }, at), 'import', at, doing)
    }
    const step = next(standingOf(found), 'import', at)
    if (step.outcome === 'refused') throw refuse(`Batch ${batch} is ${found.state}.`)
    this.#recordOfBatch(found, step.standing, 'import', at, doing)
  }

  /** Hands a batch that is generated over to the card maker. */
  exportBatch(batch: number, at: EpochMs, doing: Doing): DoneToCards {
    return this.#moveAll(batch, 'export', at, doing)
  }

  /** Records that every card of a batch is made and in its print files. */
  generated(batch: number, at: EpochMs, doing: Doing): DoneToCards {
    return this.#moveAll(batch, 'generate', at, doing)
  }

  /** Puts a demonstration batch, whose clear numbers are on disk, into use or into the shop. */
  demonstrate(batch: number, state: 'active' | 'delivered', at: EpochMs, doing: Doing): void {
    for (const range of this.#ranges.ofBatch(batch)) {
      const standing = { ...range.standing, state }
      this.#write(range, standing, range.last - range.first + 1, 'demonstrate', at, doing)
    }
    this.#batches.setState(batch, state)
  }

  #moveAll(batch: number, act: 'generate' | 'export', at: EpochMs, doing: Doing): DoneToCards {
    const found = this.#batches.get(batch)
    const step = next(standingOf(found), act, at)
    if (step.outcome === 'refused' || found.kind !== 'commercial') {
      throw refuse(`Batch ${batch}, ${found.kind}, is ${found.state}: it cannot be ${PAST[act]}.`)
    }
    const steps = this.#ranges.ofBatch(batch).map(range => this.#step(range, { act }, at))
    const changed = steps.reduce((sum, one) => sum + this.#carryOut(one, act, at, doing), 0)
    this.#batches.setState(batch, step.standing.state)
    return { batch, changed, ...sortedBy(steps, at) }
  }

  /** The one batch of the cards that an act names. */
  #batchOf(parts: readonly SerialRange[], { act, first, last }: AskedOfCards): Batch {
    const [part] = parts
    if (!part) throw refuse(`There are no cards from ${first} to ${last}.`)
    if (parts.some(({ batch }) => batch !== part.batch)) {
      throw refuse(`The cards from ${first} to ${last} are of several batches: name those of one.`)
    }
    const batch = this.#batches.get(part.batch)
    if (NEED_BATCH.includes(act) && ['frozen', 'void', 'refunded'].includes(batch.state)) {
      throw refuse(`Batch ${batch.batch} is ${batch.state}: its cards cannot be ${PAST[act]}.`)
    }
    if (batch.state === 'planned' && batch.recipient !== undefined) {
      throw refuse(`Batch ${batch.batch} is being generated; wait until that is over.`)
    }
    if (this.#beingImported.get(batch.batch)) {
      throw refuse(`Batch ${batch.batch} is being imported; wait until that is over.`)
    }
    return batch
  }

  #step(
    part: SerialRange,
    { act, until }: { readonly act: CardAct; readonly until?: EpochMs },
    at: EpochMs,
  ): Step {
    const used = this.#countUsed.get(part.first, part.last) ?? 0
    const unused = part.last - part.first + 1 - used
    const step = next(part.standing, act, at, until)
    return step.outcome === 'done'
      ? { part, used, unused, after: step.standing, refusal: undefined }
      : { part, used, unused, after: part.standing, refusal: step.because }
  }

  #carryOut({ part, unused, after, refusal }: Step, act: CardAct, at: EpochMs, doing: Doing) {
    if (refusal !== undefined || unused === 0 || act === 'use') return 0
    this.#write(part, after, unused, act, at, doing)
    return unused
  }

  #write(
    part: SerialRange,
    after: Standing,
    cards: number,
    act: Exclude<CardAct, 'use'> | 'demonstrate',
    at: EpochMs,
    doing: Doing,
  ): void {
    this.#ranges.put({ ...part, standing: after })
    this.#events.append({
      ...doing,
      at,
      batch: part.batch,
      act,
      wholeBatch: false,
      first: part.first,
      last: part.last,
      cards,
      before: part.standing.state,
      after: after.state,
      expiresBefore: part.standing.expiresAt,
      expiresAfter: after.expiresAt,
    })
  }

  /** A batch goes forward with the first of its cards, and ends with all of them. */
  #moveBatch(
    batch: Batch,
    { act }: AskedOfCards,
    steps: readonly Step[],
    at: EpochMs,
    doing: Doing,
  ): void {
    const reached = steps.find(step => step.refusal === undefined)?.after.state
    if (reached === undefined) return
    const ends = this.#ranges.ofBatch(batch.batch)
    const isAll = ends.every(({ standing }) => standing.state === reached)
    const state = END_BATCH.includes(act) && isAll ? reached : batchAfter(batch.state, reached)
    if (state === batch.state) return
    this.#recordOfBatch(
      batch,
      { ...standingOf(batch), state, frozenFrom: undefined },
      act,
      at,
      doing,
    )
  }

  #recordOfBatch(
    batch: Batch,
    after: Standing,
    act: RangeAct | 'generate' | 'import',
    at: EpochMs,
    doing: Doing,
  ): void {
    const [first, last] = endsOf(batch)
    this.#batches.setState(batch.batch, after.state, after.frozenFrom)
    this.#events.append({
      ...doing,
      at,
      batch: batch.batch,
      act,
      wholeBatch: true,
      first,
      last,
      cards: 0,
      before: batch.state,
      after: after.state,
      expiresBefore: undefined,
      expiresAfter: undefined,
    })
  }
}

/** What an act does to cards that stand alike. */
interface Step {
  readonly part: SerialRange
  readonly used: number
  readonly unused: number
  readonly after: Standing
  readonly refusal: ActRefusal | undefined
}

const standingOf = ({ state, frozenFrom }: Batch): Standing => ({
  state,
  frozenFrom,
  expiresAt: undefined,
  extended: false,
})

const PAST: Readonly<Record<CardAct, string>> = {
  generate: 'generated',
  import: 'imported',
  export: 'exported',
  spoil: 'recorded as spoiled',
  deliver: 'delivered',
  activate: 'activated',
  use: 'used',
  freeze: 'frozen',
  unfreeze: 'unfrozen',
  extend: 'extended',
  void: 'made void',
  refund: 'refunded',
}

const WHY: Readonly<Record<Exclude<ActRefusal, 'not_from_here'>, string>> = {
  extended_before: 'was extended once before',
  never_sold: 'was never activated, so never sold',
  nothing_to_extend: 'expires at no earlier moment than that, or never',
}

function refusal({ act }: AskedOfCards, step: Step, at: EpochMs): Fault {
  const { part, used, refusal: because } = step
  const from = `The card ${serialOf(part.first)}${part.first < part.last ? ' and those behind it' : ''}`
  if (because !== undefined && because !== 'not_from_here') {
    return refuse(`${from}: cannot be ${PAST[act]}, as it ${WHY[because]}.`)
  }
  if (because !== undefined) {
    return refuse(`${from}: cannot be ${PAST[act]}, being ${stateAt(part.standing, at)}.`)
  }
  const [one, last] = [serialOf(part.first), serialOf(part.last)]
  const cards = one === last ? `The card ${one} was used` : `${used} of ${one} to ${last} were used`
  return refuse(`${cards}: ${one === last ? 'it' : 'the range'} cannot be ${PAST[act]}.`)
}

/** What an act came to in all. */
function doneBy({ batch }: Batch, steps: readonly Step[], at: EpochMs): DoneToCards {
  const sorted = sortedBy(steps, at)
  const changed = Object.values(sorted.was).reduce((sum, cards) => sum + cards, 0)
  return { batch, changed, ...sorted }
}

/** The cards of an act by where they stood: those that it changes, and those that it leaves. */
function sortedBy(steps: readonly Step[], at: EpochMs): Pick<DoneToCards, 'was' | 'left'> {
  const was: Partial<Record<CardState, number>> = {}
  const left: Partial<Record<CardState, number>> = {}
  const add = (counts: typeof was, state: CardState, cards: number) => {
    if (cards > 0) counts[state] = (counts[state] ?? 0) + cards
  }
  for (const { part, used, unused, refusal } of steps) {
    add(left, 'used', used)
    add(refusal === undefined ? was : left, stateAt(part.standing, at), unused)
  }
  return { was, left }
}

const refuse = (why: string): Fault => new Fault('ACT_REFUSED', why)

/** A batch as a list has it; a day is one of Japan, moments are ms. */
export interface Batch {
  readonly batch: number
  readonly kind: string
  readonly firstSerial: string
  readonly lastSerial: string
  readonly count: number
  readonly faceValue: number
  readonly pinLength: number
  readonly design: string
  readonly distributor: string
  /** Last day on which its cards can be used; `null`: they never expire. */
  readonly usableThrough: string | null
  readonly state: string
  /** Whose key its print files are encrypted to, once it is let be generated. */
  readonly recipient: string | null
  readonly madeAt: number
}

/** Cards by where they stand. */
export type Counts = Readonly<Record<string, number>>

export interface CountedBatch extends Batch {
  readonly counts: Counts
  readonly printed: number
  /** Cards drawn so far. */
  readonly made: number
}

/** `GET /api/office/batches`. */
export interface Batches {
  readonly batches: readonly CountedBatch[]
  readonly cardMakerKey: string | null
}

/** What was done to cards. */
export interface CardEvent {
  readonly at: number
  readonly act: string
  readonly wholeBatch: boolean
  readonly firstSerial: string
  readonly lastSerial: string
  readonly cards: number
  readonly before?: string
  readonly after: string
  readonly reason: string
  readonly person: string
  readonly approver?: string
}

/** `GET /api/office/batches/:batch`. */
export interface BatchView extends CountedBatch {
  /** Its cards in the store. */
  readonly generated: number
  readonly spoiled: number
  readonly files: readonly {
    readonly name: string
    readonly cards: number
    readonly bytes: number
    readonly sha256: string
  }[]
  readonly imports: readonly CardImport[]
  readonly events: readonly CardEvent[]
}

/** A list of another maker's cards that was asked for as a batch; moments are ms. */
export interface CardImport {
  readonly import: number
  readonly file: string
  readonly sha256: string
  readonly begunAt: number
  /** `null`: it is under way. */
  readonly endedAt: number | null
  readonly kept: number
  readonly refused: number
  readonly refusals: readonly BadLine[]
  /** Why it failed. */
  readonly failure: string | null
}

/** A line that is no card, and why. */
export interface BadLine {
  readonly line: number
  readonly problem: string
}

/** `POST /api/office/card-imports`: what a list holds. */
export interface UploadedList {
  readonly file: string
  readonly sha256: string
  readonly cards: number
  readonly bad: number
  /** The first bad lines. */
  readonly lines: readonly BadLine[]
}

/** `GET /api/office/cards/:serial`. */
export interface CardView {
  readonly serial: string
  readonly batch: Batch
  readonly state: string
  readonly usableThrough: string | null
  readonly extended: boolean
  readonly use: { readonly by: string; readonly kind: string; readonly at: number } | null
  readonly events: readonly CardEvent[]
}

/** `GET /api/office/card-effects`: what an act would come to. */
export interface CardsEffect {
  readonly batch: number
  readonly faceValue: number
  readonly changed: number
  readonly was: Counts
  readonly left: Counts
  readonly needsApproval: boolean
}

export interface LiabilityCards {
  readonly issued: number
  readonly spoiled: number
  readonly delivered: number
  readonly activated: number
  readonly charged: number
  readonly refunded: number
  readonly voided: number
  readonly expired: number
  readonly outstanding: number
}

/** `GET /api/office/liability?on=`. */
export interface Liability {
  readonly on: string
  readonly lines: readonly {
    readonly kind: string
    readonly faceValue: number
    readonly cards: LiabilityCards
  }[]
  readonly chargedYen: Counts
  readonly acknowledgedYen: number
}

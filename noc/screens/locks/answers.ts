/** What is locked, layer by layer (`GET /api/office/locks`); moments are ms. */
export interface Locks {
  readonly handsets: readonly LockedHandset[]
  readonly cards: readonly LockedCard[]
  readonly brake: Brake | null
}

export interface LockedHandset {
  readonly msisdn: string
  readonly lockedAt: number
  readonly reason: string
  readonly consecutive: number
  readonly until: number | null
}

export interface LockedCard {
  readonly serial: string
  readonly lockedAt: number
  readonly handsets: number
}

export interface Brake {
  readonly beganAt: number
  readonly until: number
  readonly wrong: number
  readonly limit: number
}

/** What is counted against a handset, and each lock and release (`GET /api/office/locks/<number>`). */
export interface HandsetHistory {
  readonly locked: boolean
  readonly consecutive: number
  readonly inWindow: number
  readonly events: readonly {
    readonly at: number
    readonly lockReason: string | null
    readonly consecutive: number
    readonly inWindow: number
    readonly person: string | null
    readonly reason: string | null
  }[]
}

/** Who keyed a card, and each lock and release (`GET /api/office/card-locks/<serial>`). */
export interface CardHistory {
  readonly locked: boolean
  readonly handsets: number
  readonly probes: readonly {
    readonly at: number
    readonly msisdn: string
    readonly outcome: string
  }[]
  readonly events: readonly {
    readonly at: number
    readonly handsets: number
    readonly person: string | null
    readonly reason: string | null
  }[]
}

/** A contract with all that billing holds for it (`GET /api/billing/contracts/:contract`); moments are ms. */
export interface Contract {
  readonly contract: string
  readonly contractClass: string
  readonly plan: string
  readonly cancelledAt?: number
  readonly numbers: readonly {
    readonly msisdn: string
    readonly from: number
    readonly until?: number
  }[]
  readonly balance: number
  readonly lastChargedAt?: number
  /** First month and last day in which the balance is applied. */
  readonly validity?: { readonly start: string; readonly end: string }
  readonly entries: readonly Entry[]
  readonly applications: readonly Application[]
}

/** One line of the ledger; the amount adds to the balance. */
export interface Entry {
  readonly kind: string
  readonly amount: number
  readonly month: string
  readonly occurredAt: number
  readonly bookedAt: number
}

/** What a month of use came to. */
export interface Application {
  readonly month: string
  readonly invoice: number
  readonly carriedIn: number
  readonly registered: number
  readonly expired: number
  readonly applied: number
  readonly carriedOut: number
  readonly validThrough?: string
}

/** `GET /api/billing/numbers/:msisdn`, and of a card the number that it was charged to. */
export interface NumberAnswer {
  readonly msisdn: string
  readonly contract?: Contract
  readonly charges: readonly {
    readonly chargeId: string
    readonly serial: string
    readonly faceValue: number
    readonly chargedAt: number
    readonly node: string
    readonly held?: string
  }[]
}

/** `GET /api/billing/months/:month/invoices/:of`. */
export interface Invoice {
  readonly number: string
  readonly contract: string
  readonly customer: { readonly customer: string; readonly name: string }
  readonly msisdn: string
  readonly plan: string
  readonly month: string
  readonly billingMonth: string
  readonly lines: readonly {
    readonly item: string
    readonly name: string
    readonly quantity: number
    readonly amount: number
    readonly taxPercent: number
  }[]
  readonly net: number
  readonly tax: number
  readonly gross: number
  readonly due: number
  readonly state: string
  readonly final: boolean
}

/** `GET /api/billing/held-charges`. */
export interface HeldCharges {
  readonly held: readonly {
    readonly chargeNo: number
    readonly chargeId: string
    readonly msisdn: string
    readonly serial: string
    readonly faceValue: number
    readonly chargedAt: number
    readonly reason: string
    readonly firstSeenAt: number
    readonly retries: number
  }[]
}

/** `GET /api/billing/exchange`. */
export interface Exchange {
  readonly state: string
  readonly trigger: number
  readonly reflectedThrough: number
  readonly now: number
  readonly timers: readonly {
    readonly name: string
    readonly dueAt: number
    readonly about: string
  }[]
}

/** `GET /api/billing/days`. */
export interface Days {
  readonly confirmedThrough?: string
  readonly days: readonly {
    readonly day: string
    readonly difference?: string
    readonly confirmedAt?: number
    readonly reason?: string
    readonly credited: number
    readonly creditedYen: number
    readonly held: number
    readonly heldYen: number
  }[]
}

interface Sums {
  readonly invoices: number
  readonly grossYen: number
}

/** `GET /api/billing/months/:month/rehearsal`. */
export interface Rehearsal extends Sums {
  readonly comparedWith: 'last_run' | 'previous_month'
  readonly before: Sums
  readonly differing: number
  readonly named: readonly {
    readonly contract: string
    readonly before?: number
    readonly after?: number
  }[]
}

/** `GET /api/billing/months/:month/progress`, in contracts. */
export interface Progress {
  readonly done?: number
  readonly last?: number
}

/** `GET /api/billing/deliveries?kind=journal`. */
export interface Deliveries {
  readonly deliveries: readonly {
    readonly number: number
    readonly period: string
    readonly madeAt: number
    readonly file: string
    readonly records?: number
    readonly sum?: number
  }[]
}

/** `GET /api/billing/journals/:number`. */
export interface Journal {
  readonly lines: readonly {
    readonly side: string
    readonly account: { readonly code: string; readonly name: string }
    readonly part: string
    readonly amount: number
    readonly of: string
  }[]
}

import { yen } from '../../domain/yen.js'
import { begin, next } from '../../ivr/charge-dialogue.js'
import type { EntryResult } from '../../ivr/charge-guidance.js'
import type { Action, ChargeLimits, Event, State } from '../../ivr/charge-states.js'
import { parseKey } from '../../ivr/dialogue.js'

/** The limits of the specification (requirements §4). */
export const LIMITS: ChargeLimits = {
  firstDigitWaitMs: 10_000,
  interDigitWaitMs: 5_000,
  acceptWaitMs: 1_500,
  numberTimeMs: 60_000,
  pinLength: 14,
  tries: 3,
  cardsPerCall: 10,
  nextCardWaitMs: 5_000,
  welcomeWaitMs: 1_000,
  languageWaitMs: 1_500,
  comfortAfterMs: 1_500,
  callTimeMs: 270_000,
  offerLanguage: true,
  sayRoomLeft: false,
  sayTriesLeft: false,
}

/** One charge dialogue talked through by hand, event by event, on a clock that only the test moves. */
export class Talk {
  state: State
  /** Every action so far, in order. */
  readonly actions: Action[]
  atMs = 0

  constructor(changed: Partial<ChargeLimits> = {}) {
    const [state, ...actions] = begin({ ...LIMITS, ...changed }, 'ja')
    this.state = state
    this.actions = actions
  }

  /** Tells the dialogue; returns what it does about it. */
  tell(event: Event): Action[] {
    const [state, ...actions] = next(this.state, event, this.atMs)
    this.state = state
    this.actions.push(...actions)
    return actions
  }

  /** Keys, 100 ms apart; returns what the last one leads to. */
  key(keys: string): Action[] {
    let actions: Action[] = []
    for (const text of keys) {
      this.atMs += 100
      const key = parseKey(text)
      if (key === undefined) throw new Error('not a key')
      actions = this.tell({ type: 'key', key })
    }
    return actions
  }

  /** Waits for as long as the dialogue does, and keys nothing. */
  silence(): Action[] {
    const last = this.actions.at(-1)
    if (last?.type === 'read_key') this.atMs += last.waitMs
    return this.tell({ type: 'no_key' })
  }

  /** Answered, permitted, and past the welcome: the number is asked for. */
  toNumber(): this {
    this.toWelcome()
    this.silence()
    return this
  }

  toWelcome(): this {
    this.tell({ type: 'answered' })
    this.permit()
    return this
  }

  permit(): Action[] {
    const permission = { outcome: 'permitted', registered: yen(0), remaining: yen(50_000) } as const
    return this.tell({ type: 'permission', permission })
  }

  /** A number was keyed and answered so. */
  result(result: EntryResult): Action[] {
    return this.tell({ type: 'result', result })
  }

  played(): Action[] {
    return this.tell({ type: 'played' })
  }

  /** How many numbers were handed on. */
  get redeemed(): number {
    return this.actions.filter(({ type }) => type === 'redeem').length
  }
}

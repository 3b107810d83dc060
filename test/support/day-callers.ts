import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type CallSessionToken, parseCallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { nodeTime } from '../../ivr/call-time.js'
import { type AskingScp, askPermission, redeem } from '../../ivr/redeem.js'
import type { Scp } from '../../ivr/scp.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { type IdentitySigner, identityHeaders } from '../../switch-sim/mls/identity.js'
import type { Keyed, PlannedCall } from './day-plan.js'
import type { MediaLeg, SwitchLeg, WiredCalls } from './wired-calls.js'

/** How long ivr asks scp, as its settings have it by default, in ms. */
const PATIENCE = {
  attemptMs: 2_500,
  pauseMs: 100,
  pauseMaxMs: 1_000,
  permissionForMs: 3_000,
  chargeForMs: 8_000,
  concludeForMs: 2_000,
}

/** Longest that a caller waits for the network to say anything, on a busy machine, in ms. */
const PATIENCE_MS = 60_000

/** Pause of a caller who was cut off, or not served, before the next try, in ms. */
const AGAIN_MS = 500

/** Tries of one caller; more than a network takes that always comes back. */
const TRIES_MAX = 300

/** How long ivr may take to tell a notice that nobody waits for, in ms. */
const NOTICE_MS = 2_500

/** One card in one caller's hand, and what the caller was told of it. */
export interface CardStory {
  readonly number: Msisdn
  readonly card: ClearCard
  /** `charged`, `already_yours`, or why not. */
  readonly told: readonly string[]
}

export interface DayCallersOptions {
  readonly calls: WiredCalls
  readonly scp: Scp
  readonly signer: IdentitySigner
  /** What a stranger signs with. */
  readonly forger: IdentitySigner
}

/**
 * Subscribers of a day, by calls without audio: the switch and the media engine by their SIP, ivr by its
 * questions to scp. Who is cut off, or not served, calls again with what is left to key, as people do.
 */
export class DayCallers {
  readonly stories: CardStory[] = []
  /** Cards that were keyed, and whose callers did not learn there and then whether they are charged. */
  readonly unsure: Omit<CardStory, 'told'>[] = []
  /** Calls that were begun, those again among them. */
  begun = 0
  /** Of these, how many did not do what their callers wanted, by why not. */
  readonly failed = new Map<string, number>()
  /** Of forged calls, how many were refused as they must be, and how many not. */
  readonly forged = { refused: 0, taken: 0 }
  /** Callers whom the network left waiting. */
  readonly hanging: string[] = []
  readonly #options: DayCallersOptions
  /** Cards that are used for certain, and by whom. */
  readonly #used: CardStory[] = []

  constructor(options: DayCallersOptions) {
    this.#options = options
  }

  /** Serves a caller to the end. */
  async serve(planned: PlannedCall): Promise<void> {
    const left = [...planned.keys]
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const failure = await this.#call(planned, left)
      if (failure === undefined) return
      this.failed.set(failure, (this.failed.get(failure) ?? 0) + 1)
      await wait(AGAIN_MS)
    }
    this.hanging.push(`${planned.caller} was never served`)
  }

  /**
   * One call; why its caller must call again, `undefined` when all is done. What was keyed and answered
   * leaves `left`.
   */
  async #call(planned: PlannedCall, left: Keyed[]): Promise<string | undefined> {
    // A port of the session description, by which the two ends of a call find each other.
    const mark = 1 + (this.begun++ % 60_000)
    const callId = randomUUID()
    const fields = await this.#fieldsOf(planned, callId)
    const { leg, reached } = this.#options.calls.call(callId, mark, fields)
    const media = await this.#within(Promise.race([reached, leg.answer]), leg)
    if (typeof media !== 'object') return this.#notReached(planned, media)
    if (planned.way === 'forges') this.forged.taken++
    let failure: string | undefined
    if (planned.way === 'leaves while it rings') leg.cancel()
    else {
      media.accept()
      const status = await this.#within(leg.answer, leg)
      if (status !== 200) failure = `answered ${status}`
      else if (planned.way === 'leaves at the answer') leg.hangUp()
      else failure = await this.#talk(planned, left, leg, media)
    }
    const over = await this.#within(Promise.all([leg.over, media.over]), leg)
    return over ? failure : 'never over'
  }

  #notReached({ way }: PlannedCall, status: number | undefined): string | undefined {
    if (way !== 'forges' || status !== 403) return `answered ${status}`
    this.forged.refused++
    return undefined
  }

  /** What ivr does in a call, from ⑬ on; what keeps the caller from all that there was to do. */
  async #talk(
    planned: PlannedCall,
    left: Keyed[],
    leg: SwitchLeg,
    media: MediaLeg,
  ): Promise<string | undefined> {
    const session = parseCallSessionToken(media.invite.headers.get('X-Call-Session') ?? '')
    if (!session) throw new Error('a call without a token')
    const asking: AskingScp = {
      scp: this.#options.scp,
      time: nodeTime,
      patience: PATIENCE,
      callerThere: () => !leg.ended && !media.ended,
      noticed: () => {},
    }
    const permission = await askPermission(session, asking)
    if (permission?.outcome === 'permitted') {
      const done = await this.#keyAll(planned, left, session, asking, leg)
      this.#hangUp(planned, leg, media)
      return done ? undefined : 'cut off'
    }
    media.hangUp()
    return permission ? undefined : 'no permission'
  }

  async #keyAll(
    { caller, way }: PlannedCall,
    left: Keyed[],
    session: CallSessionToken,
    asking: AskingScp,
    leg: SwitchLeg,
  ): Promise<boolean> {
    const { scp } = this.#options
    const nothingKeyed = { session, entry: 0 }
    const tell = (notice: 'no_input' | 'short') =>
      scp.notice(nothingKeyed, notice, NOTICE_MS).catch(() => {})
    if (way === 'keys nothing') await tell('no_input')
    if (way === 'keys too few digits') await tell('short')
    for (let entry = 1; left[0] !== undefined; entry++) {
      const keyed = left[0]
      const { pin, card } = this.#numberOf(keyed, caller)
      const asked = redeem({ session, entry }, pin, asking)
      const leaves = way === 'leaves while it is checked' && left.length === 1
      if (leaves) leg.hangUp()
      const { outcome, ...more } = await asked
      if (outcome === 'outcome_unknown' || outcome === 'abandoned') {
        if (card) this.unsure.push({ number: caller, card })
        return leaves
      }
      left.shift()
      if (card) this.#tell(caller, card, outcome)
      const refused = outcome === 'locked' || outcome === 'over_month_cap'
      if (refused || ('nowLocked' in more && more.nowLocked) || leaves) return true
    }
    return true
  }

  /** The number to key, and the card if it is the caller's. */
  #numberOf(keyed: Keyed, caller: Msisdn): { readonly pin: Pin; readonly card?: ClearCard } {
    if (keyed.what === 'card') return { pin: keyed.card.pin, card: keyed.card }
    if (keyed.what === 'mistake') return { pin: keyed.pin }
    const other = this.#used.findLast(({ number }) => number !== caller)
    return { pin: other?.card.pin ?? keyed.pin }
  }

  #tell(number: Msisdn, card: ClearCard, outcome: string): void {
    const told = TOLD[outcome] ?? outcome
    const story = { number, card, told: [told] }
    this.stories.push(story)
    if (told === 'charged') this.#used.push(story)
  }

  #hangUp({ way }: PlannedCall, leg: SwitchLeg, media: MediaLeg): void {
    const ivrEnds = way === 'hears all' || way === 'keys nothing' || way === 'keys too few digits'
    if (ivrEnds) media.hangUp()
    else leg.hangUp()
  }

  async #fieldsOf({ caller, kind, way }: PlannedCall, callId: string) {
    const { signer, forger } = this.#options
    const call = {
      number: caller,
      service: '1400' as const,
      chargeKind: kind,
      callId,
      displayWithheld: false,
    }
    const identity = await (way === 'forges' ? forger : signer).sign(call)
    return identityHeaders(call, identity, 'mls.mcscp')
  }

  /** Waits for the network as long as a caller does; then hangs up, and `undefined`. */
  async #within<T>(coming: Promise<T>, leg: SwitchLeg): Promise<T | undefined> {
    const given = new AbortController()
    const patience = wait(PATIENCE_MS, undefined, { signal: given.signal }).catch(() => undefined)
    const came = await Promise.race([coming, patience])
    given.abort()
    if (came !== undefined) return came
    this.hanging.push(leg.callId)
    leg.hangUp()
    return undefined
  }
}

/** What a caller hears, in the words of the audit; what is not listed is told as it is. */
const TOLD: Readonly<Record<string, string>> = {
  redeemed: 'charged',
  units_added: 'charged',
  own_card: 'already_yours',
}

import type { CallNotice } from '../../domain/call-notice.js'
import { CALL_REFUSALS } from '../../domain/call-refusal.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import { CHARGE_KINDS, type ChargeKind } from '../../domain/charge-kind.js'
import type { CallResult, TrafficKind, TrafficMeasure } from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { startOfQuarterHour } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Finding } from '../../scp/rules/charge-decision.js'
import { type Desk, entryOf, wrongPin } from './scp-desk.js'
import { phone } from './scp-values.js'

/** Everything happens on a whole multiple of this, so that what happens at once shares a commit, in ms. */
const TICK_MS = 10_000

/** Handsets that call, unless a run has more. */
const HANDSETS = 400

/** Of the calls of a run, the parts that key an unused card and one of each other sort; more have none. */
const GOOD_PART = 0.65
const OTHER_PART = 0.15

/** What the run counted itself, by what scp answered, apart from what scp counts. */
export class Recount {
  /** `<quarter-hour> <kind> <measure>`, or a face value in place of the measure. */
  readonly counts = new Map<string, number>()
  readonly peaks = new Map<number, number>()
  /** Locks that were released, by quarter-hour. */
  readonly unlocked = new Map<number, number>()
  calls = 0
  straddling = 0

  add(at: EpochMs, kind: TrafficKind, of: TrafficMeasure | number, amount = 1): void {
    if (amount === 0) return
    const key = `${startOfQuarterHour(at)} ${kind} ${of}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + amount)
  }

  peak(at: EpochMs, calls: number): void {
    const quarterHour = startOfQuarterHour(at)
    this.peaks.set(quarterHour, Math.max(calls, this.peaks.get(quarterHour) ?? 0))
  }
}

/** The table of M-17 once more, in the test's own words. */
// biome-ignore format: table
const COUNTS_AS: Readonly<Record<Finding, CallResult>> = {
  redeemed: 'accepted',       unknown: 'unknown',   used: 'used',     own_card: 'used',
  not_active: 'not_active',   expired: 'expired',   locked: 'locked',
  over_month_cap: 'over_cap', abandoned: 'system_fault',
  card_locked: 'not_active',  must_wait: 'locked',
}

/** A number that is not served counts as one before its service's first day. */
const refusedAs = (refusal: (typeof CALL_REFUSALS)[number]): TrafficMeasure =>
  (refusal === 'not-served' ? 'not_in_service' : refusal.replaceAll('-', '_')) as TrafficMeasure

/** What callers do, one a tick; then they hang up. */
type Deed =
  | 'permission'
  | 'good'
  | 'wrong'
  | 'again'
  | 'idle'
  | 'late'
  | 'big'
  | 'conclude'
  | 'no_input'
  | 'short'
  | 'fault'
  | 'wait'

// biome-ignore format: table
const WAYS: readonly (readonly Deed[])[] = [
  ['permission', 'good', 'wait'],
  ['permission', 'wait', 'good', 'good', 'wait'],
  ['permission', 'wrong', 'good'],
  ['permission', 'wrong', 'wrong', 'wrong'],
  ['permission', 'good', 'again'],
  ['permission', 'idle'],
  ['permission', 'late'],
  ['permission', 'big', 'big'],
  ['permission', 'conclude'],
  ['permission', 'wait', 'wait', 'no_input', 'wait'],
  ['permission', 'wait', 'short', 'wait'],
  ['permission', 'fault'],
  ['permission', 'good', 'fault'],
  ['permission', 'good', 'short'],
  ['permission', 'wait'],
  ['wait'],
]

type Pins = Record<Extract<Deed, 'good' | 'idle' | 'late' | 'big'>, Pin[]>

async function stock(desk: Desk, calls: number, lateFrom: EpochMs): Promise<Pins> {
  const pins = async (...[count, faceValue, order]: Parameters<Desk['cards']>) =>
    (await desk.cards(count, faceValue, order)).map(({ pin }) => pin as Pin)
  const third = Math.ceil((calls * GOOD_PART) / 3)
  const each = Math.ceil(calls * OTHER_PART)
  const mixed = await Promise.all([500, 1_000, 3_000].map(value => pins(third, value)))
  return {
    good: Array.from({ length: 3 * third }, (_, n) => {
      return mixed[n % 3]?.[Math.floor(n / 3)] ?? wrongPin(n)
    }),
    idle: await pins(each, 1_000, { activated: false }),
    late: await pins(each, 1_000, { expiresAt: lateFrom }),
    big: await pins(each, 50_000),
  }
}

/** One call under way, and what it counts as so far. */
class RunningCall {
  readonly #desk: Desk
  readonly #recount: Recount
  readonly #token: CallSessionToken
  readonly #kind: ChargeKind
  readonly #locked: () => void
  readonly beganAt: EpochMs
  readonly left: Deed[]
  #entries = 0
  #newlyLocked = 0
  #result: CallResult = 'abandoned'
  #lastPin = wrongPin()

  constructor(
    desk: Desk,
    recount: Recount,
    call: {
      token: CallSessionToken
      msisdn: Msisdn
      kind: ChargeKind
      beganAt: EpochMs
      way: readonly Deed[]
      locked: (msisdn: Msisdn) => void
    },
  ) {
    this.#locked = () => call.locked(call.msisdn)
    this.#desk = desk
    this.#recount = recount
    this.#token = call.token
    this.#kind = call.kind
    this.beganAt = call.beganAt
    this.left = [...call.way]
  }

  async act(deed: Deed, pins: Pins, at: EpochMs): Promise<void> {
    switch (deed) {
      case 'permission':
        return this.#askPermission()
      case 'good':
      case 'idle':
      case 'late':
      case 'big':
        return this.#key(pins[deed].pop() ?? wrongPin(), at)
      case 'wrong':
        return this.#key(wrongPin(1), at)
      case 'again':
        return this.#key(this.#lastPin, at)
      case 'conclude':
        await this.#desk.store.ask('conclude', entryOf(this.#token, ++this.#entries))
        this.#result = 'system_fault'
        return
      case 'no_input':
      case 'short':
        await this.#tell(deed, this.#entries)
        if (this.#entries === 0) this.#result = deed
        return
      case 'fault':
        // An entry that never reached scp.
        await this.#tell('system_fault', this.#entries + 1)
        this.#result = 'system_fault'
        return
      case 'wait':
    }
  }

  async end(at: EpochMs, known: boolean): Promise<void> {
    const heldMs = at - this.beganAt - 1
    await this.#desk.end(this.#token, { how: 'answered', ...(known ? { heldMs } : {}) })
    const add = (measure: TrafficMeasure, amount: number) =>
      this.#recount.add(at, this.#kind, measure, amount)
    add(this.#result, 1)
    add('entries', this.#entries)
    add('newly_locked', this.#newlyLocked)
    add('held_calls', known ? 1 : 0)
    add('held_ms', known ? heldMs : 0)
    if (startOfQuarterHour(this.beganAt) !== startOfQuarterHour(at)) this.#recount.straddling++
  }

  async #askPermission(): Promise<void> {
    const { permission } = await this.#desk.store.ask('permission', this.#token)
    if (permission.outcome === 'permitted') return
    this.#result = permission.outcome === 'locked' ? 'locked' : 'at_cap'
    this.left.length = 0
  }

  async #key(pin: Pin, at: EpochMs): Promise<void> {
    this.#lastPin = pin
    const { answer, finding, handsetNowLocked } = await this.#desk.key(
      this.#token,
      pin,
      ++this.#entries,
    )
    this.#result = COUNTS_AS[finding]
    const charged = answer.outcome === 'redeemed' || answer.outcome === 'units_added'
    if (charged) this.#recount.add(at, this.#kind, answer.faceValue)
    if (!handsetNowLocked) return
    this.#newlyLocked++
    this.#locked()
  }

  async #tell(notice: CallNotice, entries: number): Promise<void> {
    await this.#desk.store.ask('tellOfCall', { token: this.#token, told: { notice, entries } })
  }
}

/** How likely an operator releases a lock at a tick. */
const UNLOCK_CHANCE = 0.2

async function unlock(desk: Desk, recount: Recount, msisdn: Msisdn, at: EpochMs): Promise<void> {
  const { outcome } = await desk.store.ask('performAct', {
    act: 'unlock_handset',
    payload: { msisdn },
    person: { name: 'tanaka', role: 'operator' },
    reason: 'the caller proved to be the subscriber',
  })
  if (outcome !== 'performed') throw new Error(`a locked handset was not released: ${outcome}`)
  const quarterHour = startOfQuarterHour(at)
  recount.unlocked.set(quarterHour, (recount.unlocked.get(quarterHour) ?? 0) + 1)
}

export interface TrafficRunOptions {
  readonly desk: Desk
  readonly chance: () => number
  readonly calls: number
  readonly from: EpochMs
  readonly ticks: number
  /** Pause between two moments at which anything happens, in ms. */
  readonly tickMs?: number
  /** How many handsets there are to call from. */
  readonly handsets?: number
  /** Whether an operator releases locks now and then. */
  readonly unlocks?: boolean
  /** Told after each tick. */
  readonly ticked?: () => Promise<unknown>
}

/** Runs calls against scp's store on its moved clock; what they came to by the answers that callers got. */
export async function runTraffic(options: TrafficRunOptions): Promise<Recount> {
  const { desk, chance, calls, from, ticks, ticked } = options
  const { tickMs = TICK_MS, handsets = HANDSETS, unlocks = false } = options
  const pins = await stock(desk, calls, epochMs(from + tickMs))
  const recount = new Recount()
  const lockedHandsets: Msisdn[] = []
  const locked = (msisdn: Msisdn) => void lockedHandsets.push(msisdn)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T
  let running: RunningCall[] = []
  for (let tick = 0; tick < ticks || running.length > 0; tick++) {
    const at = epochMs(from + (tick + 1) * tickMs)
    desk.clock.set(at)
    recount.peak(at, running.length)
    const over = running.filter(({ left }) => left.length === 0)
    running = running.filter(({ left }) => left.length > 0)
    const deeds = over.map(call => call.end(at, chance() < 0.95))
    deeds.push(...running.map(call => call.act(call.left.shift() ?? 'wait', pins, at)))
    const released = unlocks && chance() < UNLOCK_CHANCE ? lockedHandsets.shift() : undefined
    if (released) deeds.push(unlock(desk, recount, released, at))
    const due = tick < ticks ? Math.round(((tick + 1) * calls) / ticks) - recount.calls : 0
    let unanswered = 0
    for (let n = 0; n < due; n++) {
      recount.calls++
      const kind = pick(CHARGE_KINDS)
      const msisdn = phone(1 + Math.floor(chance() * handsets))
      const fate = chance()
      if (fate < 0.1) {
        const refused = {
          kind: pick([kind, 'none'] as const),
          refusal: pick(CALL_REFUSALS),
          calls: 1,
        }
        deeds.push(desk.store.ask('countRefusedCalls', [refused]).then(() => {}))
        recount.add(at, refused.kind, refusedAs(refused.refusal))
      } else {
        const opened = desk.call(msisdn, kind)
        if (fate < 0.2) {
          unanswered++
          const how = pick(['withdrawn', 'congestion'] as const)
          deeds.push(opened.then(async token => void (await desk.end(token, { how }))))
          recount.add(at, kind, how)
        } else {
          const way = pick(WAYS)
          deeds.push(
            opened.then(token => {
              running.push(
                new RunningCall(desk, recount, { token, msisdn, kind, beganAt: at, way, locked }),
              )
            }),
          )
        }
      }
    }
    await Promise.all(deeds)
    recount.peak(at, running.length + unanswered)
    await ticked?.()
  }
  return recount
}

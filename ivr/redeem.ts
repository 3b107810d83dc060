import type { Pin } from '../domain/card.js'
import type { Permission } from '../domain/charge-answer.js'
import type { EntryResult } from './charge-guidance.js'
import { type Asking, type Pauses, persist } from './persist.js'
import type { Entry, Scp } from './scp.js'

/** How long, and how often, ivr asks scp before it gives up. All in ms. */
export interface Patience extends Pauses {
  /** ⑬ is asked again for so long. */
  readonly permissionForMs: number
  /** An entry is tried again for so long, always under the same number (architecture, point 4). */
  readonly chargeForMs: number
  /** After that, what became of it is asked for so long. */
  readonly concludeForMs: number
}

/** What asking scp needs besides the question. */
export interface AskingScp extends Asking {
  readonly scp: Scp
  readonly patience: Patience
}

/** ⑬ with patience; `undefined` when it could not be asked. */
export async function askPermission(
  session: Entry['session'],
  asking: AskingScp,
): Promise<Permission | undefined> {
  const { scp, patience } = asking
  const asked = await persist(ms => scp.permission(session, ms), patience.permissionForMs, asking)
  return asked.got === 'answer' ? asked.answer : undefined
}

/**
 * ⑯ with patience: the same entry is tried again, so that a lost answer costs nothing; then its
 * conclusion is asked, which keeps a late attempt from succeeding unheard. Only when that gets no
 * answer either is the outcome unknown (requirement N-08). When the caller has gone nothing new is
 * asked: the transaction under way decides (requirements §4, hang-up table).
 */
export async function redeem(entry: Entry, pin: Pin, asking: AskingScp): Promise<EntryResult> {
  const { scp, patience } = asking
  const charged = await persist(ms => scp.charge(entry, pin, ms), patience.chargeForMs, asking)
  if (charged.got === 'answer') return charged.answer
  if (charged.got === 'refusal') return gone(charged.unsure)
  if (!asking.callerThere()) return { outcome: 'outcome_unknown' }

  const concluded = await persist(ms => scp.conclude(entry, ms), patience.concludeForMs, asking)
  return concluded.got === 'answer' ? concluded.answer : { outcome: 'outcome_unknown' }
}

/** A call that scp never knew cannot have been charged. */
const gone = (unsure: boolean): EntryResult => ({
  outcome: unsure ? 'outcome_unknown' : 'abandoned',
})

import type { EpochMs } from '../../domain/clock.js'
import type { Person, Role } from '../../domain/role.js'

/** How long an approval may be given, in ms of the network's time: seven days. */
export const APPROVAL_MS = 7 * 24 * 60 * 60 * 1000

/**
 * What becomes of an act that needs a second person (requirements §5.3, fault test XW7):
 *
 *   waiting ──approve──► performed
 *      ├──refuse──► refused          (by somebody who could have approved)
 *      ├──withdraw──► withdrawn      (by who asked)
 *      └──seven days──► expired
 */
export const APPROVAL_STATES = ['waiting', 'performed', 'refused', 'withdrawn', 'expired'] as const

export type ApprovalState = (typeof APPROVAL_STATES)[number]

/** What a person can say to an approval that waits. */
export const DECISIONS = ['approve', 'refuse', 'withdraw'] as const

export type Decision = (typeof DECISIONS)[number]

/** Why a decision is not taken; in the order it is checked. */
export type DecisionRefusal =
  | 'unknown_approval'
  | 'role_not_allowed'
  | 'own_request'
  | 'same_role'
  | 'not_the_requester'
  | 'decided'
  | 'stale'
  | 'changed_payload'

/** An approval as far as deciding about it needs. */
export interface DecidedAbout {
  readonly requester: Person
  /** An expired one is `expired`. */
  readonly state: ApprovalState
  /** Digest of the act and its payload as they stand now. */
  readonly sha256: string
  /** Digest that was told when it was asked for. */
  readonly sha256Asked: string
}

/** The state of an approval at a moment. */
export const approvalState = (
  stored: Exclude<ApprovalState, 'expired'>,
  expiresAt: EpochMs,
  at: EpochMs,
): ApprovalState => (stored === 'waiting' && at >= expiresAt ? 'expired' : stored)

/** Why a person may not decide so; `undefined` when it may. `sha256`: what the person has seen. */
export function decisionRefusal(
  about: DecidedAbout,
  { person, sha256, decision }: { person: Person; sha256: string; decision: Decision },
  approvedBy: readonly Role[],
): DecisionRefusal | undefined {
  const { requester, state } = about
  if (decision === 'withdraw') {
    if (person.name !== requester.name) return 'not_the_requester'
  } else {
    if (!approvedBy.includes(person.role)) return 'role_not_allowed'
    // Requirements §5.3: requester ≠ approver, and another role.
    if (person.name === requester.name) return 'own_request'
    if (person.role === requester.role) return 'same_role'
  }
  if (state === 'expired') return 'stale'
  if (state !== 'waiting') return 'decided'
  const asSeen = sha256 === about.sha256 && sha256 === about.sha256Asked
  return asSeen ? undefined : 'changed_payload'
}

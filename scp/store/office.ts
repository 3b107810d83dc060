import { strict as assert } from 'node:assert'
import type { Json } from '../../domain/canonical-json.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Person } from '../../domain/role.js'
import { Fault } from '../../platform/fault.js'
import type { FaultCode } from '../../platform/fault-codes.js'
import type { Database } from '../../platform/store.js'
import type { Act, OfficeParts, OfficePolicy, Performed } from '../office/act.js'
import { actNamed } from '../office/acts.js'
import type { NewAuditEntry } from '../office/audit-entry.js'
import { type Decision, type DecisionRefusal, decisionRefusal } from '../rules/approval.js'
import { type Approval, Approvals, type AskedAct } from './approvals.js'
import type { AuditLog } from './audit-log.js'
import type { Stamp } from './stamp.js'

/** Why the office does not do what it is asked. */
export type Because = 'unknown_act' | 'not_possible' | DecisionRefusal

/** A refusal, for programs (`code`, `because`) and for people. */
export interface Refused {
  readonly outcome: 'refused'
  readonly code: Extract<
    FaultCode,
    'ACT_NOT_ALLOWED' | 'ACT_REFUSED' | 'APPROVAL_REFUSED' | 'NO_SUCH_APPROVAL'
  >
  readonly because: Because
  readonly message: string
}

/** What became of what somebody asked for. */
export type ActAnswer =
  | Refused
  | { readonly outcome: 'performed'; readonly result: Json }
  | {
      readonly outcome: 'waiting'
      readonly approval: number
      readonly sha256: string
      readonly expiresAt: EpochMs
    }

/** What a person decides about an approval, as that person has seen it. */
export interface AskedDecision {
  readonly approval: number
  readonly person: Person
  readonly sha256: string
  readonly decision: Decision
  readonly reason: string
}

/** What became of a decision. */
export type DecisionAnswer =
  | Refused
  | { readonly outcome: 'performed'; readonly act: string; readonly result: Json }
  | { readonly outcome: 'turned_down' | 'withdrawn'; readonly act: string }

export interface OfficeOptions {
  readonly store: Database
  readonly stamp: Stamp
  readonly audit: AuditLog
  readonly parts: OfficeParts
  readonly policy: OfficePolicy
}

/**
 * The card office: who may do what, and with whom (requirements §5.3). Each method is one work of the
 * store's one writer, so that the check, the effect and the audit entry happen together or not at all.
 * Refused attempts stand in the audit log too.
 */
export class Office {
  readonly #options: OfficeOptions
  readonly #approvals: Approvals

  constructor(options: OfficeOptions) {
    this.#options = options
    this.#approvals = new Approvals(options.store)
  }

  /** Does an act at once where one person may, or keeps it for a second one. */
  ask(asked: AskedAct): ActAnswer {
    const { stamp, policy, parts } = this.#options
    const at = stamp.now()
    const act = actNamed(asked.act)
    if (!act) return this.#reject(asked, 'unknown_act', asked.act, at)
    const subject = act.subject(asked.payload)
    if (!act.by.includes(asked.person.role)) {
      return this.#reject(asked, 'role_not_allowed', subject, at)
    }
    const doneAlone = act.doneAlone?.(parts, asked.person.name, at) ?? 0
    if (!act.needsApproval(asked.payload, policy, doneAlone)) {
      return this.#perform(act, asked, undefined, at)
    }
    const { approval, sha256, expiresAt } = this.#approvals.ask(asked, at)
    this.#note(asked, { at, outcome: 'requested', subject, approval, after: { sha256 } })
    return { outcome: 'waiting', approval, sha256, expiresAt }
  }

  /** Approves, refuses or withdraws an act that waits. */
  decide(asked: AskedDecision): DecisionAnswer {
    const at = this.#options.stamp.now()
    const approval = this.#approvals.find(asked.approval, at)
    const act = approval && actNamed(approval.act)
    if (!approval || !act) return this.#rejectDecision(asked, approval, 'unknown_approval', at)
    const because = decisionRefusal(approval, asked, act.approvedBy)
    if (because) return this.#rejectDecision(asked, approval, because, at)
    const { approval: number, act: name, payload } = approval
    if (asked.decision === 'approve') {
      const answer = this.#perform(act, approvedAct(approval), asked, at)
      return answer.outcome === 'refused' ? answer : { ...answer, act: name }
    }
    const [state, outcome] =
      asked.decision === 'refuse'
        ? (['refused', 'turned_down'] as const)
        : (['withdrawn', 'withdrawn'] as const)
    this.#close(asked, state, at)
    const by = { act: name, person: asked.person, reason: asked.reason, payload }
    this.#note(by, { at, outcome: state, subject: act.subject(payload), approval: number })
    return { outcome, act: name }
  }

  /** `decision`: who approved it, where it needed that. */
  #perform(
    act: Act,
    asked: AskedAct,
    decision: AskedDecision | undefined,
    at: EpochMs,
  ): Refused | { outcome: 'performed'; result: Json } {
    const { person, reason, payload } = asked
    const { name, role } = decision?.person ?? {}
    const by = { approval: decision?.approval ?? null, approver: name ?? null }
    const noted = { at, ...by, approverRole: role ?? null }
    const context = { person, reason, approver: decision?.person, at }
    const done = this.#alone(() => act.perform(this.#options.parts, payload, context))
    if (done instanceof Fault) {
      const because = 'not_possible'
      const subject = act.subject(payload)
      this.#note(asked, { ...noted, outcome: 'rejected', subject, because })
      return { outcome: 'refused', code: 'ACT_REFUSED', because, message: done.message }
    }
    if (decision) this.#close(decision, 'performed', at)
    const { result, before, after, subject = act.subject(payload) } = done
    this.#note(asked, { ...noted, outcome: 'performed', subject, before, after })
    return { outcome: 'performed', result }
  }

  /** What was begun and then refused is undone, while the rest of the work stands. */
  #alone(perform: () => Performed): Performed | Fault {
    try {
      return this.#options.store.transaction(perform)()
    } catch (error) {
      if (error instanceof Fault && error.code === 'ACT_REFUSED') return error
      throw error
    }
  }

  #close(
    { approval, person, reason }: AskedDecision,
    state: 'performed' | 'refused' | 'withdrawn',
    at: EpochMs,
  ): void {
    const closed = this.#approvals.decide(approval, state, person, reason, at)
    assert(closed, `approval ${approval} could not be closed`)
  }

  #reject(asked: AskedAct, because: Because, subject: string, at: EpochMs): Refused {
    this.#note(asked, { at, outcome: 'rejected', subject, because })
    return refused('ACT_NOT_ALLOWED', because)
  }

  #rejectDecision(
    { approval, person, reason, decision }: AskedDecision,
    about: Approval | undefined,
    because: Because,
    at: EpochMs,
  ): Refused {
    const asked = { act: about?.act ?? 'unknown', person, reason, payload: null }
    const subject = `${decision} approval ${approval}`
    this.#note(asked, { at, outcome: 'rejected', subject, approval: about?.approval, because })
    const code = because === 'unknown_approval' ? 'NO_SUCH_APPROVAL' : 'APPROVAL_REFUSED'
    return refused(because === 'role_not_allowed' ? 'ACT_NOT_ALLOWED' : code, because)
  }

  #note({ act, person, reason }: AskedAct, entry: Noted): void {
    const { at, outcome, subject, approval, approver, approverRole, because, before, after } = entry
    this.#options.audit.append({
      ...{ at, person: person.name, role: person.role, act, outcome, subject, reason },
      approval: approval ?? null,
      approver: approver ?? null,
      approverRole: approverRole ?? null,
      because: because ?? null,
      before: before ?? null,
      after: after ?? null,
    })
  }
}

/** What an entry tells besides who asked for what, and why. */
type Noted = Pick<NewAuditEntry, 'at' | 'outcome' | 'subject'> & {
  readonly [K in 'approval' | 'approver' | 'approverRole' | 'because' | 'before' | 'after']?:
    | NewAuditEntry[K]
    | undefined
}

const approvedAct = ({ act, requester: person, reason, payload }: Approval): AskedAct => ({
  ...{ act, person, reason, payload },
})

const refused = (code: Refused['code'], because: Because): Refused => ({
  outcome: 'refused',
  code,
  because,
  message: MESSAGES[because],
})

const MESSAGES: Readonly<Record<Because, string>> = {
  unknown_act: 'The card office knows no act of that name.',
  not_possible: 'That cannot be done as things stand.',
  unknown_approval: 'No act was ever kept for approval under this number.',
  role_not_allowed: 'Your role does not allow that.',
  own_request: 'Who asked for an act cannot approve it.',
  same_role: 'Another person with another role than who asked must decide.',
  not_the_requester: 'Only who asked for an act can withdraw it.',
  decided: 'That was decided before.',
  stale: 'That waited for more than seven days; it must be asked for anew.',
  changed_payload: 'That is not what you have seen: look at it again.',
}

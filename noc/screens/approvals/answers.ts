import { type Me, may } from '../shell/me.js'

/** An act that waits for a second person, or did (`GET /api/office/approvals`); moments are ms. */
export interface Approval {
  readonly approval: number
  readonly act: string
  /** What it would do, in words. */
  readonly describe: string
  readonly payload: unknown
  readonly sha256: string
  readonly changed: boolean
  readonly requester: { readonly name: string; readonly role: string }
  readonly reason: string
  readonly askedAt: number
  readonly expiresAt: number
  readonly state: string
  readonly decidedBy: { readonly name: string; readonly role: string } | null
  readonly decisionReason: string | null
}

/** Whether somebody may decide about it: another person with another role, who does more than look. */
export const mayDecide = ({ requester }: Approval, me: Me): boolean =>
  requester.name !== me.account && requester.role !== me.role && may(me, 'approvals.decide')

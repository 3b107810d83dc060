import type { Role } from '../../../domain/role.js'
import type { FunctionName } from '../../accounts/functions.js'
import type { Text } from '../../traffic/columns.js'

/** Who is logged in, as `GET /api/me` tells it. */
export interface Me {
  readonly account: string
  /** The permission group, and what it may do now. */
  readonly group: string
  readonly functions: readonly FunctionName[]
  /** As whom the card office knows the group. */
  readonly role: Role
  /** The network's time when it was asked, in ms. */
  readonly now: number
  /** Whether there is a phone to try: in simulation. */
  readonly hasPhone: boolean
}

export const ROLE_NAMES: Readonly<Record<Role, Text>> = {
  viewer: { ja: '閲覧', en: 'Viewer' },
  operator: { ja: 'オペレータ', en: 'Operator' },
  supervisor: { ja: '監督者', en: 'Supervisor' },
  'card-issuer': { ja: 'カード発行', en: 'Card issuer' },
  'key-custodian': { ja: '鍵管理', en: 'Key custodian' },
  auditor: { ja: '監査', en: 'Auditor' },
  administrator: { ja: '管理者', en: 'Administrator' },
}

/** Whether who is logged in may do any of these. */
export const may = ({ functions }: Me, ...names: readonly FunctionName[]): boolean =>
  names.some(name => functions.includes(name))

/** A built-in group by the name of its role, an own one as it is called. */
export const groupText = (group: string): Text =>
  Object.entries(ROLE_NAMES).find(([role]) => role === group)?.[1] ?? { ja: group, en: group }

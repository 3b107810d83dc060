import type { Role } from '../../../domain/role.js'
import type { Text } from '../../traffic/columns.js'

/** Who is logged in, as `GET /api/me` tells it. */
export interface Me {
  readonly account: string
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
}

import type { Role } from '../../domain/role.js'

/** What the card office does to cards of a range, and to whole batches, as its page offers it. */
export interface OfferedAct {
  /** Who may ask for it; scp decides by its own table, and a test holds the two together. */
  readonly by: readonly Role[]
  /** Offered where cards stand there. */
  readonly from: readonly string[]
}

const NOT_OVER = ['generated', 'exported', 'delivered', 'active', 'expired'] as const

/** Acts on a range of cards, each as `<name>_cards` of the card office (docs/office.md). Read by the browser, too. */
// biome-ignore format: table
export const RANGE_ACTS = {
  deliver:  { by: ['card-issuer'],                           from: ['exported'] },
  activate: { by: ['card-issuer'],                           from: ['delivered'] },
  freeze:   { by: ['operator', 'supervisor', 'card-issuer'], from: NOT_OVER },
  unfreeze: { by: ['operator', 'card-issuer'],               from: ['frozen'] },
  extend:   { by: ['operator', 'card-issuer'],               from: ['delivered', 'active', 'expired'] },
  refund:   { by: ['operator', 'card-issuer'],               from: ['active', 'expired'] },
  spoil:    { by: ['key-custodian', 'card-issuer'],          from: ['exported'] },
  void:     { by: ['card-issuer'],                           from: ['planned', ...NOT_OVER, 'frozen'] },
} as const satisfies Record<string, OfferedAct>

export type RangeActName = keyof typeof RANGE_ACTS

/** Acts on a whole batch, by the state in which it stands, each as `<name>_batch` of the card office. */
// biome-ignore format: table
export const BATCH_ACTS = {
  generate: { by: ['card-issuer'],                           from: ['planned'] },
  export:   { by: ['key-custodian'],                         from: ['generated'] },
  freeze:   { by: ['operator', 'supervisor', 'card-issuer'], from: NOT_OVER },
  unfreeze: { by: ['operator', 'card-issuer'],               from: ['frozen'] },
} as const satisfies Record<string, OfferedAct>

export type BatchActName = keyof typeof BATCH_ACTS

/** Who plans batches. */
export const PLANS_BATCHES: readonly Role[] = ['card-issuer']

/** Who sees what is owed for cards. */
export const SEES_LIABILITY: readonly Role[] = ['supervisor', 'card-issuer', 'auditor']

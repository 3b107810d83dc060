/** What the card office does to cards of a range, and to whole batches, as its page offers it. */
export interface OfferedAct {
  /** Offered where cards stand there. */
  readonly from: readonly string[]
}

const NOT_OVER = ['generated', 'exported', 'delivered', 'active', 'expired'] as const

/** Acts on a range of cards, each as `<name>_cards` of the card office (docs/office.md). Read by the browser, too. */
// biome-ignore format: table
export const RANGE_ACTS = {
  deliver:  { from: ['exported'] },
  activate: { from: ['delivered'] },
  freeze:   { from: NOT_OVER },
  unfreeze: { from: ['frozen'] },
  extend:   { from: ['delivered', 'active', 'expired'] },
  refund:   { from: ['active', 'expired'] },
  spoil:    { from: ['exported'] },
  void:     { from: ['planned', ...NOT_OVER, 'frozen'] },
} as const satisfies Record<string, OfferedAct>

export type RangeActName = keyof typeof RANGE_ACTS

/** Acts on a whole batch, by the state in which it stands, each as `<name>_batch` of the card office. */
// biome-ignore format: table
export const BATCH_ACTS = {
  generate: { from: ['planned'] },
  export:   { from: ['generated'] },
  freeze:   { from: NOT_OVER },
  unfreeze: { from: ['frozen'] },
} as const satisfies Record<string, OfferedAct>

export type BatchActName = keyof typeof BATCH_ACTS

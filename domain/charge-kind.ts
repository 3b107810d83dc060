/**
 * チャージ種別: which scenario a charge call gets (seed 004 §3.2 ⑧). `mobilers` takes the amount off later
 * bills; `pricall` adds units at the MSCP. The switch decides it from the contract, never the caller.
 */
export const CHARGE_KINDS = ['mobilers', 'pricall'] as const

export type ChargeKind = (typeof CHARGE_KINDS)[number]

export const isChargeKind = (text: string): text is ChargeKind =>
  (CHARGE_KINDS as readonly string[]).includes(text)

/** The letter that stands for a charge kind in files (docs/formats). */
export const CHARGE_KIND_LETTER: Readonly<Record<ChargeKind, string>> = {
  mobilers: 'M',
  pricall: 'P',
}

/** The charge kind that a letter stands for. */
export const chargeKindOfLetter = (letter: string): ChargeKind | undefined =>
  CHARGE_KINDS.find(kind => CHARGE_KIND_LETTER[kind] === letter)

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

/**
 * Kind of the charges of a scenario that an operator added: the scenario's name (requirement M-09). Known to
 * the MCSCP alone: neither CRS nor billing hears of such a charge.
 */
export type AddedKind = string & { readonly kind: 'added charge kind' }

/** What a charge of the MCSCP counts as: in the month's total, the traffic and the log. */
export type ScenarioKind = ChargeKind | AddedKind

/** What the name of a scenario looks like, of whatever maker. */
export const SCENARIO_NAME = /^[a-z]{3,10}$/

/** Reads the kind of any charge. */
export const parseScenarioKind = (text: string): ScenarioKind | undefined =>
  isChargeKind(text) ? text : parseAddedKind(text)

/** Words that stand for something else where kinds are named. */
const TAKEN: readonly string[] = [...CHARGE_KINDS, 'balance', 'all', 'none']

/** Reads the name of an added scenario; `undefined` when it is none, or taken. */
export const parseAddedKind = (text: string): AddedKind | undefined =>
  SCENARIO_NAME.test(text) && !TAKEN.includes(text) ? (text as AddedKind) : undefined

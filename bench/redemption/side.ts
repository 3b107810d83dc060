/** One way to redeem cards. */
export interface RedemptionSide {
  readonly name: string
  /** Makes ready for a round of so many charges, outside the time that is taken. */
  prepare(charges: number): Promise<void>
  /** Redeems as many cards, which nobody has used. */
  run(): Promise<void>
  /** What is not as it must be after all rounds, in words; then nothing is open any more. */
  close(): Promise<readonly string[]>
}

/** Face value of every card, in yen, and numbers that charge: so many that no month fills up. */
export const FACE_VALUE = 1_000
export const NUMBERS = 20_000

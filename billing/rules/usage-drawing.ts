import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Chance } from '../../platform/seeded-chance.js'
import type { UsageLine } from '../store/usage-lines.js'

/** What a simulated subscriber may use in a month: item, how many of ten do, and up to how many yen. */
const HABITS = [
  { item: 'call', ofTen: 9, mostYen: 12_000 },
  { item: 'packet', ofTen: 5, mostYen: 3_000 },
  { item: 'i-mode', ofTen: 5, mostYen: 900 },
  { item: 'world-call', ofTen: 1, mostYen: 5_000 },
] as const

/** What numbers used in a month, drawn: whole tens of yen. The same chance draws the same. */
export const drawUsage = (numbers: readonly Msisdn[], chance: Chance): UsageLine[] =>
  numbers.flatMap(msisdn =>
    HABITS.flatMap(({ item, ofTen, mostYen }) => {
      const uses = chance() * 10 < ofTen
      const unitPrice = yen(10 + 10 * Math.floor((chance() * mostYen) / 10))
      return uses ? [{ of: { msisdn }, item, unitPrice, quantity: 1, note: undefined }] : []
    }),
  )

import type { Permission } from '../../domain/charge-answer.js'
import { type Yen, yen } from '../../domain/yen.js'

/** カード登録額上限: the most a number may register in a month, by charge kind (seed 004 §2.3(1)③, §7.4). */
export interface CapPolicy {
  readonly monthCap: Yen
}

/** What may still be registered in a month; never negative, also after the cap was lowered. */
export const remainingUnderCap = (registered: Yen, { monthCap }: CapPolicy): Yen =>
  yen(Math.max(0, monthCap - registered))

/** Whether a card still fits. Exactly the cap is allowed (requirement S-12). */
export const fitsUnderCap = (faceValue: Yen, registered: Yen, policy: CapPolicy): boolean =>
  faceValue <= remainingUnderCap(registered, policy)

/**
 * Step ⑬, before any digit is asked for: lock, brake, then cap. With less left than the smallest face value
 * on sale, no card could be registered (requirement N-05).
 */
export function permit(
  { locked, mustWait }: { readonly locked: boolean; readonly mustWait: boolean },
  registered: Yen,
  policy: CapPolicy,
  smallestFaceValue: Yen,
): Permission {
  if (locked) return { outcome: 'locked' }
  if (mustWait) return { outcome: 'must_wait' }
  const remaining = remainingUnderCap(registered, policy)
  if (remaining < smallestFaceValue)
    return { outcome: 'at_month_cap', registered, cap: policy.monthCap }
  return { outcome: 'permitted', registered, remaining }
}

import type { Language } from '../domain/charge-answer.js'
import type { JstDay } from '../domain/jst.js'
import type { Units } from '../domain/units.js'
import type { Yen } from '../domain/yen.js'
import { type ClipFile, phrase } from '../guidance-audio/phrase.js'

/** What 157 has to tell, put together from scp's answer and ARIS's. */
export type Tellable =
  | {
      readonly of: 'mobilers'
      readonly registered: Yen
      readonly locked: boolean
      /** Absent where ARIS could not be asked, or billing knows no contract. */
      readonly billing?: BillingFigures
    }
  | {
      readonly of: 'pricall'
      readonly registered: Yen
      readonly locked: boolean
      /** Absent where the MSCP could not be asked. */
      readonly units?: Units
    }

/** Billing's figures, and what they do not hold yet. */
export interface BillingFigures {
  /** Last day whose charges are in them. */
  readonly asOf: JstDay
  readonly nextApplication: Yen
  /** 未確定: registered after that day. */
  readonly unconfirmed: Yen
  readonly validUntil: JstDay | null
}

/** All that is told, the shortest useful first (requirements §4, «hearing 157»). */
export function tellingOf(tellable: Tellable, language: Language): ClipFile[] {
  const { registered, locked } = tellable
  const month = phrase(language, 'balance-month', { amount: registered })
  const lock = locked ? phrase(language, 'balance-locked') : []
  return tellable.of === 'mobilers'
    ? [...month, ...billingOf(tellable.billing, language), ...lock]
    : [...unitsOf(tellable.units, language), ...month, ...lock]
}

function billingOf(billing: BillingFigures | undefined, language: Language): ClipFile[] {
  if (!billing) return phrase(language, 'balance-bill-unavailable')
  const { asOf, nextApplication, unconfirmed, validUntil } = billing
  return [
    ...phrase(language, 'balance-as-of', { day: asOf }),
    ...phrase(language, 'balance-next-bill', { amount: nextApplication }),
    ...(unconfirmed > 0 ? phrase(language, 'balance-unconfirmed', { amount: unconfirmed }) : []),
    ...(validUntil === null ? [] : phrase(language, 'balance-valid-until', { last: validUntil })),
  ]
}

const unitsOf = (units: Units | undefined, language: Language): ClipFile[] =>
  units === undefined
    ? phrase(language, 'pricall-units-unavailable')
    : phrase(language, 'pricall-units-left', { left: units })

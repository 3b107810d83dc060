import { type OfferedAct, RANGE_ACTS, type RangeActName } from '../../office/card-office-acts.js'
import { say } from '../shell/language.js'
import { type Me, may } from '../shell/me.js'
import { RANGE_ACT_TEXTS } from './texts.js'

interface RangeActsProps {
  readonly me: Me
  /** Where the cards stand that are spoken of. */
  readonly states: readonly string[]
  readonly want: (act: RangeActName) => void
}

/** The acts on cards that a role may ask for and that would change one of them. */
export function RangeActs({ me, states, want }: RangeActsProps) {
  const offered = Object.entries<OfferedAct>(RANGE_ACTS).filter(
    ([act, { from }]) =>
      may(me, `act.${act as RangeActName}_cards`) && from.some(state => states.includes(state)),
  )
  return (
    <span class="acts">
      {offered.map(([act]) => (
        <button
          key={act}
          type="button"
          class="quiet"
          data-act={act}
          onClick={() => want(act as RangeActName)}
        >
          {say(RANGE_ACT_TEXTS[act as RangeActName])} …
        </button>
      ))}
    </span>
  )
}

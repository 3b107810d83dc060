import type { CallLadder } from '../../calls/messages.js'
import { LadderLines } from '../calls/ladder.js'
import { useCalls } from '../calls/live-calls.js'
import { Waiting } from '../parts/notices.js'
import { followLink } from '../shell/address.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'
import '../calls/calls.css'

/** What goes on in the call that the phone makes: what guidance says, and all that passes between the programs. */
export function BesideTheCall({ call, talking }: { call: string; talking: boolean }) {
  const { ladder, lost } = useCalls(call)
  return (
    <section class="beside-call" aria-label={say(TEXTS.ladder)}>
      <p class="caption" role="status" aria-label={say(TEXTS.caption)}>
        {talking ? (spokenIn(ladder) ?? say(TEXTS.noGuidance)) : say(TEXTS.callOver)}
      </p>
      <header class="part-head">
        <h2>{say(TEXTS.ladder)}</h2>
        {lost && <span class="hint">{say(TEXTS.lost)}</span>}
        <a class="button" href={`/now?call=${encodeURIComponent(call)}`} onClick={followLink}>
          {say(TEXTS.toNow)}
        </a>
      </header>
      {ladder ? <LadderLines lines={ladder.lines} /> : <Waiting />}
    </section>
  )
}

/** What guidance said last. */
const spokenIn = (ladder: CallLadder | null | undefined): string | undefined =>
  ladder?.lines.findLast(({ says }) => says !== undefined)?.says

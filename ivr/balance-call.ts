import type { CallSessionToken } from '../domain/call-session.js'
import type { Language } from '../domain/charge-answer.js'
import type { Logger } from '../platform/log.js'
import type { Aris } from './aris.js'
import {
  type BalanceAction,
  type BalanceEvent,
  type BalanceLimits,
  begin,
  isOver,
  next,
  type State,
} from './balance-dialogue.js'
import { type Conversation, converse } from './call.js'
import type { CallTime } from './call-time.js'
import { type Channel, languageOf } from './channel.js'
import type { Dialogue } from './dialogue.js'
import { type EnquiryPatience, enquire } from './enquire.js'
import type { Scp } from './scp.js'

/** What calls to 157 share. */
export interface BalanceService {
  readonly scp: Scp
  readonly aris: Aris
  readonly time: CallTime
  readonly limits: BalanceLimits
  readonly patience: EnquiryPatience
  /** Spoken where the subscriber's language is not known. */
  readonly language: Language
  readonly log: Logger
}

/** Runs the balance dialogue of one call: joins its decisions to scp, to ARIS and to the log. */
export function balanceCall(
  channel: Channel,
  session: CallSessionToken,
  service: BalanceService,
): Conversation<State> {
  const { scp, aris, time, limits, patience, log } = service
  const dialogue: Dialogue<State, BalanceEvent, BalanceAction> = {
    begin: begin(limits, languageOf(channel) ?? service.language),
    next,
    isOver,
  }
  let callerThere = true
  channel.onGone(() => {
    callerThere = false
  })
  const enquiring = {
    ...{ scp, aris, time, patience },
    callerThere: () => callerThere,
    noticed: ({ code, message }: { code: string; message: string }) =>
      log.warn({ callId: session, code, why: message }, 'balance not told'),
  }
  const conversation = converse(dialogue, channel, time, async (_, post) => {
    const tellable = await enquire(session, enquiring)
    post(tellable ? { type: 'answer', tellable } : { type: 'no_answer' })
  })
  const over = conversation.over.then(state => {
    log.info({ callId: session, ...summary(state) }, 'balance call ended')
    return state
  })
  return { ...conversation, over }
}

/** What the log says of a call: how it ended; no amount of the caller's. */
function summary({ call: { language, told }, at, ...rest }: State) {
  return { ...('ending' in rest ? rest.ending : { at }), language, told }
}

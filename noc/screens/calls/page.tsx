import { Empty, Waiting } from '../parts/notices.js'
import { useAddress } from '../shell/address.js'
import { say } from '../shell/language.js'
import { Ladder } from './ladder.js'
import { Calls } from './list.js'
import { type CallsNow, useCalls, useSeconds } from './live-calls.js'
import { ProofOfTheDay } from './proof-line.js'
import { silentText, TEXTS } from './texts.js'
import './calls.css'

/** 現在の呼: the calls in progress, each with its step, and one call's ladder. */
export function CallsPage() {
  const { query } = useAddress()
  const call = query.get('call') ?? undefined
  const calls = useCalls(call)
  const { list, ladder, aheadMs } = calls
  const now = useSeconds() - aheadMs
  return (
    <>
      <div class="choice">
        <p class="count">
          {say(TEXTS.inProgress)} <b id="in-progress">{list?.inProgress.toLocaleString('en')}</b>
        </p>
        <span class="last">
          <Feed calls={calls} />
        </span>
      </div>
      <ProofOfTheDay />
      <div class="sides">
        <div class="side">
          {list ? <Calls list={list} now={now} chosen={call && ladder?.row.id} /> : <Waiting />}
        </div>
        <div class="side shown">
          {call === undefined ? (
            <Empty title={TEXTS.choose}>
              <p>{say(TEXTS.chooseText)}</p>
            </Empty>
          ) : (
            <Ladder ladder={ladder} />
          )}
        </div>
      </div>
    </>
  )
}

/** How the page is fed: live, not by all programs, or not at all. */
function Feed({ calls: { list, lost } }: { calls: CallsNow }) {
  const silent = list?.silent ?? []
  const [state, words] = lost
    ? (['lost', TEXTS.lost] as const)
    : !list
      ? (['waiting', TEXTS.waiting] as const)
      : silent.length > 0
        ? (['stale', silentText(silent)] as const)
        : (['live', TEXTS.live] as const)
  return (
    <p id="state" class="state" role="status" data-state={state}>
      {say(words)}
    </p>
  )
}

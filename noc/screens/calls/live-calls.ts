import { useEffect, useRef, useState } from 'preact/hooks'
import type { CallLadder, CallList } from '../../calls/messages.js'
import { LiveStream } from '../parts/live-stream.js'

/** The calls as they go, and the ladder of the one that is looked at. */
export interface CallsNow {
  readonly list: CallList | undefined
  /** `undefined`: awaited; `null`: nothing is known of that call. */
  readonly ladder: CallLadder | null | undefined
  readonly lost: boolean
  /** What this machine's clock is ahead of noc's, in ms. */
  readonly aheadMs: number
}

/** Follows the calls, and one call's ladder where one is named. */
export function useCalls(call: string | undefined): CallsNow {
  const [now, setNow] = useState<CallsNow>(NOTHING)
  const stream = useRef<LiveStream | undefined>(undefined)
  useEffect(() => {
    const listening = new LiveStream({
      events: {
        calls: (list: CallList) =>
          setNow(before => ({ ...before, list, lost: false, aheadMs: Date.now() - list.at })),
        ladder: ({ ladder }: { ladder: CallLadder | null }) =>
          setNow(before => ({ ...before, ladder, lost: false })),
      },
      lost: () => setNow(before => ({ ...before, lost: true })),
    })
    stream.current = listening
    return () => listening.close()
  }, [])
  useEffect(() => {
    setNow(before => ({ ...before, ladder: undefined }))
    const query = call === undefined ? '' : `?call=${encodeURIComponent(call)}`
    stream.current?.listen(`/api/calls/live${query}`)
  }, [call])
  return now
}

const NOTHING: CallsNow = { list: undefined, ladder: undefined, lost: false, aheadMs: 0 }

/** This machine's time, anew each second. */
export function useSeconds(): number {
  const [at, setAt] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setAt(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return at
}

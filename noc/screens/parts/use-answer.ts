import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ask, Refusal } from './ask.js'

/** What is known of an answer: it is awaited, it is there, or it could not be had. */
export interface Answered<Answer> {
  /** The newest answer; it stays while a newer one is awaited or fails. */
  readonly answer: Answer | undefined
  /** Why the newest question was not answered. */
  readonly refusal: Refusal | undefined
  readonly waiting: boolean
  /** Asks again now. */
  readonly again: () => void
}

/**
 * Asks noc what a path says, anew whenever the path changes, and every `everyMs` while the page is in sight.
 * An answer that comes after that of a later question is dropped.
 */
export function useAnswer<Answer>(path: string | undefined, everyMs?: number): Answered<Answer> {
  const [state, setState] = useState<Omit<Answered<Answer>, 'again'>>(AWAITED)
  const asked = useRef(0)
  const again = useCallback(() => {
    if (path === undefined) return
    const number = ++asked.current
    setState(before => ({ ...before, waiting: true }))
    ask<Answer>(path).then(
      answer => {
        if (number === asked.current) setState({ answer, refusal: undefined, waiting: false })
      },
      error => {
        if (number !== asked.current) return
        const refusal = error instanceof Refusal ? error : new Refusal(0, 'UNREACHABLE', '')
        setState(before => ({ ...before, refusal, waiting: false }))
      },
    )
  }, [path])
  useEffect(() => {
    setState(AWAITED)
    again()
    if (everyMs === undefined) return
    const inSight = () => document.visibilityState === 'visible' && again()
    const timer = setInterval(inSight, everyMs)
    document.addEventListener('visibilitychange', inSight)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', inSight)
    }
  }, [again, everyMs])
  return { ...state, again }
}

const AWAITED = { answer: undefined, refusal: undefined, waiting: true } as const

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Handset, PhoneAnswer } from './answers.js'
import { BrowserCall, type CallState } from './browser-phone.js'
import { KEYS, Sound } from './sound.js'

/** The phone in somebody's hand. */
export interface HeldPhone {
  /** How far the call has come; absent before the first. */
  readonly state: CallState | undefined
  readonly calling: boolean
  /** Where the call is heard. */
  readonly speaker: { current: HTMLAudioElement | null }
  readonly call: (network: PhoneAnswer, handset: Handset, dialled: string) => Promise<void>
  readonly hangUp: () => void
  /** Keys, with their tones in this room. */
  readonly press: (keys: string) => void
}

/** One phone, for as long as its page is looked at: who leaves the page hangs up. */
export function usePhone(): HeldPhone {
  const [state, setState] = useState<CallState>()
  const call = useRef<BrowserCall | undefined>(undefined)
  const sound = useRef<Sound | undefined>(undefined)
  const speaker = useRef<HTMLAudioElement>(null)
  const hangUp = useCallback(() => call.current?.hangUp(), [])
  useEffect(
    () => () => {
      call.current?.hangUp()
      sound.current?.close()
    },
    [],
  )
  const place = async (network: PhoneAnswer, handset: Handset, dialled: string) => {
    sound.current ??= new Sound()
    await sound.current.wake()
    if (!speaker.current) return
    call.current = new BrowserCall({
      ...{ network, handset, dialled },
      microphone: sound.current.silence(),
      speaker: speaker.current,
      told: setState,
    })
    await call.current.dial()
  }
  const press = useCallback((keys: string) => {
    if (keys.length === 1) sound.current?.key(keys)
    call.current?.press(keys)
  }, [])
  const calling = state !== undefined && state.phase !== 'over'
  return { state, calling, speaker, call: place, hangUp, press }
}

/** Tells of the telephone's keys on the keyboard, but those typed into something. */
export function useKeyboard(press: (key: string) => void): void {
  useEffect(() => {
    const typed = (event: KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey } = event
      const into = target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)
      if (into || ctrlKey || metaKey || altKey || key.length !== 1 || !KEYS.includes(key)) return
      event.preventDefault()
      press(key)
    }
    document.addEventListener('keydown', typed)
    return () => document.removeEventListener('keydown', typed)
  }, [press])
}

import { useEffect, useRef } from 'preact/hooks'
import { Kept, useKept } from '../shell/kept.js'
import { say } from '../shell/language.js'
import type { Severity, StandingAlarms } from './answers.js'
import { TEXTS } from './texts.js'

/** Whether a new alarm is heard in this browser; not before somebody wants it. */
const chosenSound = new Kept('mcscp-sound', ['off', 'on'])

/** How often an alarm sounds: the more urgent, the more often. */
const TIMES: Readonly<Record<Severity, number>> = { critical: 3, major: 2, minor: 1 }

/** The sound: a soft beat of two tones, in Hz and s. */
const TONES = [880, 660]
const TONE_S = 0.12
const REST_S = 0.18
const LOUDNESS = 0.2

let context: AudioContext | undefined

/** Sounds as an alarm of that severity does. A browser in which nobody pressed anything yet stays silent. */
function sound(severity: Severity): void {
  context ??= new AudioContext()
  void context.resume()
  const length = TONES.length * TONE_S + REST_S
  for (let beat = 0; beat < TIMES[severity]; beat++) {
    for (const [index, frequency] of TONES.entries()) {
      const oscillator = new OscillatorNode(context, { frequency })
      const loudness = new GainNode(context, { gain: LOUDNESS })
      const from = context.currentTime + beat * length + index * TONE_S
      oscillator.connect(loudness).connect(context.destination)
      oscillator.start(from)
      oscillator.stop(from + TONE_S)
    }
  }
}

/** Sounds once for the alarms that are new since the last answer, as the most urgent of them does. */
export function useAlarmSound(answer: StandingAlarms | undefined): void {
  const known = useRef<ReadonlySet<number> | undefined>(undefined)
  useEffect(() => {
    if (!answer) return
    const unseen = answer.lines
      .flatMap(({ alarms }) => alarms)
      .filter(({ acknowledged }) => !acknowledged)
    const before = known.current
    known.current = new Set(unseen.map(({ alarm }) => alarm))
    // What stood when the page was opened is no news.
    const fresh = before ? unseen.filter(({ alarm }) => !before.has(alarm)) : []
    const [first, ...others] = fresh.map(({ severity }) => severity)
    if (chosenSound.now === 'off' || !first) return
    sound(others.reduce((worst, one) => (TIMES[one] > TIMES[worst] ? one : worst), first))
  }, [answer])
}

/** Switches the sound on, which is heard at once, or off. */
export function SoundChoice() {
  const chosen = useKept(chosenSound)
  return (
    <button
      type="button"
      class="quiet last"
      id="sound"
      aria-pressed={chosen === 'on'}
      onClick={() => {
        chosenSound.next()
        if (chosenSound.now === 'on') sound('minor')
      }}
    >
      {say(TEXTS.sound)}: {say(chosen === 'on' ? TEXTS.soundOn : TEXTS.soundOff)}
    </button>
  )
}

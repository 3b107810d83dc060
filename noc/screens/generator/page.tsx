import { useState } from 'preact/hooks'
import type { GeneratorOrder, GeneratorState } from '../../../domain/generated-traffic.js'
import { ask, Refusal } from '../parts/ask.js'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import type { PageProps } from '../shell/app.js'
import { say } from '../shell/language.js'
import { may } from '../shell/me.js'
import { OrderForm } from './form.js'
import { RunShown } from './run.js'
import { PHASES, TEXTS } from './texts.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'
import './generator.css'

/** How often the run is asked for, in ms. */
const EVERY_MS = 1_000

/** 呼の発生 (simulation only): callers by the number, and what becomes of them. */
export function GeneratorPage({ me }: PageProps) {
  const { answer, refusal, again } = useAnswer<GeneratorState>('/api/generator', EVERY_MS)
  const [asking, setAsking] = useState(false)
  const [refused, setRefused] = useState<Refusal>()
  const mayRun = may(me, 'generator.run')
  const perform = async (path: 'start' | 'stop', body: GeneratorOrder | object) => {
    setAsking(true)
    setRefused(undefined)
    try {
      await ask(`/api/generator/${path}`, body)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setRefused(error)
    }
    setAsking(false)
    again()
  }
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const { phase, order } = answer
  const goesOn = phase === 'running' || phase === 'ending'
  return (
    <div class="generator">
      <section aria-label={say(TEXTS.order)}>
        <h2>{say(TEXTS.order)}</h2>
        {mayRun ? (
          <OrderForm
            order={order}
            ready={!goesOn && !asking}
            start={wanted => void perform('start', wanted)}
          />
        ) : (
          <p class="hint">{say(TEXTS.notYours)}</p>
        )}
      </section>
      <section class="run" aria-label={say(TEXTS.run)} data-phase={phase}>
        <header class="part-head">
          <h2>
            {say(TEXTS.run)} <span class="phase">{say(PHASES[phase])}</span>
          </h2>
          <p id="state" class="state" role="status" data-state={refusal ? 'stale' : 'live'}>
            {say(refusal ? TEXTS.stale : TEXTS.live)}
          </p>
          {mayRun && goesOn && (
            <button
              type="button"
              id="stop"
              disabled={asking}
              onClick={() => void perform('stop', {})}
            >
              {say(phase === 'running' ? TEXTS.stop : TEXTS.hangUpAll)}
            </button>
          )}
        </header>
        {refused && <Failure refusal={refused} />}
        <RunShown state={answer} me={me} />
      </section>
    </div>
  )
}

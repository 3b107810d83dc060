import { yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** `GET /api/billing/aladin/…`: as summed up to the day before yesterday. */
interface Aladin {
  readonly asOf: string
  readonly registeredYen: number
  readonly balanceYen: number
  readonly scheduledYen: number
  readonly scheduledMonth: string
  readonly validUntil: string | null
}

/** What a shop's terminal is shown of the same customer (S-28), which is older than what stands above. */
export function AladinView({ by, of }: { by: string; of: string }) {
  const path = `/api/billing/aladin/${by}/${encodeURIComponent(of)}`
  const { answer, refusal } = useAnswer<Aladin>(path)
  return (
    <div class="part aladin">
      <h2>{say(TEXTS.aladin)}</h2>
      {refusal && <p class="notes">{refusal.message}</p>}
      {answer && (
        <dl class="facts">
          <Fact words={TEXTS.asOf}>{answer.asOf}</Fact>
          <Fact words={TEXTS.registered}>{yenText(answer.registeredYen)}</Fact>
          <Fact words={TEXTS.balance}>{yenText(answer.balanceYen)}</Fact>
          <Fact words={TEXTS.applied}>
            {yenText(answer.scheduledYen)} ({answer.scheduledMonth})
          </Fact>
          <Fact words={TEXTS.validity}>{answer.validUntil ?? '–'}</Fact>
        </dl>
      )}
    </div>
  )
}

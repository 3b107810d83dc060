import { useCallback, useEffect, useState } from 'preact/hooks'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import type { CardsAnswer, Handset, PhoneAnswer } from './answers.js'
import { BesideTheCall } from './beside.js'
import type { CallState } from './browser-phone.js'
import { Keypad } from './keypad.js'
import { ScratchCard } from './scratch-card.js'
import { CLASS_NAMES, TEXTS } from './texts.js'
import { type HeldPhone, useKeyboard, usePhone } from './use-call.js'
import './phone.css'

/** The number for charging; 157 tells the balance. */
const CHARGE = '1400'

/** The phone (simulation only): a demonstration number calls by this page, and charges cards that lie beside it. */
export function LoadedPhonePage() {
  const { answer: network, refusal, again } = useAnswer<PhoneAnswer>('/api/phone')
  const phone = usePhone()
  return (
    <div class="phone-desk">
      {refusal && !network && <Failure refusal={refusal} again={again} />}
      {!network && !refusal && <Waiting />}
      {network && <Handy network={network} phone={phone} />}
      <div class="beside-phone">
        {phone.state?.call !== undefined && (
          <BesideTheCall call={phone.state.call} talking={phone.state.phase === 'talking'} />
        )}
        <Cards phone={phone} />
      </div>
    </div>
  )
}

function Handy({ network, phone }: { network: PhoneAnswer; phone: HeldPhone }) {
  const [msisdn, setMsisdn] = useState(network.handsets[0]?.msisdn)
  const [dialled, setDialled] = useState(CHARGE)
  const { state, calling, press } = phone
  const handset = network.handsets.find(one => one.msisdn === msisdn)
  const pressed = useCallback(
    (key: string) => {
      if (calling) press(key)
      else setDialled(before => (before === CHARGE ? key : `${before}${key}`).slice(0, 16))
    },
    [calling, press],
  )
  useKeyboard(pressed)
  return (
    <section class="phone" aria-label={say(TEXTS.phone)} data-phase={state?.phase ?? 'ready'}>
      <label>
        <span>{say(TEXTS.from)}</span>
        <select
          name="handset"
          value={msisdn}
          disabled={calling}
          onChange={({ currentTarget }) => setMsisdn(currentTarget.value)}
        >
          {network.handsets.map(one => (
            <option key={one.msisdn} value={one.msisdn}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{say(TEXTS.dial)}</span>
        <input
          name="dialled"
          inputMode="tel"
          pattern="[0-9*#]+"
          maxLength={16}
          value={dialled}
          disabled={calling}
          onInput={({ currentTarget }) => setDialled(currentTarget.value)}
        />
      </label>
      <p class="call-state" role="status">
        {stateText(state)} {state?.phase === 'talking' && <Clock since={state.since} />}
      </p>
      <Keypad press={pressed} />
      {calling ? (
        <button type="button" class="hang-up" onClick={phone.hangUp}>
          {say(TEXTS.hangUp)}
        </button>
      ) : (
        <button
          type="button"
          class="primary"
          disabled={!handset || !/^[0-9*#]+$/.test(dialled)}
          onClick={() => handset && void phone.call(network, handset, dialled)}
        >
          {say(TEXTS.call)}
        </button>
      )}
      <p class="hint">{say(TEXTS.hint)}</p>
      {/* biome-ignore lint/a11y/useMediaCaption: a call as it is spoken; the charge-call page of the documents has the words */}
      <audio ref={phone.speaker} />
    </section>
  )
}

const nameOf = ({ msisdn, contractClass, language }: Handset): string =>
  `${msisdn} ${say(CLASS_NAMES[contractClass])}${language === 'en' ? ` · ${say(TEXTS.english)}` : ''}`

function stateText(state: CallState | undefined): string {
  if (!state) return say(TEXTS.ready)
  return say(TEXTS[state.phase === 'over' ? state.why : state.phase])
}

/** How long a call has lasted. Not told to who hears the page. */
function Clock({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.floor((now - since) / 1_000))
  const text = `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`
  return <span aria-hidden="true">{text}</span>
}

/** Cards to scratch; after each call those that are still unused. */
function Cards({ phone: { state, press } }: { phone: HeldPhone }) {
  const { answer, refusal, again } = useAnswer<CardsAnswer>('/api/phone/cards')
  const over = state?.phase === 'over'
  useEffect(() => {
    if (over) again()
  }, [over, again])
  const keyIt = state?.phase === 'talking' ? (pin: string) => press(`${pin}#`) : undefined
  return (
    <section class="scratch-cards" aria-label={say(TEXTS.cards)}>
      <h2>{say(TEXTS.cards)}</h2>
      <p class="hint">{say(answer?.cards.length === 0 ? TEXTS.noCards : TEXTS.scratchHint)}</p>
      {refusal && <Failure refusal={refusal} again={again} />}
      <ul>
        {answer?.cards.map(card => (
          <ScratchCard key={card.serial} card={card} keyIt={keyIt} />
        ))}
      </ul>
    </section>
  )
}

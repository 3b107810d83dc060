import { say } from '../shell/language.js'
import { KEYS } from './sound.js'
import { TEXTS } from './texts.js'

/** Letters on the keys, as telephones have them (ITU-T E.161). */
const LETTERS = ['', 'ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ', '', '', '']

/** The twelve keys. */
export const Keypad = ({ press }: { readonly press: (key: string) => void }) => (
  <fieldset class="keypad" aria-label={say(TEXTS.keypad)}>
    {[...KEYS].map((key, at) => (
      <button type="button" key={key} data-key={key} onClick={() => press(key)}>
        <b>{key}</b>
        {LETTERS[at] && <small aria-hidden="true">{LETTERS[at]}</small>}
      </button>
    ))}
  </fieldset>
)

import { useEffect, useRef } from 'preact/hooks'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** As long as the server keeps. */
const NOTE_MAX = 500

interface NoteFormProps {
  readonly save: (text: string) => void
  readonly cancel: () => void
}

/** Writes a note beside an alarm. */
export function NoteForm({ save, cancel }: NoteFormProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      class="note"
      onSubmit={event => {
        event.preventDefault()
        const text = field.current?.value.trim() ?? ''
        if (text !== '') save(text)
      }}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <input ref={field} maxLength={NOTE_MAX} aria-label={say(TEXTS.note)} required />
      <button type="submit" class="quiet">
        {say(TEXTS.save)}
      </button>
      <button type="button" class="quiet" onClick={cancel}>
        {say(TEXTS.cancel)}
      </button>
    </form>
  )
}

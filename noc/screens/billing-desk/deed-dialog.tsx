import type { ComponentChildren } from 'preact'
import type { Text } from '../../traffic/columns.js'
import { ask } from '../parts/ask.js'
import { ReasonDialog } from '../parts/reason-dialog.js'
import { OUTCOME_TEXTS, ofWord } from './texts.js'

/** What somebody wants done in billing. */
export interface Deed {
  readonly title: Text
  readonly effect: ComponentChildren
  /** Below `/api/billing`. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly reasoned: boolean
}

interface DeedDialogProps {
  readonly deed: Deed
  /** Told what became of it, in words. */
  readonly told: (words: Text) => void
  readonly done: () => void
}

/** Shows the effect of a deed in billing, has it done, and tells what became of it. */
export function DeedDialog({ deed, told, done }: DeedDialogProps) {
  const { title, effect, path, body, reasoned } = deed
  const perform = async (reason: string) => {
    const given = reasoned ? { ...body, reason } : body
    const answer = await ask<Readonly<Record<string, unknown>>>(`/api/billing${path}`, given)
    told(toldOf(answer))
    return { outcome: 'performed' } as const
  }
  return (
    <ReasonDialog title={title} confirm={title} perform={perform} reasoned={reasoned} done={done}>
      {effect}
    </ReasonDialog>
  )
}

/** What billing answered, in words: an outcome, or how many it credited. */
function toldOf({ outcome, credited, expected }: Readonly<Record<string, unknown>>): Text {
  if (typeof credited === 'number') {
    return { ja: `${credited} 件を計上しました`, en: `${credited} were credited` }
  }
  const words = ofWord(OUTCOME_TEXTS, `${outcome}`)
  return typeof expected === 'string'
    ? { ja: `${words.ja}: ${expected}`, en: `${words.en}: ${expected}` }
    : words
}

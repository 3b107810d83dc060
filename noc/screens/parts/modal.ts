import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/**
 * Shows a dialog over the page while it is drawn; `done` is called when Esc closes it. When it goes, focus is where it
 * was before, or, where that is gone, at the content: who works with keys never begins anew at the top (WCAG 2.4.3).
 */
export function useModal(done: () => void): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null)
  const latest = useRef(done)
  latest.current = done
  useEffect(() => {
    const shown = dialog.current
    if (!shown) return
    const closed = () => latest.current()
    shown.addEventListener('close', closed)
    shown.showModal()
    return () => {
      shown.removeEventListener('close', closed)
      shown.close()
      if (document.activeElement === document.body) document.getElementById('content')?.focus()
    }
  }, [])
  return dialog
}

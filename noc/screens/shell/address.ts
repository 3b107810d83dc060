import { useEffect, useState } from 'preact/hooks'

/** What the address says: which page, and what is chosen on it. */
export interface Address {
  readonly path: string
  readonly query: URLSearchParams
}

const addressNow = (): Address => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
})

const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}

/** Goes to another page, which the browser's way back leads back from. */
export function goTo(path: string): void {
  history.pushState(undefined, '', path)
  tell()
  scrollTo(0, 0)
}

/** Changes what is chosen on the page; `undefined` takes a choice back. */
export function choose(change: Readonly<Record<string, string | undefined>>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) query.delete(name)
    else query.set(name, value)
  }
  const text = `${query}`
  history.replaceState(undefined, '', text === '' ? location.pathname : `?${text}`)
  tell()
}

/** What the address says now; what asks is drawn again when it changes. */
export function useAddress(): Address {
  const [address, setAddress] = useState(addressNow)
  useEffect(() => {
    const listener = () => setAddress(addressNow())
    listeners.add(listener)
    addEventListener('popstate', listener)
    return () => {
      listeners.delete(listener)
      removeEventListener('popstate', listener)
    }
  }, [])
  return address
}

/** Follows a link of ours without loading the page again, unless the reader wants it elsewhere. */
export function followLink(event: MouseEvent): void {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
  const link = event.currentTarget
  if (!(link instanceof HTMLAnchorElement)) return
  event.preventDefault()
  goTo(link.pathname + link.search)
}

import { useEffect } from 'preact/hooks'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/**
 * Whether the page is for a wall, as its address says: figures and chart alone, large, on the whole screen
 * where the browser lets it; Esc leads back.
 */
export function useWall(query: URLSearchParams): boolean {
  const wall = query.get('wall') === 'on'
  useEffect(() => {
    if (!wall) return
    const root = document.documentElement
    root.dataset.wall = 'on'
    // Without a press just before, as where a bookmark is opened, a browser refuses; F11 does it then.
    root.requestFullscreen().catch(() => {})
    dispatchEvent(new Event('resize'))
    const leave = () => choose({ wall: undefined })
    const byKey = ({ key }: KeyboardEvent) => key === 'Escape' && leave()
    const byBrowser = () => document.fullscreenElement === null && leave()
    addEventListener('keydown', byKey)
    document.addEventListener('fullscreenchange', byBrowser)
    return () => {
      removeEventListener('keydown', byKey)
      document.removeEventListener('fullscreenchange', byBrowser)
      delete root.dataset.wall
      if (document.fullscreenElement) void document.exitFullscreen()
    }
  }, [wall])
  return wall
}

/** The way back from the wall. */
export const WallWay = () => (
  <button type="button" class="quiet" id="leave-wall" onClick={() => choose({ wall: undefined })}>
    {say(TEXTS.leaveWall)}
  </button>
)

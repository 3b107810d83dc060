import { setTimeout as after } from 'node:timers/promises'
import { homeAt } from '../platform/home.js'
import { OfferedCalls, type OfferedEnd } from '../test/support/offered-calls.js'

/** What the callers are told: get so many calls ready, or offer them. */
export type ToCallers =
  | { readonly type: 'prepare'; readonly calls: number }
  | { readonly type: 'offer'; readonly callsASecond: number }

/** What they tell. */
export type FromCallers =
  | { readonly type: 'prepared' }
  /** All were offered, in so many s. */
  | { readonly type: 'offered'; readonly seconds: number }
  /** All are over; `wrong` is what must not be, by what it was. */
  | {
      readonly type: 'over'
      readonly served: number
      readonly refused: number
      readonly wrong: Readonly<Record<string, number>>
    }

/** Pause between two looks at how many calls are due, in ms. */
const LOOK_MS = 2

/** The callers of `congestion`, a process of their own: they call at a rate, whatever becomes of it. */
async function callers(folder: string, scpPort: number): Promise<void> {
  const tell = (message: FromCallers) => process.send?.(message)
  const calls = await OfferedCalls.open({ teardown: () => {} }, homeAt(folder), scpPort)
  let ready: Awaited<ReturnType<OfferedCalls['ready']>> = []
  process.on('message', async (told: ToCallers) => {
    if (told.type === 'prepare') {
      ready = await calls.ready(told.calls)
      tell({ type: 'prepared' })
      return
    }
    const ends: Promise<OfferedEnd>[] = []
    const beganMs = performance.now()
    const sinceS = () => (performance.now() - beganMs) / 1_000
    while (ends.length < ready.length) {
      const due = Math.ceil(sinceS() * told.callsASecond)
      for (const call of ready.slice(ends.length, due)) ends.push(calls.make(call))
      await after(LOOK_MS)
    }
    tell({ type: 'offered', seconds: sinceS() })
    tell({ type: 'over', ...countsOf(await Promise.all(ends)) })
  })
  process.once('disconnect', () => process.exit())
  tell({ type: 'prepared' })
}

function countsOf(ends: readonly OfferedEnd[]) {
  const wrong: Record<string, number> = {}
  for (const end of ends) {
    if (typeof end === 'object') wrong[end.wrong] = (wrong[end.wrong] ?? 0) + 1
  }
  const count = (end: OfferedEnd) => ends.filter(one => one === end).length
  return { served: count('served'), refused: count('refused'), wrong }
}

const [folder, scpPort] = process.argv.slice(2)
if (folder && scpPort) await callers(folder, Number(scpPort))

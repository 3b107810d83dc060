import { systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import type { Home } from '../../platform/home.js'
import { programsOf } from '../alarms/programs.js'
import { askMessages, askNotes } from './ask-trail.js'
import { CallBook } from './call-book.js'
import { CallCollector } from './call-collector.js'
import { guidanceWordsIn } from './guidance-words.js'
import { LiveCalls } from './live-calls.js'

/** Follows the calls of the programs of a home, once it runs; `clips` is the folder of the guidance. */
export function followCalls(
  home: Home,
  clips: string,
): {
  readonly live: LiveCalls
  run(): Promise<void>
  close(): Promise<void>
} {
  const book = new CallBook()
  const collector: CallCollector = new CallCollector({
    nodes: async () => (await programsOf(home)).filter(name => /^ivr./.test(name)),
    ask: (program, place) => askNotes(home, program, place),
    book,
    clock: systemClock,
    later: nodeLater,
    told: () => live.changed(),
  })
  const live = new LiveCalls({
    book,
    clock: systemClock,
    silent: () => collector.silent,
    ask: (engine, callIds, place) => askMessages(home, engine, callIds, place),
    words: guidanceWordsIn(clips),
  })
  return { live, run: () => collector.run(), close: () => collector.close() }
}

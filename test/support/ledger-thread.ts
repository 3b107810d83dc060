import { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import { answerQuestions } from '../../platform/writer-thread.js'

/** What the smallest store in a thread is asked. */
export type LedgerQuestions = {
  add: { ask: number; answer: number }
  refuse: { ask: string; answer: never }
  breakPromise: { ask: string; answer: never }
  never: { ask: undefined; answer: never }
}

/** What the thread is started with. */
export interface LedgerOptions {
  readonly path: string
  readonly migrations: readonly string[]
}

// This module is a thread, for the tests of how threads are asked.
answerQuestions<LedgerQuestions>(options => {
  const { path, migrations } = options as LedgerOptions
  const store = openStore(path, migrations)
  const writer = new GroupCommit(store, { lingerMs: 20 })
  const add = store.prepare<[number]>('INSERT INTO line VALUES (?)')
  const sum = store.prepare<[], number>('SELECT sum(amount) FROM line').pluck()
  return {
    answers: {
      add: amount =>
        writer.run(() => {
          add.run(amount)
          return sum.get() ?? 0
        }),
      refuse: what => {
        throw new Fault('OVERLOADED', what)
      },
      breakPromise: what => {
        throw new Error(what)
      },
      never: () => new Promise(() => {}),
    },
    close: () => store.close(),
  }
})

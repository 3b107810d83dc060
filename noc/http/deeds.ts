import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { People } from '../store/people.js'
import type { PeopleEntry } from '../store/people-log.js'

/** What is answered when something was done to people: its entry in the log. */
export const entryAnswer = Type.Object({
  outcome: Type.Literal('performed'),
  sequence: Type.Integer(),
})

/**
 * Does things to people. The hash of each entry goes into noc's log line too: kept elsewhere, it finds a log of people
 * that was forged anew or cut off.
 */
export class Deeds {
  readonly #people: People
  readonly #log: Pick<Logger, 'info'>

  constructor(people: People, log: Pick<Logger, 'info'>) {
    this.#people = people
    this.#log = log
  }

  /** Throws `ACT_REFUSED`. */
  async does(deed: (people: People) => Promise<PeopleEntry>): Promise<{
    readonly outcome: 'performed'
    readonly sequence: number
  }> {
    const { sequence, act, subject, person, hash } = await deed(this.#people)
    this.#log.info({ sequence, act, subject, account: person, auditHash: hash }, 'people changed')
    return { outcome: 'performed', sequence }
  }
}

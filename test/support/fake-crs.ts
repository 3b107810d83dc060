import type { CrsLink } from '../../billing/exchange/crs-link.js'
import type { FilesTogether } from '../../domain/files-together.js'
import { encodeTriggerAnswer } from '../../domain/trigger-answer.js'
import { decodeTrigger } from '../../domain/trigger-file.js'
import { Fault } from '../../platform/fault.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import type { CrsFiles } from './billing-desk.js'

/**
 * CRS at the far end of the exchange, without a wire: answers each trigger with every file after the
 * sequence that it names, and notes what must not happen.
 */
export class FakeCrs implements CrsLink {
  readonly #files: CrsFiles
  readonly #triggers = new Map<number, string>()
  readonly #answers = new Map<number, Uint8Array>()
  /** What billing did that the exchange does not allow. */
  readonly wrongs: string[] = []
  /** It cannot be reached. */
  away = false
  /** It hands files out one by one alone. */
  oneByOne = false
  /** It takes triggers, and answers none. */
  silent = false

  constructor(files: CrsFiles) {
    this.#files = files
  }

  /** Numbers of the triggers that came, in order. */
  get triggers(): number[] {
    return [...this.#triggers.keys()]
  }

  async sendTrigger(number: number, content: string): Promise<void> {
    this.#reach()
    const known = this.#triggers.get(number)
    if (known !== undefined && known !== content) this.wrongs.push(`trigger ${number} changed`)
    if (known === undefined && number !== this.#triggers.size + 1) {
      this.wrongs.push(`trigger ${number} after ${this.#triggers.size}`)
    }
    this.#triggers.set(number, content)
  }

  async fetchAnswer(number: number): Promise<Uint8Array | undefined> {
    this.#reach()
    const content = this.#triggers.get(number)
    if (content === undefined || this.silent) return undefined
    const answer = this.#answers.get(number) ?? this.#answer(content)
    this.#answers.set(number, answer)
    return answer
  }

  async fetchFile(name: string): Promise<Uint8Array> {
    this.#reach()
    const file = this.#files.all.find(one => one.name === name)
    if (!file) throw new Fault('PEER_UNREACHABLE', `there is no ${name}`)
    return Buffer.from(file.text)
  }

  async fetchTogether({
    firstSequence,
    lastSequence,
  }: FilesTogether): Promise<Uint8Array | undefined> {
    this.#reach()
    if (this.oneByOne) return undefined
    const some = this.#files.all.slice(firstSequence - 1, lastSequence)
    return Buffer.from(some.map(({ text }) => text).join(''))
  }

  hangUp(): void {}

  #reach(): void {
    if (this.away) throw new Fault('PEER_UNREACHABLE', 'CRS is away.')
  }

  #answer(content: string): Uint8Array {
    const read = decodeTrigger(content)
    if (read.outcome !== 'whole') throw new Error(read.why)
    const { number, lastSequence } = read.trigger
    const files = this.#files.all.slice(lastSequence).map(({ sequence, name, text }) => ({
      sequence,
      name,
      length: text.length,
      sha256: sha256Of(Buffer.from(text)),
    }))
    const answer = { trigger: number, lastSequence, files }
    return Buffer.from(encodeTriggerAnswer(answer, sha256()))
  }
}

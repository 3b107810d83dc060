import { type FilesTogether, parseFilesTogether } from '../../domain/files-together.js'
import { triggerNames } from '../../domain/trigger-file.js'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { Logger } from '../../platform/log.js'
import type { CrsBackground, CrsStore } from '../store/questions.js'
import type { TriggerTaken } from '../store/triggers.js'

/** The folders that billing sees. Nothing of the disk is behind them but closed files, by their sequence. */
const FOLDERS = ['trigger', 'answer', 'file'] as const
type Folder = (typeof FOLDERS)[number]

/** Triggers that may be half-way, sent and not renamed; one more takes the oldest's place. */
const SENDING_MAX = 16

/** What became of a rename. */
export type Renamed =
  | { readonly outcome: 'renamed' }
  /** It was never sent, or another start of CRS has forgotten it: send it again. */
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'refused'; readonly why: string }

export interface ExchangeFoldersOptions {
  readonly store: CrsStore
  readonly background: CrsBackground
  readonly log: Logger
}

/**
 * /trigger, /answer and /file (docs/formats/exchange.md). A trigger is taken when it is renamed, in one
 * transaction with what it is offered; until then it is only in memory, and is sent again after a kill.
 */
export class ExchangeFolders {
  readonly #options: ExchangeFoldersOptions
  readonly #sending = new Map<string, string>()

  constructor(options: ExchangeFoldersOptions) {
    this.#options = options
  }

  /** Whether a path leads to the root or a folder. */
  isFolder(path: readonly string[]): boolean {
    return path.length === 0 || folderOf(path) !== undefined
  }

  /** Names in a folder; `undefined` for what cannot be listed. */
  async list(path: readonly string[]): Promise<readonly string[] | undefined> {
    const { background } = this.#options
    if (path.length === 0) return FOLDERS
    switch (folderOf(path)) {
      case 'answer':
        return (await background.ask('answered', undefined)).map(n => triggerNames(n).answer)
      case 'file':
        return (await background.ask('files', undefined)).map(({ name }) => name)
      default:
        return undefined
    }
  }

  /** Length of a file in bytes; `undefined` when there is none. */
  async size(path: readonly string[]): Promise<number | undefined> {
    const sequence = sequenceOf(path)
    if (sequence === undefined) return (await this.#answer(path))?.length
    const offered = await this.#options.background.ask('offered', sequence)
    return offered?.name === path[1] ? offered?.length : undefined
  }

  /** Bytes of a file; `undefined` when there is none. */
  async read(path: readonly string[]): Promise<Uint8Array | undefined> {
    const together = togetherOf(path)
    if (together) return this.#options.background.ask('readTogether', together)
    const sequence = sequenceOf(path)
    if (sequence === undefined) {
      const answer = await this.#answer(path)
      return answer === undefined ? undefined : Buffer.from(answer, 'latin1')
    }
    const offered = await this.#options.background.ask('offered', sequence)
    if (offered?.name !== path[1]) return undefined
    return this.#options.background.ask('readFile', sequence)
  }

  /** Whether billing may send a file of that name. */
  maySend(path: readonly string[]): boolean {
    return triggerOf(path, 'sending') !== undefined
  }

  /** Holds a trigger that was sent, until it is renamed. */
  hold(path: readonly string[], bytes: Uint8Array): void {
    const name = path.join('/')
    this.#sending.delete(name)
    this.#sending.set(name, Buffer.from(bytes).toString('latin1'))
    const [oldest] = this.#sending.keys()
    if (this.#sending.size > SENDING_MAX && oldest !== undefined) this.#sending.delete(oldest)
  }

  isHeld(path: readonly string[]): boolean {
    return this.#sending.has(path.join('/'))
  }

  /** Takes a trigger that was sent; the answer is there when this says so. */
  async rename(from: readonly string[], to: readonly string[]): Promise<Renamed> {
    const number = triggerOf(from, 'sending')
    const text = this.#sending.get(from.join('/'))
    if (text === undefined) return { outcome: 'absent' }
    if (number === undefined || number !== triggerOf(to, 'sent')) {
      return { outcome: 'refused', why: 'a trigger is renamed from its .tmp to its .trg' }
    }
    const taken = await this.#options.store.ask('takeTrigger', { number, text })
    this.#sending.delete(from.join('/'))
    return this.#told(number, taken)
  }

  #told(trigger: number, taken: TriggerTaken): Renamed {
    const { log } = this.#options
    if (taken.outcome === 'answered') {
      const { offered: files, fresh } = taken
      log.info({ trigger, files, repeated: !fresh }, 'trigger answered')
      settleAlarms(['TRIGGER_REFUSED'], {})
      return { outcome: 'renamed' }
    }
    const why = whyRefused(taken)
    raiseAlarm(log, 'TRIGGER_REFUSED', 'critical', { trigger, why })
    return { outcome: 'refused', why }
  }

  async #answer(path: readonly string[]): Promise<string | undefined> {
    const trigger = triggerOf(path, 'answer')
    return trigger === undefined ? undefined : this.#options.background.ask('readAnswer', trigger)
  }
}

const folderOf = ([name, ...rest]: readonly string[]): Folder | undefined =>
  rest.length === 0 ? FOLDERS.find(folder => folder === name) : undefined

/** The sequence that a name in /file begins with. */
function sequenceOf([folder, name = '', ...rest]: readonly string[]): number | undefined {
  const [, sequence] = /^(\d{10})-[0-9a-z-]{1,20}\.txt$/.exec(name) ?? []
  const there = folder === 'file' && rest.length === 0 && sequence !== undefined
  return there ? Number(sequence) : undefined
}

/** Several files in /file that a name stands for. It is not listed, and has no length before it is read. */
const togetherOf = ([folder, name = '', ...rest]: readonly string[]): FilesTogether | undefined =>
  folder === 'file' && rest.length === 0 ? parseFilesTogether(name) : undefined

/** The number of a trigger or an answer that a path names. */
function triggerOf(
  [folder, name = '', ...rest]: readonly string[],
  as: keyof ReturnType<typeof triggerNames>,
): number | undefined {
  const number = Number(/^(\d{10})\.[a-z]{3}$/.exec(name)?.[1] ?? 0)
  const there = folder === (as === 'answer' ? 'answer' : 'trigger') && rest.length === 0
  return there && number > 0 && triggerNames(number)[as] === name ? number : undefined
}

function whyRefused(taken: Exclude<TriggerTaken, { outcome: 'answered' }>): string {
  switch (taken.outcome) {
    case 'malformed':
      return taken.why
    case 'changed':
      return 'another content was answered under its number'
    case 'gap':
      return `the next trigger is ${taken.expected}`
    case 'ahead':
      return `the last sequence that is closed is ${taken.lastClosed}`
  }
}

import { useEffect, useState } from 'preact/hooks'

/** A choice between a few words that is kept in this browser alone; the first word until somebody chooses. */
export class Kept<Word extends string> {
  readonly #name: string
  readonly #words: readonly [Word, ...Word[]]
  readonly #listeners = new Set<(word: Word) => void>()
  #now: Word

  constructor(name: string, words: readonly [Word, ...Word[]]) {
    this.#name = name
    this.#words = words
    const kept = localStorage.getItem(name)
    this.#now = words.find(word => word === kept) ?? words[0]
  }

  get now(): Word {
    return this.#now
  }

  choose(word: Word): void {
    this.#now = word
    localStorage.setItem(this.#name, word)
    for (const listener of this.#listeners) listener(word)
  }

  /** Chooses the next word, the first after the last. */
  next(): void {
    const at = this.#words.indexOf(this.#now)
    this.choose(this.#words[(at + 1) % this.#words.length] ?? this.#words[0])
  }

  /** Tells of each choice until the answer is called. */
  listen(listener: (word: Word) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** The word that is chosen now; what asks is drawn again when it changes. */
export function useKept<Word extends string>(kept: Kept<Word>): Word {
  const [word, setWord] = useState(kept.now)
  useEffect(() => kept.listen(setWord), [kept])
  return word
}

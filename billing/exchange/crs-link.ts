import type { FilesTogether } from '../../domain/files-together.js'

/** What billing does at CRS (docs/formats/exchange.md). Every operation may be repeated; each throws a `Fault`. */
export interface CrsLink {
  /** Leaves a trigger for CRS: under a name that CRS passes over, then under its own. */
  sendTrigger(number: number, content: string): Promise<void>
  /** CRS's answer to a trigger; `undefined` while there is none. */
  fetchAnswer(number: number): Promise<Uint8Array | undefined>
  /** A file that an answer offers, at most `lengthMax` bytes of it. */
  fetchFile(name: string, lengthMax: number): Promise<Uint8Array>
  /**
   * Files that an answer offers, of these sequences, one after the other in one transfer; at most
   * `lengthMax` bytes. `undefined` from a CRS that hands files out one by one alone.
   */
  fetchTogether(files: FilesTogether, lengthMax: number): Promise<Uint8Array | undefined>
  /** Ends the connection, and what is under way on it. The next operation opens another. */
  hangUp(): void
}

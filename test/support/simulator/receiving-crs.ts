import type { Due } from '../../../scp/rules/transfer.js'

/** CRS as the simulator has it: takes files in order, each once, and knows a repeat by its bytes. */
export class ReceivingCrs {
  readonly #taken = new Map<Due, Uint8Array>()
  #last = 0

  /** Takes a file, or says why not. */
  take(due: Due, bytes: Uint8Array): 'acknowledged' | 'gap' | 'changed' {
    const before = this.#taken.get(due)
    if (before) return Buffer.from(before).equals(bytes) ? 'acknowledged' : 'changed'
    if (typeof due === 'number') {
      if (due !== this.#last + 1) return 'gap'
      this.#last = due
    }
    this.#taken.set(due, bytes)
    return 'acknowledged'
  }

  /** Charge records in what it took. */
  records(): number {
    let records = 0
    for (const [due, bytes] of this.#taken) {
      if (typeof due !== 'number') continue
      const lines = Buffer.from(bytes).toString('latin1').split('\n')
      records += lines.filter(line => line.startsWith('D')).length
    }
    return records
  }
}

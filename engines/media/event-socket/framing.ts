/** A command as an application sends it (esl-protocol §1). */
export interface Command {
  /** First word, lower case. */
  readonly word: string
  /** What follows it on the line. */
  readonly rest: string
  /** Header lines: names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Header lines as written, for `sendevent`. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

/** What a chunk of bytes brought: commands, or bytes that are none. */
export type Framing =
  | { readonly outcome: 'commands'; readonly commands: readonly Command[] }
  | { readonly outcome: 'too_long' }

/** Most bytes of a command's lines. */
const LONGEST_HEAD = 64 * 1024

/** Most bytes of a command's body (esl-protocol §1). */
const LONGEST_BODY = 10 * 1024 * 1024

/**
 * Takes the bytes of a connection apart: a command line, header lines, a blank line, and a body where
 * `content-length` says so. LF or CR LF; blank lines before a command are skipped.
 */
export class CommandReader {
  #bytes: Buffer = Buffer.alloc(0)
  /** The head whose body is still on its way. */
  #open: { readonly head: string; readonly bodyBytes: number } | undefined

  /** Adds what was received; gives the commands that are now whole. */
  push(chunk: Buffer): Framing {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const commands: Command[] = []
    for (;;) {
      const { outcome, command } = this.#next()
      if (outcome === 'too_long') return { outcome }
      if (!command) return { outcome: 'commands', commands }
      commands.push(command)
    }
  }

  #next(): { outcome: 'too_long' | 'read'; command?: Command } {
    this.#open ??= this.#head()
    const open = this.#open
    if (!open) {
      return { outcome: this.#bytes.length > LONGEST_HEAD ? 'too_long' : 'read' }
    }
    if (open.head.length > LONGEST_HEAD || open.bodyBytes > LONGEST_BODY) {
      return { outcome: 'too_long' }
    }
    if (this.#bytes.length < open.bodyBytes) return { outcome: 'read' }
    const body = this.#bytes.toString('utf8', 0, open.bodyBytes)
    this.#bytes = this.#bytes.subarray(open.bodyBytes)
    this.#open = undefined
    return {
      outcome: 'read',
      command: parseCommand(open.head, open.bodyBytes > 0 ? body : undefined),
    }
  }

  #head(): { head: string; bodyBytes: number } | undefined {
    let begin = 0
    while (this.#bytes[begin] === LF || this.#bytes[begin] === CR) begin++
    if (begin > 0) this.#bytes = this.#bytes.subarray(begin)
    const end = endOfHead(this.#bytes)
    if (end === undefined) return undefined
    const head = this.#bytes.toString('utf8', 0, end.text)
    this.#bytes = this.#bytes.subarray(end.next)
    const [, length] = /^content-length:[ \t]*(\d{1,9})/im.exec(head) ?? []
    return { head, bodyBytes: Number(length ?? 0) }
  }
}

const LF = 0x0a
const CR = 0x0d

/** Where the lines end and what comes after the blank line begins. */
function endOfHead(bytes: Buffer): { text: number; next: number } | undefined {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return { text: at, next: at + 2 }
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return { text: at, next: at + 3 }
  }
  return undefined
}

function parseCommand(head: string, body: string | undefined): Command {
  // The CR of the last line stands alone: its LF is part of the blank line.
  const [line = '', ...lines] = head.replace(/\r$/, '').split(/\r?\n/)
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line.trim()) ?? []
  const fields = lines.flatMap(parseField)
  return {
    word: word.toLowerCase(),
    rest,
    headers: new Map(fields.map(([name, value]) => [name.toLowerCase(), value])),
    fields,
    ...(body === undefined ? {} : { body }),
  }
}

/** Leading blanks of a value are dropped; a line without a colon is left out. */
function parseField(line: string): [string, string][] {
  const colon = line.indexOf(':')
  return colon <= 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+/, '')]]
}

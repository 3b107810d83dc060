/**
 * Several files of a node that go to CRS in one request, in their order (docs/formats/transfer-to-crs.md):
 * for each a line with its name and its length in bytes, then the file, byte for byte.
 */
export interface NamedFile {
  /** As the path of a request for it alone ends: `quarter-hour-files/42`, `day-closes/2000-12-01`. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Most files, and most bytes of files, in one request; a longer file goes alone. */
export const FILES_TOGETHER_MAX = 64
export const BYTES_TOGETHER_MAX = 1_048_576

/** Longest line that names a file, its line feed included. */
const NAME_LINE_MAX = 64

/** The body of a request with these files. */
export function encodeDeliveries(files: readonly NamedFile[]): Uint8Array {
  const parts = files.flatMap(({ name, bytes }) => [ascii(`${name} ${bytes.length}\n`), bytes])
  const body = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return body
}

/** Reads such a body. It is whole, with one file or more, or `undefined`. */
export function decodeDeliveries(body: Uint8Array): NamedFile[] | undefined {
  const files: NamedFile[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.subarray(at, at + NAME_LINE_MAX).indexOf(LINE_FEED)
    const line = String.fromCharCode(...body.subarray(at, at + Math.max(0, end)))
    const [, name, length] = /^([a-z-]{1,20}\/[0-9-]{1,10}) (\d{1,7})$/.exec(line) ?? []
    const from = at + end + 1
    const until = from + Number(length)
    const tooMany = files.length === FILES_TOGETHER_MAX
    if (name === undefined || tooMany || until > body.length) return undefined
    files.push({ name, bytes: body.subarray(from, until) })
    at = until
  }
  return files.length > 0 ? files : undefined
}

const LINE_FEED = 0x0a

const ascii = (text: string): Uint8Array => Uint8Array.from(text, one => one.charCodeAt(0))

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The font of the print: Kosugi (Motoya), Apache License 2.0; Japanese, half-width and whole-width. */
const PATH = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/kosugi/Kosugi_400Regular.ttf',
)

/** A font file, and which characters it can draw. */
export interface Font {
  readonly bytes: Buffer
  has(codePoint: number): boolean
}

let opened: Font | undefined

/** The font of the print, read when it is first needed. */
export function printFont(): Font {
  opened ??= openFont(readFileSync(PATH))
  return opened
}

function openFont(bytes: Buffer): Font {
  const segments = segmentsOf(bytes)
  return {
    bytes,
    has: point => segments.some(([first, last]) => point >= first && point <= last),
  }
}

/**
 * The ranges of characters that a font maps to a drawing: format 4 of table `cmap` (OpenType 1.9, cmap). A range
 * that is mapped one by one has its gaps taken out.
 */
function segmentsOf(bytes: Buffer): (readonly [first: number, last: number])[] {
  const at = tableAt(bytes, 'cmap')
  const tables = Array.from(
    { length: bytes.readUInt16BE(at + 2) },
    (_, index) => at + 4 + index * 8,
  )
  const format4 = tables
    .map(entry => at + bytes.readUInt32BE(entry + 4))
    .find(start => bytes.readUInt16BE(start) === 4)
  if (format4 === undefined) throw new TypeError('the font has no character map of format 4')
  const doubled = bytes.readUInt16BE(format4 + 6)
  const ends = format4 + 14
  const starts = ends + doubled + 2
  const offsets = starts + 2 * doubled
  const segments: [number, number][] = []
  for (let index = 0; index < doubled; index += 2) {
    const [first, last] = [bytes.readUInt16BE(starts + index), bytes.readUInt16BE(ends + index)]
    const offset = bytes.readUInt16BE(offsets + index)
    if (first === 0xffff) continue
    if (offset === 0) segments.push([first, last])
    else {
      for (let point = first; point <= last; point++) {
        const glyph = bytes.readUInt16BE(offsets + index + offset + 2 * (point - first))
        if (glyph !== 0) segments.push([point, point])
      }
    }
  }
  return segments
}

function tableAt(bytes: Buffer, tag: string): number {
  const count = bytes.readUInt16BE(4)
  for (let index = 0; index < count; index++) {
    const entry = 12 + index * 16
    if (bytes.toString('latin1', entry, entry + 4) === tag) return bytes.readUInt32BE(entry + 8)
  }
  throw new TypeError(`the font has no table ${tag}`)
}

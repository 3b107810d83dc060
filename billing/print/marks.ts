/** Colours of the print, by what they are for. */
export type Ink = 'text' | 'soft' | 'accent' | 'rule' | 'tint' | 'paper'

/** Something on a page. Places are in points (1/72 inch) from the page's upper left corner. */
export type Mark =
  | {
      readonly mark: 'text'
      /** Where it begins, ends or has its middle, by `align`. */
      readonly x: number
      /** Its baseline. */
      readonly y: number
      readonly text: string
      readonly size: number
      readonly align: 'left' | 'right' | 'center'
      readonly bold: boolean
      readonly ink: Ink
    }
  | {
      readonly mark: 'line'
      readonly from: readonly [x: number, y: number]
      readonly to: readonly [x: number, y: number]
      readonly width: number
      readonly ink: Ink
    }
  | {
      readonly mark: 'box'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly radius: number
      /** Filled with it, or drawn around with it. */
      readonly ink: Ink
      readonly filled: boolean
    }

/** One page, in the order in which it is drawn. */
export type Page = readonly Mark[]

/** A4 upright, and what of it is printed on, in points. */
export const PAPER = { width: 595.28, height: 841.89, left: 48, right: 547, top: 48, bottom: 786 }

/** Writes text onto a page: `bold`, `align`, `ink` as needed. */
export const text = (
  x: number,
  y: number,
  content: string,
  size: number,
  changes: { align?: 'left' | 'right' | 'center'; bold?: boolean; ink?: Ink } = {},
): Mark => ({
  mark: 'text',
  x,
  y,
  text: content,
  size,
  align: 'left',
  bold: false,
  ink: 'text',
  ...changes,
})

/** A line across, from `left` to `right`. */
export const across = (
  y: number,
  ink: Ink,
  width = 0.5,
  left = PAPER.left,
  right = PAPER.right,
): Mark => ({ mark: 'line', from: [left, y], to: [right, y], width, ink })

/** An area filled with a colour. */
export const filled = (
  x: number,
  y: number,
  width: number,
  height: number,
  ink: Ink,
  radius = 0,
): Mark => ({ mark: 'box', x, y, width, height, radius, ink, filled: true })

/** A frame. */
export const framed = (
  x: number,
  y: number,
  width: number,
  height: number,
  ink: Ink,
  radius = 0,
): Mark => ({ mark: 'box', x, y, width, height, radius, ink, filled: false })

/** How wide the print's font is, in parts of its size: half for ASCII and half-width kana, else whole. */
export function textWidth(content: string, size: number): number {
  let halves = 0
  for (const character of content) halves += isHalfWidth(character.codePointAt(0) ?? 0) ? 1 : 2
  return (halves * size) / 2
}

const isHalfWidth = (point: number): boolean => point < 0x7f || (point >= 0xff61 && point <= 0xff9f)

/** Cuts text into lines no wider than `width` points; Japanese is cut anywhere, other words at spaces. */
export function wrapped(content: string, size: number, width: number): string[] {
  const lines = ['']
  for (const piece of content.match(/[!-~]+ ?|./gu) ?? []) {
    const parts = textWidth(piece.trimEnd(), size) > width ? [...piece] : [piece]
    for (const part of parts) {
      const line = lines.at(-1) ?? ''
      if (textWidth((line + part).trimEnd(), size) <= width) lines[lines.length - 1] = line + part
      else lines.push(part.trimStart())
    }
  }
  return lines.map(line => line.trimEnd())
}

import { type Mark, PAPER, type Page, text } from './marks.js'

/** A part of a document that is not cut by the end of a page. */
export interface Block {
  /** In points. */
  readonly height: number
  /** Draws it with its upper edge at `top`. */
  readonly draw: (top: number) => readonly Mark[]
  /** Head of the table that it is a row of: drawn again where a page begins with this row. */
  readonly tableHead?: Block
}

/** What stands at the top of pages, and what is said at their foot. */
export interface Frame {
  readonly first: Block
  readonly following: Block
  readonly continued: string
  readonly foot: (page: number, pages: number) => readonly Mark[]
}

/** Lays blocks out one below the other, on as many pages as they need. */
export function laidOut(blocks: readonly Block[], frame: Frame): Page[] {
  const pages: Mark[][] = []
  let top = 0
  const begin = (head: Block) => {
    pages.push([...head.draw(PAPER.top)])
    top = PAPER.top + head.height
  }
  const put = (block: Block) => {
    pages.at(-1)?.push(...block.draw(top))
    top += block.height
  }
  begin(frame.first)
  for (const block of blocks) {
    if (top + block.height > PAPER.bottom) {
      const note = text(PAPER.right, PAPER.bottom + 10, frame.continued, 7.5, {
        align: 'right',
        ink: 'soft',
      })
      pages.at(-1)?.push(note)
      begin(frame.following)
      if (block.tableHead) put(block.tableHead)
    }
    put(block)
  }
  return pages.map((page, index) => [...page, ...frame.foot(index + 1, pages.length)])
}

/** Room between blocks. */
export const gap = (height: number): Block => ({ height, draw: () => [] })

/** Blocks that stay together, as one. */
export const together = (blocks: readonly Block[], tableHead?: Block): Block => ({
  height: blocks.reduce((sum, { height }) => sum + height, 0),
  draw: top => {
    let at = top
    return blocks.flatMap(block => {
      const marks = block.draw(at)
      at += block.height
      return marks
    })
  },
  ...(tableHead ? { tableHead } : {}),
})

import { type Mark, textWidth } from '../../billing/print/marks.js'

type TextMark = Extract<Mark, { mark: 'text' }>

/** What printed pages say, line by line from the top, as someone reads them. */
export function pageText(pages: readonly (readonly Mark[])[]): string[] {
  return pages.flatMap(page => {
    const lines = new Map<number, TextMark[]>()
    for (const mark of page) {
      if (mark.mark === 'text') lines.set(mark.y, [...(lines.get(mark.y) ?? []), mark])
    }
    return [...lines.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, marks]) =>
        marks
          .sort((a, b) => leftOf(a) - leftOf(b))
          .map(mark => mark.text)
          .join(' | '),
      )
  })
}

/** The left end of a text. */
export function leftOf({ x, align, text, size }: TextMark): number {
  const width = textWidth(text, size)
  return align === 'left' ? x : align === 'right' ? x - width : x - width / 2
}

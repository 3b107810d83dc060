import { readTableText, type TableReading } from './table-text.js'

/** A clip in place of the product's. */
export interface ReplacedClip {
  /** Counted from 1, for who looks whether the clip was taken in. */
  readonly line: number
  /** As ivr names it: `ja/welcome.wav`. */
  readonly clip: string
  /** Of the file to play, hexadecimal. */
  readonly sha256: string
}

/** ガイダンス: the clips that are not the product's; none of them is. */
export type GuidanceTable = readonly ReplacedClip[]

const COLUMNS = ['clip', 'sha256', 'text'] as const

/** Reads the table of guidance. The text is what a caller hears, for the record. */
export const readGuidanceTable = (text: string): TableReading<GuidanceTable> =>
  readTableText(
    text,
    COLUMNS,
    (rows, complain) => {
      const names = new Set<string>()
      return rows.map(({ line, fields: { clip, sha256, text } }) => {
        if (!/^(ja|en|tone)\/[a-z0-9-]+\.wav$/.test(clip)) {
          complain(line, `${clip} is no clip of ivr: it must be such as ja/welcome.wav`)
        } else if (names.has(clip))
          complain(line, `${clip} stands above already: leave one line out`)
        else if (!/^[0-9a-f]{64}$/.test(sha256)) {
          complain(
            line,
            'its sha256 must be 64 hexadecimal digits, as «mcscp tables clips» tells them',
          )
        } else if (text === '') complain(line, 'its text is empty: write what a caller hears')
        names.add(clip)
        return { line, clip, sha256 }
      })
    },
    { mayBeEmpty: true },
  )

/** Version 0: every clip is the product's. */
export const NO_REPLACED_CLIPS = `${COLUMNS.join(',')}\n`

import { digits } from './line-file.js'
import type { OfferedFile } from './trigger-answer.js'

/**
 * Several closed files of CRS under one name, one after the other, byte for byte, in the order of their
 * sequences (docs/formats/exchange.md): what piled up is fetched by one transfer. The answer that offers
 * them tells the length of each.
 */
export interface FilesTogether {
  readonly firstSequence: number
  readonly lastSequence: number
}

/** Most files under one name, and most bytes; a longer file is fetched by itself. */
export const OFFERED_TOGETHER_MAX = 64
const BYTES_TOGETHER_MAX = 1_048_576

/** Its name in the folder of files: `0000000014-0000000077.all`. */
export const filesTogetherName = ({ firstSequence, lastSequence }: FilesTogether): string =>
  `${digits(firstSequence, 10)}-${digits(lastSequence, 10)}.all`

/** Reads such a name; `undefined` for any other, and for more files than go together. */
export function parseFilesTogether(name: string): FilesTogether | undefined {
  const [, first, last] = /^(\d{10})-(\d{10})\.all$/.exec(name) ?? []
  const firstSequence = Number(first)
  const lastSequence = Number(last)
  const count = lastSequence - firstSequence + 1
  if (!(firstSequence > 0 && count > 0 && count <= OFFERED_TOGETHER_MAX)) return undefined
  return { firstSequence, lastSequence }
}

/** Offered files in their order, parted so that those of a part go together: sequences without gap. */
export function partedToGoTogether(files: readonly OfferedFile[]): OfferedFile[][] {
  const parts: OfferedFile[][] = []
  let bytes = 0
  for (const file of files) {
    const part = parts.at(-1)
    bytes += file.length
    const fits =
      part?.at(-1)?.sequence === file.sequence - 1 &&
      part.length < OFFERED_TOGETHER_MAX &&
      bytes <= BYTES_TOGETHER_MAX
    if (part && fits) part.push(file)
    else {
      parts.push([file])
      bytes = file.length
    }
  }
  return parts
}

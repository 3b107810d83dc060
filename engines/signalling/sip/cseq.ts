import { TOKEN_CHARACTERS } from './token.js'

/** A CSeq value (RFC 3261 §20.16). */
export interface CSeq {
  readonly number: number
  readonly method: string
}

/** RFC 3261 §8.1.1.5: «the sequence number … MUST be less than 2**31». */
export const CSEQ_LIMIT = 2 ** 31

const CSEQ = new RegExp(`^0*(\\d{1,10})[ \\t]+([${TOKEN_CHARACTERS}]+)$`)

/** Reads a CSeq value; `undefined` when it is malformed or its number too large. */
export function parseCSeq(text: string): CSeq | undefined {
  const match = CSEQ.exec(text)
  if (!match?.[1] || !match[2]) return undefined
  const number = Number(match[1])
  return number < CSEQ_LIMIT ? { number, method: match[2] } : undefined
}

/** Writes a CSeq value. */
export const formatCSeq = ({ number, method }: CSeq): string => `${number} ${method}`

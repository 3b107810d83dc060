import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4_096

/** 80 bits: RFC 3261 §19.3 wants at least 32 bits of chance in a tag. */
const TOKEN_BYTES = 10

/** Makes fresh tokens of 16 letters and digits, from a pool of chance that is filled now and then. */
export function makeTokens(): () => string {
  const pool = Buffer.alloc(POOL_BYTES)
  let at = POOL_BYTES
  return () => {
    if (at + TOKEN_BYTES > POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    at += TOKEN_BYTES
    return base32(pool.subarray(at - TOKEN_BYTES, at))
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 §6, in lower case: 5 bits a letter. */
function base32(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 5) {
    let bits = bytes.readUIntBE(at, 5)
    let group = ''
    for (let index = 0; index < 8; index++) {
      group = `${LETTERS[bits % 32] ?? ''}${group}`
      bits = Math.floor(bits / 32)
    }
    text += group
  }
  return text
}

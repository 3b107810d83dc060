const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Characters of an X25519 recipient: `age1`, 32 bytes in fives of bits, and a check sum of 6. */
const LENGTH = 'age1'.length + 52 + 6

/**
 * Whether a text is the public key of an age identity, `age1…` (X25519; age specification v1): the check sum
 * of Bech32 (BIP 173) finds every mistyped key, before a card's number is encrypted to nobody.
 */
export function isAgeRecipient(text: string): boolean {
  if (text.length !== LENGTH || !text.startsWith('age1')) return false
  const values = [...text.slice('age1'.length)].map(letter => CHARACTERS.indexOf(letter))
  return !values.includes(-1) && checkSum([...PREFIX, ...values]) === 1
}

/** `age` as BIP 173 expands it: the upper bits of each letter, a zero, the lower bits. */
const PREFIX = [3, 3, 3, 0, 1, 7, 5]

const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

function checkSum(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    GENERATOR.forEach((part, bit) => {
      if ((top >>> bit) & 1) sum ^= part
    })
  }
  return sum
}

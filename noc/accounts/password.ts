import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** Work of one try: 32 MiB and some 100 ms (RFC 7914 §2; requirements §6, NIST SP 800-63B §5.1.2). */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1_048_576 } as const satisfies ScryptOptions

const KEY_LENGTH = 32

/** Longest password that is looked at, in characters. */
export const PASSWORD_LONGEST = 128

/** Salts and digests a password: `scrypt$N$r$p$salt$key`, the last two in base64url. */
export async function digestPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, COST)
  const parts = [
    'scrypt',
    COST.N,
    COST.r,
    COST.p,
    salt.toString('base64url'),
    key.toString('base64url'),
  ]
  return parts.join('$')
}

/** Whether a password is the one that was digested. */
export async function isPassword(password: string, digest: string): Promise<boolean> {
  const [, n, r, p, salt = '', key = ''] = digest.split('$')
  const cost = { N: Number(n), r: Number(r), p: Number(p), maxmem: COST.maxmem }
  const expected = Buffer.from(key, 'base64url')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), cost), expected)
}

/** A digest that no password has, so that a name nobody has costs as much time as a wrong password. */
export const NOBODYS_PASSWORD = [
  'scrypt',
  COST.N,
  COST.r,
  COST.p,
  randomBytes(16).toString('base64url'),
  randomBytes(KEY_LENGTH).toString('base64url'),
].join('$')

/** 80 random bits in 16 letters and digits that are not mistaken for each other. */
export const randomPassword = (): string =>
  Array.from(randomBytes(16), octet => 'abcdefghijkmnpqrstuvwxyz23456789'[octet & 31]).join('')

const derive = (password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_LENGTH, cost, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })

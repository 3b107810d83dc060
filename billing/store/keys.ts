import { type ChargeId, parseChargeId } from '../../domain/charge-id.js'

/** A charge id as the store's key: the token's 16 octets, then the entry. */
export function chargeKey(id: ChargeId): Uint8Array {
  const [token = '', entry = ''] = id.split('-')
  return Buffer.concat([Buffer.from(token, 'hex'), Buffer.of(Number(entry))])
}

/** The charge id that a key stands for. */
export function chargeIdOf(key: Uint8Array): ChargeId {
  const bytes = Buffer.from(key)
  const id = parseChargeId(`${bytes.subarray(0, 16).toString('hex')}-${bytes[16]}`)
  if (!id) throw new TypeError('the store holds a key that is no charge id')
  return id
}

import { BlockList, isIP } from 'node:net'

/**
 * Reads addresses and networks, such as `10.0.0.0/8, 2001:db8::1`; `undefined` when one of them is neither.
 */
export function parseNetworks(text: string): BlockList | undefined {
  const list = new BlockList()
  for (const part of text.split(',').map(each => each.trim())) {
    if (part === '') continue
    const [address = '', bits, ...rest] = part.split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    if (family === 0 || rest.length > 0) return undefined
    const kind = family === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, kind)
    else if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined
    else list.addSubnet(address, Number(bits), kind)
  }
  return list
}

/** This machine: the programs of a network on one machine call each other as fast as they like. */
export const LOOPBACK_NETWORKS = '127.0.0.0/8, ::1'

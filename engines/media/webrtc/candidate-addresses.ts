import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** More addresses than this no browser needs to try. */
const MOST_ADDRESSES = 8

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

/** Addresses of this machine, of one family, without those that are good on one link only. */
const machineAddresses = (family: number): string[] =>
  Object.values(networkInterfaces())
    .flatMap(found => found ?? [])
    .map(({ address }) => address)
    .filter(one => isIP(one) === family && !/^(169\.254\.|fe80:)/i.test(one))

/** Where a browser may send its audio, and from where. */
export interface Reach {
  /** Addresses to offer it, the preferred first. */
  readonly addresses: readonly string[]
  /** Whether a sender is heard at all. */
  readonly admitted: (sender: string) => boolean
}

/**
 * The reach of an engine that receives audio at an address: that one. One that is on loopback, for callers of its
 * own machine, offers the machine's others too, since a browser does not use loopback as its own end, and on some
 * systems cannot send there from another; whoever is not of this machine is not heard.
 */
export function reachAt(address: string): Reach {
  if (!isLoopback(address)) return { addresses: [address], admitted: () => true }
  const addresses = [...new Set([address, ...machineAddresses(isIP(address))])]
  return {
    addresses: addresses.slice(0, MOST_ADDRESSES),
    admitted: sender => isLoopback(sender) || addresses.includes(sender),
  }
}

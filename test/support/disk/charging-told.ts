import { msisdnKey } from '../../../scp/store/keys.js'
import { MISTAKEN_FROM, phone } from '../scp-values.js'
import type { ToldByScp } from './scp-audit.js'

/** What the lines of a charging child say, `serials` being the cards it was given, in their order. */
export function toldBy(lines: readonly string[], serials: readonly number[]): ToldByScp {
  const charged: number[] = []
  const refused: number[] = []
  const wrong = new Map<number, number>()
  for (const line of lines) {
    const [kind, n, finding] = line.split(' ')
    const serial = serials[Number(n)]
    if (kind === 'A' && serial !== undefined)
      (finding === 'redeemed' ? charged : refused).push(serial)
    if (kind !== 'W') continue
    const handset = msisdnKey(phone(MISTAKEN_FROM + (Number(n) % 100)))
    wrong.set(handset, (wrong.get(handset) ?? 0) + 1)
  }
  return { charged, refused, wrong }
}

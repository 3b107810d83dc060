/**
 * Subscriber number (3GPP TS 23.003 §3.3), held in national form: leading 0, digits only.
 * Mobile, car, satellite, ship and aircraft phones of Japan all have eleven digits: 070, 080, 090.
 */
export type Msisdn = string & { readonly kind: 'MSISDN' }

/** Japan's country code (ITU-T E.164). */
const JAPAN = '+81'

/**
 * Reads a number in national (`09012345678`) or international form (`+819012345678`), and holds it one
 * way. `undefined` when it is neither: the caller decides what a stranger's number means.
 */
export function parseMsisdn(text: string): Msisdn | undefined {
  const national = text.startsWith(JAPAN) ? `0${text.slice(JAPAN.length)}` : text
  return /^0[789]0\d{8}$/.test(national) ? (national as Msisdn) : undefined
}

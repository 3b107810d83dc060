import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import { type ChargeKind, isChargeKind } from '../../domain/charge-kind.js'
import type { Clock } from '../../domain/clock.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import {
  ASSERTION_LIFETIME_S,
  CHARGE_KIND_HEADER,
  parseServiceNumber,
  type ServiceNumber,
} from '../../domain/switch-assertion.js'
import type { PhoneRequest } from '../../platform/signalling/call-legs.js'

/** Why a request names no caller that may be charged; for the log, in the order it is checked. */
export type NoCaller =
  | 'no_asserted_identity'
  | 'asserted_identities_differ'
  | 'no_signature'
  | 'no_key'
  | 'bad_signature'
  | 'bad_claims'
  | 'stale'
  | 'another_call'
  | 'another_number'
  | 'another_kind'

/** Who calls, as the switch vouches for it. */
export type CallerFinding =
  | {
      readonly outcome: 'asserted'
      readonly number: Msisdn
      readonly kind: ChargeKind
      readonly service: ServiceNumber
    }
  | { readonly outcome: 'no_caller'; readonly because: NoCaller }

export interface AssertionCheck {
  /** The switch's public key in PEM; `undefined` as long as the switch has none. Read at each call. */
  readonly switchKey: () => string | undefined
  /** Calendar time that nobody moves: a signature is fresh or stale by the time of its making. */
  readonly realTime: Clock
}

/**
 * Decides whose call this is (architecture, point 6; requirement S-07). The number comes from
 * P-Asserted-Identity alone, never From, and counts only with the switch's signature over it, the
 * charge kind, the service, this Call-ID and a fresh time. `Privacy: id` hides it from screens and changes nothing.
 */
export async function assertedCaller(
  request: Pick<PhoneRequest, 'callId' | 'header'>,
  { switchKey, realTime }: AssertionCheck,
): Promise<CallerFinding> {
  const asserted = assertedNumber(request.header('P-Asserted-Identity') ?? '')
  if (typeof asserted === 'object') return asserted

  // RFC 8224 §4: signed-identity-digest, then parameters; ours are the signature's own copies.
  const signature = request.header('Identity')?.split(';')[0]?.trim()
  if (!signature) return noCaller('no_signature')
  const pem = switchKey()
  if (pem === undefined) return noCaller('no_key')
  const claims = await verifiedClaims(signature, createPublicKey(pem))
  if (!claims) return noCaller('bad_signature')

  const { number, kind, service, callId, iat } = claims
  if (number === undefined || kind === undefined || service === undefined) {
    return noCaller('bad_claims')
  }
  // RFC 8224 §6.2 step 4: a stale iat is not accepted.
  if (Math.abs(realTime.now() / 1000 - iat) > ASSERTION_LIFETIME_S) return noCaller('stale')
  if (callId !== request.callId) return noCaller('another_call')
  if (number !== asserted) return noCaller('another_number')
  if (request.header(CHARGE_KIND_HEADER) !== kind) return noCaller('another_kind')
  return { outcome: 'asserted', number, kind, service }
}

const noCaller = (because: NoCaller) => ({ outcome: 'no_caller', because }) as const

/**
 * The number of a P-Asserted-Identity: one `sip:`, `sips:` or `tel:` value, or two that agree (RFC 3325
 * §9.1 allows one of each scheme).
 */
function assertedNumber(value: string): Msisdn | Extract<CallerFinding, { outcome: 'no_caller' }> {
  const uris = [...value.matchAll(/<([^<>]*)>/g)].map(([, uri = '']) => uri)
  const bare = value.includes('<') || value.trim() === '' ? [] : [value.trim()]
  const numbers = [...uris, ...bare].map(uri =>
    parseMsisdn(uri.match(/^(?:sips?|tel):([^@;:?>]+)/i)?.[1] ?? ''),
  )
  const [first, ...others] = numbers
  if (first === undefined) return noCaller('no_asserted_identity')
  return others.every(other => other === first) ? first : noCaller('asserted_identities_differ')
}

interface Claims {
  readonly number: Msisdn | undefined
  readonly kind: ChargeKind | undefined
  readonly service: ServiceNumber | undefined
  readonly callId: string
  readonly iat: number
}

/** What the signature covers; `undefined` when it is not the switch's, or is not what was agreed. */
async function verifiedClaims(signature: string, key: KeyObject): Promise<Claims | undefined> {
  try {
    const { payload } = await compactVerify(signature, key, { algorithms: ['ES256'] })
    const { orig, dest, iat, callId, chargeKind } = JSON.parse(new TextDecoder().decode(payload))
    const [dialled, ...others] = Array.isArray(dest?.tn) ? dest.tn : []
    return {
      number: typeof orig?.tn === 'string' ? parseMsisdn(orig.tn) : undefined,
      service: others.length === 0 ? parseServiceNumber(`${dialled}`) : undefined,
      kind: typeof chargeKind === 'string' && isChargeKind(chargeKind) ? chargeKind : undefined,
      callId: `${callId}`,
      iat: typeof iat === 'number' ? iat : Number.NEGATIVE_INFINITY,
    }
  } catch {
    return undefined
  }
}

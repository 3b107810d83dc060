import { createPublicKey, type KeyObject } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK } from 'jose'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { Clock } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import {
  ASSERTION_PPT,
  CHARGE_KIND_HEADER,
  type ServiceNumber,
  type SwitchAssertion,
} from '../../domain/switch-assertion.js'

/** Of one call, what the switch vouches for. */
export interface AssertedCall {
  readonly number: Msisdn
  readonly service: ServiceNumber
  readonly chargeKind: ChargeKind
  /** Call-ID of the INVITE to the MCSCP. */
  readonly callId: string
  /** The caller asked that the number be shown to nobody. */
  readonly displayWithheld: boolean
}

/** Signs who calls. */
export interface IdentitySigner {
  /** The value of the Identity header (RFC 8224 §4). */
  sign(call: AssertedCall): Promise<string>
}

/**
 * A signer over the switch's key. The key is named by its thumbprint (RFC 9278), in `info` and `x5u`
 * alike: in a closed network the verifier has the key, and fetches nothing. Signatures are dated by the
 * time that nobody moves, so that they stay fresh while the network's clock jumps.
 */
export async function identitySigner(key: KeyObject, realTime: Clock): Promise<IdentitySigner> {
  const jwk = await exportJWK(createPublicKey(key))
  const info = `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${await calculateJwkThumbprint(jwk)}`
  // RFC 8225 §4: alg, ppt, typ, x5u.
  const header = { alg: 'ES256', ppt: ASSERTION_PPT, typ: 'passport', x5u: info }
  return {
    async sign({ number, service, chargeKind, callId }) {
      const assertion: SwitchAssertion = {
        orig: { tn: number },
        dest: { tn: [service] },
        iat: Math.floor(realTime.now() / 1000),
        callId,
        chargeKind,
      }
      const payload = new TextEncoder().encode(JSON.stringify(assertion))
      const signed = await new CompactSign(payload).setProtectedHeader(header).sign(key)
      return `${signed};info=<${info}>;alg=ES256;ppt=${ASSERTION_PPT}`
    },
  }
}

/** Who calls when the number is shown to nobody (RFC 3323 §4.1.1.3). */
export const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'

/**
 * The headers by which the request to the MCSCP says who calls. Everything in them comes from the
 * switch: of what the handset sent, only whether the display is withheld (RFC 3325 §9.3).
 */
export function identityHeaders(
  call: AssertedCall,
  identity: string,
  domain: string,
): Readonly<Record<string, string>> {
  const { number, chargeKind, displayWithheld } = call
  return {
    From: displayWithheld ? ANONYMOUS : `<sip:${number}@${domain}>`,
    'P-Asserted-Identity': `<sip:${number}@${domain}>`,
    Identity: identity,
    [CHARGE_KIND_HEADER]: chargeKind,
    ...(displayWithheld ? { Privacy: 'id' } : {}),
  }
}

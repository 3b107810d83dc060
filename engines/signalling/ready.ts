import { addVia, freshBranch } from './compose-request.js'
import type { OurEnd } from './our-uri.js'
import type { SipRequest } from './sip/message.js'
import { serialise } from './sip/serialise.js'
import type { Sent } from './transport/address.js'
import { DATAGRAM_MAX_BYTES, type Path } from './transport/path.js'

/** A request in its final form, and the way it will take. */
export interface Ready {
  readonly branch: string
  readonly bytes: Buffer
  /** Whether it is too large for a datagram (RFC 3261 §18.1.1). */
  readonly large: boolean
  readonly path: Path
  readonly sent: Sent<SipRequest>
}

/** Gives a request, whole but for its Via, that Via and its final form. */
export function ready(request: SipRequest, path: Path, token: () => string): Ready {
  const branch = freshBranch(token)
  addVia(request, path, branch)
  return readyAs(request, path, branch)
}

/** The final form of a request that has its Via, with this branch. */
export function readyAs(request: SipRequest, path: Path, branch: string): Ready {
  request.headers.set('Content-Length', String(request.body.length))
  const bytes = serialise(request)
  const large = bytes.length > DATAGRAM_MAX_BYTES
  const instead = large ? path.large?.() : undefined
  if (!instead) return { branch, bytes, large, path, sent: sentBy(request, path, path, bytes) }
  request.headers.removeFirst('Via')
  addVia(request, instead, branch)
  const changed = serialise(request)
  return { branch, bytes: changed, large, path, sent: sentBy(request, path, instead, changed) }
}

const sentBy = (
  message: SipRequest,
  { remote }: Path,
  { protocol, local }: OurEnd,
  { length }: Buffer,
): Sent<SipRequest> => ({ message, protocol, local, remote, bytes: length })

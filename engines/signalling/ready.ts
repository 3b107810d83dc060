import { addVia, freshBranch } from './compose-request.js'
import type { SipRequest } from './sip/message.js'
import { serialise } from './sip/serialise.js'
import type { Sent } from './transport/address.js'
import type { Path } from './transport/transports.js'

/** A request in its final form, and the way it will take. */
export interface Ready {
  readonly branch: string
  readonly bytes: Buffer
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
  const { protocol, local, remote } = path
  return {
    branch,
    bytes,
    path,
    sent: { message: request, protocol, local, remote, bytes: bytes.length },
  }
}

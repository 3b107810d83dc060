import type { Proxied } from '../answering.js'
import { addVia } from '../compose-request.js'
import type { Core } from '../core.js'
import { readyAs } from '../ready.js'
import { Headers } from '../sip/headers.js'
import type { SipRequest } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import type { ServerRun } from '../transaction/server-layer.js'
import { breadthOf, forwardedRequest, hopsLeft, routeBeyondUs } from './forwarded-request.js'
import { isLoop, loopMark, markedBranch } from './loop.js'
import { Proxying, type ProxyListener, type ProxyPlan } from './proxying.js'

/** Begins to pass a request on, as the user says. */
export function beginProxying(
  core: Core,
  run: ServerRun,
  plan: ProxyPlan,
  listener: ProxyListener,
): Proxied {
  const proxying = new Proxying(core, run, plan, listener)
  core.proxyings.set(run, proxying)
  const why = proxying.start()
  return why === undefined ? { outcome: 'proxied' } : { outcome: 'refused', why }
}

/** Passes on a request inside a call that was proxied by us and stays on our route (RFC 3261 §16.12). */
export function passOn(core: Core, run: ServerRun) {
  const { request } = run.received
  core.handlers.passedOn?.(request)
  const targets = [request.uri]
  beginProxying(core, run, { ...WITHIN_CALL, targets, headers: new Headers() }, NOBODY)
}

/** Passes on the ACK of a 2xx, which has no transaction (RFC 3261 §16.11). */
export function passOnAck({ transports, token, clients }: Core, request: SipRequest) {
  if (hopsLeft(request) === undefined || isLoop(request, transports)) return
  const route = routeBeyondUs(request, transports)
  const path = transports.pathTo(parseNameAddr(route[0] ?? '')?.uri ?? request.uri)
  if (typeof path === 'string') return
  const copy = forwardedRequest(request, route, {
    target: request.uri,
    recordRoute: [],
    breadth: breadthOf(request),
    added: new Headers(),
  })
  const branch = markedBranch(token(), loopMark(request))
  addVia(copy, path, branch)
  clients.sendAlone(readyAs(copy, path, branch))
}

const WITHIN_CALL = {
  forking: 'serial',
  recordRoute: false,
  followRedirects: false,
  patience: {},
} as const

const NOBODY: ProxyListener = { forwarded() {}, heard() {}, answered() {} }

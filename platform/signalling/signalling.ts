import { Socket } from 'node:net'
import DrachtioSrf from 'drachtio-srf'
import { REFUSAL_HEADER } from '../../domain/call-refusal.js'
import { Fault } from '../fault.js'
import type { Logger } from '../log.js'
import type {
  CalledLeg,
  CalledLegRequest,
  CalledOutcome,
  CallerLeg,
  HeadersToSend,
  PhoneRequest,
  RelayedAnswer,
  RelayedRequest,
  TalkingLeg,
} from './call-legs.js'

// What is used of drachtio-srf 5, as it behaves: its own types lack or misstate most of this.

interface SipMessage {
  readonly body: string
  get(name: string): string | undefined
}

interface Request extends SipMessage {
  readonly method: string
  readonly uri: string
  readonly source_address: string
  on(event: 'cancel', told: () => void): void
  cancel(): void
}

interface Response extends SipMessage {
  readonly status: number
  readonly finalResponseSent: boolean
  send(status: number, options?: { headers?: Record<string, string>; body?: string }): void
}

interface Dialog {
  readonly remote: { readonly sdp: string }
  readonly local: { readonly sdp: string }
  on(event: 'destroy', told: (request: Request, reason?: string) => void): void
  on(event: 'refresh', told: (request: Request) => void): void
  on(event: InDialogEvent, told: (request: Request, response: Response) => void): void
  destroy(options: object, done: () => void): void
  modify(sdp: string, done: (error: unknown, sdp?: string) => void): void
  request(
    options: { method: string; headers: Record<string, string>; body: string },
    done: (error: unknown, response?: Response) => void,
  ): void
}

type InDialogEvent = 'info' | 'modify' | 'refer' | 'message' | 'publish' | 'notify'

type Handler = (request: Request, response: Response) => void

interface Srf {
  connect(options: {
    host: string
    port: number
    secret: string
    reconnect: { retryMaxDelay: number }
  }): void
  disconnect(socket?: Socket): void
  use(method: string, handler: Handler): void
  on(event: 'connect', told: (error: Error | null, hostPort?: string) => void): void
  on(event: 'error' | 'close' | 'reconnecting', told: (fact: unknown) => void): void
  createUAC(
    uri: string,
    options: { headers: Record<string, string>; localSdp: string },
    progress: {
      cbRequest: (error: unknown, request?: Request) => void
      cbProvisional: (response: Response) => void
    },
    done: (error: unknown, dialog?: Dialog) => void,
  ): void
  createUAS(
    request: Request,
    response: Response,
    options: { headers: Record<string, string>; localSdp: string },
    done: (error: unknown, dialog?: Dialog) => void,
  ): void
}

/** The one place where drachtio-srf's own type is set aside for ours. */
const makeSrf = (): Srf => new DrachtioSrf() as unknown as Srf

/** What a peer may ask (RFC 3261 §20.5). */
const ALLOW = 'INVITE, ACK, CANCEL, BYE, INFO, UPDATE, OPTIONS'

/** Requests that no program of the network has a use for, outside or inside a dialog. */
const NOT_ALLOWED = ['refer', 'message', 'publish', 'notify'] as const

export interface SignallingOptions {
  /** Where the engine waits for its application, and what it must be told first. */
  readonly host: string
  readonly port: number
  readonly secret: string
  readonly log: Logger
  /** A REGISTER; the answer. Absent where nobody may register. */
  readonly register?: (
    request: PhoneRequest,
  ) => Promise<{ readonly status: number; readonly headers: HeadersToSend }>
  /** An INVITE outside any dialog. */
  readonly invite: (leg: CallerLeg) => Promise<void>
  /** The engine is gone, and every call with it; drachtio-srf looks for it again by itself. */
  readonly lost: () => void
}

/** An application's end of drachtio's wire. */
export interface Signalling {
  /** Whether the engine is there at present. */
  readonly connected: boolean
  dial(request: CalledLegRequest): CalledLeg
  close(): void
}

/** Answers of ours of which the engine has not told what became; when it is lost, it never will. */
type Unsettled = Set<() => void>

/** Longest pause between two attempts to find a lost engine again, in ms. */
const RECONNECT_MAX_MS = 1_000

/** How long the engine may take to let us in at start, in ms; it starts before us. */
const LET_IN_WITHIN_MS = 10_000

/** Connects to the engine. Rejects with `PEER_UNREACHABLE` when it is not there, or refuses the secret. */
export function openSignalling(options: SignallingOptions): Promise<Signalling> {
  const { host, port, secret, log, lost } = options
  const srf = makeSrf()
  const unsettled: Unsettled = new Set()
  serve(srf, options, unsettled)
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(patience)
      close()
      const what = `The signalling engine at ${host}:${port} ${why}.`
      reject(new Fault('PEER_UNREACHABLE', what))
    }
    const patience = setTimeout(() => fail('does not answer'), LET_IN_WITHIN_MS)
    let letIn = false
    let closed = false
    const close = () => {
      closed = true
      disconnect(srf)
    }
    srf.on('connect', (error, hostPort) => {
      // The last attempt to find it again may have been under way.
      if (closed) return disconnect(srf)
      if (error) return fail('refuses our secret')
      clearTimeout(patience)
      letIn = true
      log.info({ hostPort }, 'signalling engine connected')
      resolve({
        get connected() {
          return letIn
        },
        dial: request => dial(srf, request),
        close,
      })
    })
    srf.on('error', error => log.warn({ err: error }, 'signalling engine not reached'))
    srf.on('close', () => {
      if (!letIn) return
      letIn = false
      log.warn('signalling engine lost')
      lost()
      for (const gone of [...unsettled]) gone()
    })
    srf.connect({ host, port, secret, reconnect: { retryMaxDelay: RECONNECT_MAX_MS } })
  })
}

/** Leaves the engine; while it is lost, stops looking for it. */
function disconnect(srf: Srf): void {
  try {
    srf.disconnect()
  } catch {
    // Without a connection it throws before it notes that none is wanted any more; any socket will do.
    srf.disconnect(new Socket())
  }
}

function serve(srf: Srf, { register, invite, log }: SignallingOptions, unsettled: Unsettled): void {
  const allow = register ? `${ALLOW}, REGISTER` : ALLOW
  if (register) {
    srf.use('register', async (request, response) => {
      const { status, headers } = await register(phoneRequest(request)).catch(failed)
      response.send(status, { headers: headerLines(headers) })
    })
  }
  srf.use('invite', async (request, response) => {
    const leg = callerLeg(srf, request, response, log, unsettled)
    await invite(leg).catch(error => leg.refuse(failed(error).status))
  })
  srf.use('options', (_request, response) => {
    response.send(200, { headers: { Allow: allow, Accept: 'application/sdp' } })
  })
  for (const method of [...NOT_ALLOWED, 'subscribe', 'info', ...(register ? [] : ['register'])]) {
    srf.use(method, (_request, response) => notAllowed(response))
  }
  const failed = (error: unknown) => {
    log.error({ err: error }, 'request failed')
    return { status: 503, headers: {} }
  }
}

const notAllowed = (response: Response) => response.send(405, { headers: { Allow: ALLOW } })

const phoneRequest = (request: Request): PhoneRequest => ({
  method: request.method,
  uri: request.uri,
  callId: request.get('Call-ID') ?? '',
  cseq: Number.parseInt(request.get('CSeq') ?? '', 10),
  address: request.source_address,
  body: request.body,
  header: name => request.get(name),
})

/**
 * Longest that a leg lives on without a sign from its peer, in seconds (RFC 4028 §4: the least that may
 * be asked for). The engine refreshes each leg at half of it, so that the legs of a call end when a
 * program that carried it has died.
 */
const SESSION_S = 90

/** What is asked of the peer that we call: we are to refresh (RFC 4028 §7.1). */
const OUR_SESSION = {
  Supported: 'timer',
  'Session-Expires': `${SESSION_S};refresher=uac`,
  'Min-SE': `${SESSION_S}`,
}

/** The same for a caller who knows of session timers and has not asked for one (RFC 4028 §9, Table 2). */
const sessionOf = (request: Request): HeadersToSend =>
  /\btimer\b/i.test(request.get('Supported') ?? '') && !request.get('Session-Expires')
    ? { 'Session-Expires': `${SESSION_S};refresher=uas` }
    : {}

function callerLeg(
  srf: Srf,
  request: Request,
  response: Response,
  log: Logger,
  unsettled: Unsettled,
): CallerLeg {
  return {
    request: phoneRequest(request),
    progress(status, sdp) {
      if (!response.finalResponseSent) response.send(status, sdp ? { body: sdp } : {})
    },
    refuse(status, headers = {}) {
      if (!response.finalResponseSent) response.send(status, { headers: headerLines(headers) })
    },
    answer(sdp) {
      const headers = headerLines(sessionOf(request))
      return new Promise(resolve => {
        const settle = (leg: TalkingLeg | undefined) => {
          unsettled.delete(gone)
          resolve(leg)
        }
        const gone = () => settle(undefined)
        unsettled.add(gone)
        // A callback, not its promise: a BYE in the same segment would come before a promise's turn.
        srf.createUAS(request, response, { headers, localSdp: sdp }, (error, dialog) => {
          if (!dialog) log.info({ err: error }, 'caller gone before the answer')
          settle(dialog && talkingLeg(dialog))
        })
      })
    },
    onCancel: told => request.on('cancel', told),
  }
}

function dial(srf: Srf, { uri, headers, sdp, onProgress }: CalledLegRequest): CalledLeg {
  let sent: Request | undefined
  let cancelled = false
  const outcome = new Promise<CalledOutcome>(resolve => {
    const progress = {
      cbRequest(error: unknown, request?: Request) {
        if (error || !request) return
        sent = request
        if (cancelled) withdraw(sent)
      },
      cbProvisional: (response: Response) =>
        onProgress(response.status, response.body || undefined),
    }
    const settle = (error: unknown, dialog?: Dialog) =>
      resolve(dialog ? { outcome: 'answered', leg: talkingLeg(dialog) } : refused(error))
    try {
      const all = headerLines({ ...OUR_SESSION, ...headers })
      srf.createUAC(uri, { headers: all, localSdp: sdp }, progress, settle)
    } catch (error) {
      // Without a connection to the engine, drachtio-srf throws.
      settle(error)
    }
  })
  return {
    outcome,
    cancel() {
      cancelled = true
      if (sent) withdraw(sent)
    },
  }
}

function withdraw(request: Request): void {
  try {
    request.cancel()
  } catch {
    // It throws without a connection to the engine, which took the request with it.
  }
}

/** drachtio-srf's error carries the final response, where there was one. */
function refused(error: unknown): CalledOutcome {
  const { status, res } = Object(error) as { status?: number; res?: SipMessage }
  return { outcome: 'refused', status: status ?? 503, refusal: res?.get(REFUSAL_HEADER) }
}

function talkingLeg(dialog: Dialog): TalkingLeg {
  let ended: string | undefined
  let onEnd = (_reason: string) => {}
  dialog.on('destroy', (_request, reason) => {
    ended = reason ?? 'normal release'
    onEnd(ended)
  })
  // A re-INVITE that changes nothing refreshes the session (RFC 4028 §7.4); drachtio-srf answers it.
  dialog.on('refresh', () => {})
  for (const method of NOT_ALLOWED) dialog.on(method, (_request, response) => notAllowed(response))
  return {
    sdp: dialog.remote.sdp,
    hangUp() {
      if (ended !== undefined) return
      ended = 'hung up by us'
      dialog.destroy({}, () => {})
    },
    onHangUp(told) {
      onEnd = told
      if (ended !== undefined) told(ended)
    },
    relayTo(other) {
      relay(dialog, other)
    },
    pass: request => pass(dialog, request),
  }
}

function relay(dialog: Dialog, other: TalkingLeg): void {
  dialog.on('info', async (request, response) => {
    const contentType = request.get('Content-Type')
    const answer = await other.pass({ method: 'INFO', contentType, body: request.body })
    send(response, answer)
  })
  dialog.on('modify', async (request, response) => {
    // Without an offer of its own the peer is offered what it has (RFC 3261 §14.2).
    if (request.body === '') return response.send(200, { body: dialog.local.sdp })
    const answer = await other.pass({ method: 'INVITE', sdp: request.body })
    send(response, answer)
  })
}

async function pass(dialog: Dialog, request: RelayedRequest): Promise<RelayedAnswer> {
  if (request.method === 'INFO') {
    const { contentType, body } = request
    const headers = contentType === undefined ? {} : { 'Content-Type': contentType }
    return new Promise(resolve => {
      dialog.request({ method: 'INFO', headers, body }, (error, response) =>
        resolve({ status: response?.status ?? statusOf(error) }),
      )
    })
  }
  return new Promise(resolve => {
    dialog.modify(request.sdp, (error, sdp) =>
      resolve(sdp === undefined ? { status: statusOf(error) } : { status: 200, body: sdp }),
    )
  })
}

/** RFC 3261 §14.1: what the other side refuses is refused, and the call goes on as it was. */
const statusOf = (error: unknown): number => {
  const { status } = Object(error) as { status?: number }
  return status !== undefined && status >= 300 ? status : 503
}

const send = (response: Response, { status, body }: RelayedAnswer): void =>
  response.send(status, body === undefined ? {} : { body })

/**
 * drachtio-srf puts commas between repeated values, which RFC 3261 §7.3.1 forbids for challenges: each
 * further value brings a line, with its name, of its own.
 */
const headerLines = (headers: HeadersToSend): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(`\r\n${name}: `)]),
  )

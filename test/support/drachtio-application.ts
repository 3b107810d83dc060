import type { EventEmitter } from 'node:events'
import type { Server } from 'node:net'
import Srf from 'drachtio-srf'

/**
 * What tests use of an unmodified drachtio-srf, with the types that its own declarations lack. The
 * names are drachtio-srf's.
 */
export interface Application extends EventEmitter {
  use(method: string, handler: Handler): void
  connect(options: ConnectOptions): void
  listen(options: { server: Server; secret: string }): void
  endSession(req: AppRequest): void
  disconnect(): void
  request(uri: string, options: RequestOptions): Promise<AppRequest>
  createUAS(req: AppRequest, res: AppResponse, options: UasOptions): Promise<AppDialog>
  /** The callback runs before anything else that came can be told to the dialog. */
  createUAS(req: AppRequest, res: AppResponse, options: UasOptions, begun: DialogBegun): void
  createUAC(uri: string, options: UacOptions, progress?: Progress): Promise<AppDialog>
  createUAC(uri: string, options: UacOptions & { noAck: true }): Promise<Offered>
  createB2BUA(
    req: AppRequest,
    res: AppResponse,
    uri: string,
    options: B2buaOptions,
  ): Promise<{ uas: AppDialog; uac: AppDialog }>
}

interface ConnectOptions {
  host: string
  port: number
  secret: string
  tags?: string[]
  reconnect?: { maxAttempts: number }
}

export type Handler = (req: AppRequest, res: AppResponse) => void

interface AppMessage extends EventEmitter {
  readonly method: string
  readonly body: string
  readonly source: string
  readonly protocol: string
  readonly source_address: string
  readonly source_port: number
  readonly stackDialogId: string
  readonly stackTxnId: string
  get(header: string): string
  has(header: string): boolean
}

export interface AppRequest extends AppMessage {
  readonly receivedOn: string
  readonly callingNumber: string
  readonly uri: string
  proxy(options: ProxyOptions): Promise<ProxyResults>
  cancel(options?: object): void
}

export interface ProxyOptions {
  destination: readonly string[]
  remainInDialog?: boolean
  followRedirects?: boolean
  forking?: 'sequential' | 'simultaneous'
  provisionalTimeout?: string
  finalTimeout?: string
  headers?: Record<string, string>
}

export interface ProxyResults {
  readonly connected: boolean
  readonly finalStatus: number
  readonly responses: readonly {
    readonly address: string
    readonly port: number
    readonly msgs: readonly { readonly status: number }[]
  }[]
}

export interface AppResponse extends AppMessage {
  readonly status: number
  readonly reason: string
  send(status: number, options?: AnswerOptions, callback?: Sent, onPrack?: Handler): void
}

export interface AppDialog extends EventEmitter {
  readonly id: string
  readonly type: 'uac' | 'uas'
  readonly local: { readonly uri: string; readonly sdp: string }
  readonly remote: { readonly uri: string; readonly sdp: string }
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string }
  destroy(options?: { headers: Record<string, string> }): Promise<AppRequest>
  modify(sdp: string): Promise<string>
  request(options: RequestOptions): Promise<AppResponse>
}

/** Told when the engine has acknowledged an answer, or why it would not send it. */
type Sent = (error: unknown, sent: AppResponse) => void

interface AnswerOptions {
  headers?: Record<string, string>
  body?: string
}

interface RequestOptions {
  method: string
  headers?: Record<string, string>
  body?: string
  proxy?: string
  auth?: { username: string; password: string }
}

type DialogBegun = (error: unknown, dialog: AppDialog) => void

interface UasOptions {
  localSdp: string
  headers?: Record<string, string>
}

interface UacOptions {
  method?: 'INVITE' | 'SUBSCRIBE'
  localSdp?: string
  headers?: Record<string, string>
  callingNumber?: string
  proxy?: string
  auth?: { username: string; password: string }
}

/** The offer of a peer that was asked for one. */
interface Offered {
  readonly sdp: string
  ack(localSdp: string): Promise<AppDialog>
}

interface B2buaOptions {
  headers?: Record<string, string>
  responseHeaders?: Record<string, string>
  proxyRequestHeaders?: string[]
  proxyResponseHeaders?: string[]
  localSdpB?: string
  localSdpA?: string
}

interface Progress {
  cbRequest?: (error: unknown, req: AppRequest) => void
  cbProvisional?: (res: AppResponse) => void
}

/** A drachtio-srf that has not connected yet. */
export const newApplication = (): Application => new Srf() as unknown as Application

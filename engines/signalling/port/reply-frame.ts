import type { EpochMs } from '../../../domain/clock.js'

/** How a SIP message went over the network, as drachtio's frames tell it. */
export interface Passage {
  /** Size of the message; 0 for one that the engine made up for want of a real one. */
  readonly bytes: number
  /** `udp`, `tcp`, `tls`; empty for an ACK of a 2xx, as the reference server has it. */
  readonly protocol: string
  /** The other side's address for what came from the network, ours for what we began. */
  readonly address: string
  readonly port: number
  /** `HH:MM:SS.uuuuuu`, UTC. */
  readonly time: string
}

/** Who wrote a message: a peer on the network, or the engine and its applications. */
export type Source = 'network' | 'application'

/** What the engine sends to an application, apart from the message id that each frame gets. */
export type ReplyFrame =
  | { kind: 'ok'; to: string; fields: readonly string[] }
  | { kind: 'refused'; to: string; word: 'NO' | 'NOK'; reason: string }
  | AnswerSent
  | RequestSent
  | Delivery
  | CallEvent
  | ProxyHeard

/** The answer that an application gave is on the wire; the message is shown as it went. */
export interface AnswerSent {
  kind: 'answer_sent'
  to: string
  passage: Passage
  transactionId: string
  /** Set for INVITE and inside dialogs, else empty. */
  dialogId: string
  message: Buffer
}

/** The request that an application asked for is on the wire; its responses carry `transactionId`. */
export interface RequestSent {
  kind: 'request_sent'
  to: string
  passage: Passage
  transactionId: string
  message: Buffer
}

/** A message for the application: a request to answer, or a response to a request of its own. */
export interface Delivery {
  kind: 'delivery'
  source: Source
  passage: Passage
  /** The literal `unsolicited` for a request that the engine itself made. */
  transactionId: string
  dialogId: string
  /** Where a new request came in; absent inside a dialog and for responses. */
  receivedOn?: { readonly host: string; readonly port: number }
  message: Buffer
}

/** A target of a proxied request gave this final response; more may follow, until `done`. */
export interface ProxyHeard {
  kind: 'proxy_heard'
  to: string
  passage: Passage
  message: Buffer
}

/** What became of a call, for an application that asked with a route `cdr:…`. */
export interface CallEvent {
  kind: 'call_event'
  event: 'attempt' | 'start' | 'stop'
  source: Source
  time: string
  /** The role at `start`, the reason at `stop`; empty at `attempt`. */
  detail: '' | CallRole | CallEndReason
  message: Buffer
}

/** What the engine is in a call; of a proxied one, towards the caller and towards the callee. */
export type CallRole = 'uas' | 'uac' | 'proxy-uas' | 'proxy-uac'

export type CallEndReason =
  | 'call-rejected'
  | 'call-canceled'
  | 'normal-release'
  | 'session-expired'
  | 'system-initiated-termination'
  | 'system-error-initiated-termination'

const CRLF = '\r\n'

/** The frame's payload under a message id of its own. */
export function formatReplyFrame(id: string, frame: ReplyFrame): Buffer {
  switch (frame.kind) {
    case 'ok':
      return line(id, 'response', frame.to, 'OK', ...frame.fields)
    case 'refused':
      return line(id, 'response', frame.to, frame.word, frame.reason)
    case 'answer_sent':
      return withMessage(
        frame.message,
        ...[id, 'response', frame.to, 'OK', 'application', ...passageFields(frame.passage)],
        // The empty field before «Msg sent:» stands where a proxy's reply says «continue».
        ...[frame.transactionId, frame.dialogId, '', 'Msg sent:', ''],
      )
    case 'request_sent':
      return withMessage(
        frame.message,
        ...[id, 'response', frame.to, 'OK', 'application', ...passageFields(frame.passage)],
        ...[frame.transactionId, 'Msg sent:', ''],
      )
    case 'delivery':
      return withMessage(
        frame.message,
        ...[id, 'sip', frame.source, ...passageFields(frame.passage)],
        ...[frame.transactionId, frame.dialogId, ...receivedOnFields(frame), ''],
      )
    case 'proxy_heard':
      return withMessage(
        frame.message,
        ...[id, 'response', frame.to, 'OK', 'network', ...passageFields(frame.passage)],
        // drachtio-srf keeps its callback for more as long as this word stands here.
        ...['', '', 'continue'],
      )
    case 'call_event':
      return withMessage(
        frame.message,
        ...[id, `cdr:${frame.event}`, frame.source, frame.time],
        ...(frame.event === 'attempt' ? [] : [frame.detail]),
      )
  }
}

/** The time of day as frames carry it. Microseconds are always zero: the clock counts milliseconds. */
export function timeOfDay(at: EpochMs): string {
  const seconds = Math.floor(at / 1_000)
  const hour = twoDigits(Math.floor(seconds / 3_600) % 24)
  const minute = twoDigits(Math.floor(seconds / 60) % 60)
  return `${hour}:${minute}:${twoDigits(seconds % 60)}.${`${at % 1_000}`.padStart(3, '0')}000`
}

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : `${number}`)

const passageFields = ({ bytes, protocol, address, port, time }: Passage): string[] => [
  `${bytes}`,
  protocol,
  address,
  `${port}`,
  time,
]

const receivedOnFields = ({ receivedOn }: Delivery): string[] =>
  receivedOn ? [receivedOn.host, `${receivedOn.port}`] : []

const line = (...fields: string[]): Buffer => Buffer.from(fields.join('|'), 'utf8')

const withMessage = (message: Buffer, ...fields: string[]): Buffer =>
  Buffer.concat([Buffer.from(fields.join('|') + CRLF, 'utf8'), message])

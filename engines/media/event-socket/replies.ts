import type { HeaderField } from '../events/event-bus.js'
import { lineEncode } from './url-encode.js'

/** What answers one command (esl-protocol §2, §3). */
export type Reply =
  | {
      readonly kind: 'reply'
      readonly text: string
      /** Further lines of the reply. */
      readonly headers?: readonly HeaderField[]
      /** Done when the reply has been written, so that events follow it. */
      readonly afterwards?: () => void
    }
  | { readonly kind: 'api'; readonly body: string }
  /** Written as it is: the answer to `connect`. */
  | { readonly kind: 'block'; readonly text: string }

/** A plain reply. */
export const reply = (text: string, afterwards?: () => void): Reply => ({
  kind: 'reply',
  text,
  ...(afterwards && { afterwards }),
})

/** To a user for what its lists do not have. */
export const DENIED = reply('-ERR permission denied')

export const NOT_FOUND = reply('-ERR command not found')

/** The bytes of a reply. An empty api answer is said in words, as FreeSWITCH does. */
export function formatReply(answer: Reply): string {
  if (answer.kind === 'block') return answer.text
  if (answer.kind === 'api') {
    const body = answer.body === '' ? '-ERR no reply\n' : answer.body
    return `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`
  }
  const lines = (answer.headers ?? []).map(([name, value]) => `${name}: ${lineEncode(value)}\n`)
  return `Content-Type: command/reply\nReply-Text: ${lineEncode(answer.text)}\n${lines.join('')}\n`
}

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'

/** The last message of a connection; of one that controls a channel with its name (§7). */
export const disconnectNotice = (channelUuid?: string): string =>
  notice(
    channelUuid === undefined
      ? []
      : [
          ['Controlled-Session-UUID', channelUuid],
          ['Content-Disposition', 'disconnect'],
        ],
    GOODBYE,
  )

/** Told when the call is over and the connection stays for a while; −1 for ever. */
export const lingerNotice = (channelUuid: string, channelName: string, seconds: number): string =>
  notice(
    [
      ['Controlled-Session-UUID', channelUuid],
      ['Content-Disposition', 'linger'],
      ['Channel-Name', channelName],
      ['Linger-Time', String(seconds)],
    ],
    '',
  )

function notice(headers: readonly HeaderField[], body: string): string {
  const lines = headers.map(([name, value]) => `${name}: ${lineEncode(value)}\n`).join('')
  return `Content-Type: text/disconnect-notice\n${lines}Content-Length: ${Buffer.byteLength(body)}\n\n${body}`
}

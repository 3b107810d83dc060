import type { CallParty } from '../domain/call-note.js'
import type { CallSessionToken } from '../domain/call-session.js'
import type { ClipFile } from '../guidance-audio/phrase.js'
import { noteCall } from '../platform/call-trail.js'
import type { Channel } from './channel.js'
import type { Scp } from './scp.js'

/** Clips as a ladder names them. */
const named = (clips: readonly ClipFile[]): string =>
  clips.map(clip => clip.replace(/\.wav$/, '')).join(' ')

/** A channel that notes what is asked of the media engine and what it tells; of a key only that it came. */
export function notedChannel(channel: Channel, session: CallSessionToken): Channel {
  const note = noteOf(session)
  const asks = (what: string) => note('ivr', 'media', what)
  const tells = (what: string) => note('media', 'ivr', what)
  channel.onGone(why => tells(why === 'hung_up' ? 'CHANNEL_HANGUP' : 'connection lost'))
  return {
    callSession: channel.callSession,
    dialled: channel.dialled,
    language: channel.language,
    answer() {
      asks('answer')
      return channel.answer()
    },
    async play(clips) {
      asks(`playback ${named(clips)}`)
      const played = await channel.play(clips)
      if (played === 'played') tells('playback done')
      return played
    },
    async readKey(clips, waitMs) {
      if (clips.length > 0) asks(`play_and_get_digits ${named(clips)}`)
      const key = await channel.readKey(clips, waitMs)
      if (key !== 'gone') tells(key === undefined ? 'no key' : 'key x')
      return key
    },
    flushKeys() {
      asks('flush_dtmf')
      return channel.flushKeys()
    },
    hangup() {
      asks('hangup')
      return channel.hangup()
    },
    refuse() {
      asks('hangup CALL_REJECTED')
      return channel.refuse()
    },
    onGone: listener => channel.onGone(listener),
  }
}

/** scp as it is asked, each question and the outcome of its answer noted; nothing of what was keyed. */
export function notedScp(scp: Scp): Scp {
  return {
    permission: (session, ms) => asked(session, 'permission', () => scp.permission(session, ms)),
    charge: (entry, pin, ms) =>
      asked(entry.session, `charge ${entry.entry}`, () => scp.charge(entry, pin, ms)),
    balance: (session, ms) => asked(session, 'balance', () => scp.balance(session, ms)),
    conclude: (entry, ms) =>
      asked(entry.session, `conclude ${entry.entry}`, () => scp.conclude(entry, ms)),
    heard: (entry, ms) => told(entry.session, `heard ${entry.entry}`, () => scp.heard(entry, ms)),
    notice: (last, notice, ms) =>
      told(last.session, `notice ${notice}`, () => scp.notice(last, notice, ms)),
  }
}

const noteOf = (session: CallSessionToken) => (from: CallParty, to: CallParty, what: string) =>
  noteCall({ type: 'told', call: { session }, from, to, what })

async function asked<Answer extends { readonly outcome: string }>(
  session: CallSessionToken,
  question: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const note = noteOf(session)
  note('ivr', 'scp', question)
  try {
    const answer = await ask()
    note('scp', 'ivr', `${question}: ${answer.outcome}`)
    return answer
  } catch (error) {
    note('scp', 'ivr', `${question}: no answer`)
    throw error
  }
}

function told(session: CallSessionToken, what: string, tell: () => Promise<void>): Promise<void> {
  noteOf(session)('ivr', 'scp', what)
  return tell()
}

import type { Application } from '../channel/channel.js'
import { RESPONSE_VARIABLE } from '../channel/response-variable.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { playback } from './playback.js'

/** `endless_playback <file>`: again and again, until a key, a break or the end of the call. */
export const endlessPlayback = (shelf: ClipShelf): Application => {
  const once = playback(shelf)
  return async call => {
    const { channel, attend } = call
    let broken = false
    const watched: typeof attend = async request => {
      const attended = await attend(request)
      broken = attended.ended !== 'played'
      return attended
    }
    do await once({ ...call, attend: watched })
    while (!broken && channel.variable(RESPONSE_VARIABLE) === 'FILE PLAYED' && channel.ready)
  }
}

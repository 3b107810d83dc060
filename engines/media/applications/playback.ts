import type { Application } from '../channel/channel.js'
import { RESPONSE_VARIABLE } from '../channel/response-variable.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { type Played, playPrompt } from './play-prompt.js'
import { TERMINATOR_USED, terminatorsOf } from './terminators.js'

/** What the last event says of how it ended (esl-protocol §4). */
const RESPONSES: Readonly<Record<Played['ended'], string>> = {
  hung_up: 'PLAYBACK ERROR',
  not_found: 'FILE NOT FOUND',
  broken: 'FILE PLAYED',
  key: 'FILE PLAYED',
  played: 'FILE PLAYED',
  time: 'FILE PLAYED',
}

/**
 * `playback <file>`: plays it. Keys of the variable `playback_terminators` end it (`*` unless set; `none`,
 * `any`, or several); other keys are lost.
 */
export const playback =
  (shelf: ClipShelf): Application =>
  async call => {
    const { channel, argument } = call
    channel.setVariable(TERMINATOR_USED, undefined)
    const played = await playPrompt(call, shelf, argument.trim(), terminatorsOf(channel))
    if (played.ended === 'key') channel.setVariable(TERMINATOR_USED, played.digit)
    channel.setVariable(RESPONSE_VARIABLE, RESPONSES[played.ended])
  }

import type { Channel } from '../channel/channel.js'

/** Variable that names the key that ended playing or recording. */
export const TERMINATOR_USED = 'playback_terminator_used'

/** Which keys end playing or recording: those of `playback_terminators`, `*` unless set; `none`, `any`. */
export function terminatorsOf(channel: Channel): (digit: string) => boolean {
  const terminators = channel.variable('playback_terminators') ?? '*'
  return digit => terminators === 'any' || (terminators !== 'none' && terminators.includes(digit))
}

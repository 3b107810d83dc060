import type { Application } from '../channel/channel.js'
import { parseHangupCause } from '../channel/hangup-cause.js'

/** `hangup [cause]`: a name or a Q.850 number; normal clearing unless one is named. */
export const hangup: Application = ({ channel, argument }) =>
  channel.hangUp(parseHangupCause(argument) ?? 'NORMAL_CLEARING')

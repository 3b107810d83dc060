import type { Application } from '../channel/channel.js'

/**
 * `respond <status> [reason]`: a SIP answer of the application's choice to a call that is not answered
 * yet. 180 and 183 are what `ring_ready` and `pre_answer` send; from 300 on the call is refused.
 */
export const respond: Application = async ({ channel, argument }) => {
  const [, digits, reason = ''] = /^([1-6]\d\d)(?:\s+(.*))?$/.exec(argument.trim()) ?? []
  const status = Number(digits)
  if (status === 180) channel.ring()
  else if (status === 183) await channel.early()
  else if (status >= 300) channel.refuse(status, reason)
}

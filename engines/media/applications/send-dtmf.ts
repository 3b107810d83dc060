import type { Application } from '../channel/channel.js'
import { readKeys } from '../channel/keys-to-send.js'

/** `send_dtmf <keys>[@<ms>]`: keys to the caller, RFC 4733. Does not wait until they have left. */
export const sendDtmf: Application = ({ channel, argument }) =>
  channel.leg.sendKeys(readKeys(argument))

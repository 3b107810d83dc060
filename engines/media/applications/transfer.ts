import type { Application } from '../channel/channel.js'
import { readExtension } from '../channel/transfer.js'

/**
 * `transfer [-both] <extension> [XML [default]]`: what runs ends, and the call goes on at an extension of the
 * dialplan. Where there is none it ends, NO_ROUTE_DESTINATION.
 */
export const transfer: Application = ({ channel, argument }) => {
  const extension = readExtension(argument)
  if (extension) channel.transfer(extension)
}

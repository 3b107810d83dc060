import type { Application } from '../channel/channel.js'

/** `park`: holds the call until it ends; an event socket may run applications on it meanwhile. */
export const park: Application = async ({ channel, attend }) => {
  channel.fire('CHANNEL_PARK')
  await attend({ keys: 'leave', breakable: false })
  channel.fire('CHANNEL_UNPARK')
}

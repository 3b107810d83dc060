import type { Application } from '../channel/channel.js'

/** `unset name`: takes a variable away. */
export const unset: Application = ({ channel, argument }) =>
  channel.setVariable(argument.trim(), undefined)

import type { Application, Channel } from '../channel/channel.js'

/** `set name=value`. An empty value takes the variable away, as `unset` does. */
export const set: Application = ({ channel, argument }) => assign(channel, argument)

/** Sets a variable by `name=value`. */
export function assign(channel: Channel, pair: string): void {
  const equals = pair.indexOf('=')
  const name = (equals < 0 ? pair : pair.slice(0, equals)).trim()
  const value = equals < 0 ? '' : pair.slice(equals + 1)
  if (name !== '')
    channel.setVariable(name, value === '' || value === '_undef_' ? undefined : value)
}

import type { Application } from '../channel/channel.js'

/** `set name=value`. An empty value takes the variable away, as `unset` does. */
export const set: Application = ({ channel, argument }) => {
  const equals = argument.indexOf('=')
  const name = (equals < 0 ? argument : argument.slice(0, equals)).trim()
  const value = equals < 0 ? '' : argument.slice(equals + 1)
  if (name !== '')
    channel.setVariable(name, value === '' || value === '_undef_' ? undefined : value)
}

import type { Application } from '../channel/channel.js'
import { assign } from './set.js'

/** `multiset a=1 b=2`, or with another mark between them: `multiset ^^:a=1:b=2`. */
export const multiset: Application = ({ channel, argument }) => {
  const [, mark = ' ', pairs = argument] = /^\^\^(.)(.*)$/s.exec(argument) ?? []
  for (const pair of pairs.split(mark)) assign(channel, pair)
}

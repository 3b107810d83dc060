import type { Application } from '../channel/channel.js'

/** `pre_answer`: 183, so that the caller hears what follows and pays nothing. */
export const preAnswer: Application = async ({ channel }) => {
  await channel.early()
}

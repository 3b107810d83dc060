import type { Application } from '../channel/channel.js'

/** `answer`: 200; resolves when audio flows both ways. */
export const answer: Application = async ({ channel }) => {
  await channel.answer()
}

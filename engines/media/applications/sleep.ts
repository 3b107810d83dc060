import type { Application } from '../channel/channel.js'

/** `sleep <ms>`: waits. Any key ends it, and stays for the next application. */
export const sleep: Application = async ({ argument, attend }) => {
  const forMs = Math.max(0, Number.parseInt(argument, 10) || 0)
  await attend({ forMs, keys: 'wake', breakable: true })
}

import type { Application } from '../channel/channel.js'

/** `ring_ready`: 180, so that the caller's phone makes the ringing tone. */
export const ringReady: Application = ({ channel }) => channel.ring()

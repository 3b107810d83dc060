import type { Application } from '../channel/channel.js'

/** `flush_dtmf`: forgets the keys that were typed ahead. */
export const flushDtmf: Application = ({ channel }) => channel.digits.clear()

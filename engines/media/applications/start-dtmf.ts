import type { Application } from '../channel/channel.js'

/** `start_dtmf`: keys are looked for in the sound of a caller who has agreed to no telephone-event. */
export const startDtmf: Application = ({ channel }) => channel.leg.detectTones(true)

/** `stop_dtmf`: and no more. */
export const stopDtmf: Application = ({ channel }) => channel.leg.detectTones(false)

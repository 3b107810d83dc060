import { onOff, setting } from './settings.js'

/** Whether money is real: read by every program that would let a demonstration do what it must not. */
export const simulationSetting = setting('MCSCP_SIMULATION', onOff, {
  default: 'on',
  about:
    'whether this network charges no real money: demonstration subscribers, and cards whose numbers lie in clear; on for now, as this is a network on one machine',
  source: 'architecture, point 8',
})

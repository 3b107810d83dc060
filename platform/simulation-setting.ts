import { onOff, setting } from './settings.js'

/** Whether money is real: read by every program that would let a demonstration do what it must not. */
export const simulationSetting = setting('MCSCP_SIMULATION', onOff, {
  default: 'on',
  about:
    'whether this network charges no real money: demonstration subscribers, cards whose numbers lie in clear, and a clock that can be moved; on for now, as this is a network on one machine',
  source: 'architecture, points 8 and 9',
})

import { existsSync } from 'node:fs'
import { jstText } from '../domain/jst.js'
import { type NetworkClock, systemClock } from '../platform/clock.js'
import { beginClock, openClock } from '../platform/clock-file.js'
import { Fault } from '../platform/fault.js'
import type { Home } from '../platform/home.js'
import type { Logger } from '../platform/log.js'
import type { SettingValues } from '../platform/settings.js'
import type { networkSettings } from './network-settings.js'

type ClockSettings = Pick<SettingValues<typeof networkSettings>, 'simulation' | 'clockStart'>

/**
 * Sees to it that a network's clock has begun, before anything is stored in its home. A network that
 * charges real money has no clock but the machine's: throws `SIMULATION_ONLY` where it is to have one.
 */
export function beginNetworkClock(home: Home, { simulation, clockStart }: ClockSettings): void {
  if (simulation) {
    if (clockStart !== undefined) beginClock(home, clockStart)
    return
  }
  if (clockStart !== undefined) {
    throw new Fault('SIMULATION_ONLY', 'MCSCP_CLOCK_START begins the clock of a simulation.')
  }
  if (existsSync(home.clockFile)) {
    throw new Fault(
      'SIMULATION_ONLY',
      `The network in ${home.folder} has a clock of its own, which was moved: it was a simulation.`,
    )
  }
}

/** The clock for a program: the network's in a simulation, the machine's elsewhere. */
export function clockFor(home: Home, { simulation }: ClockSettings, log: Logger): NetworkClock {
  if (!simulation) return systemClock
  return openClock(home, {
    changed: ({ now, rate }) => log.info({ network: jstText(now), rate }, 'network clock set'),
    failed: fault => log.error({ code: fault.code, err: fault }, 'network clock not followed'),
  }).clock
}

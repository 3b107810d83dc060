import { GENERATOR_LIMITS } from '../../domain/generated-traffic.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import type { Chance } from '../../platform/seeded-chance.js'
import type { SettingValues } from '../../platform/settings.js'
import { handsetOf, placeAt } from '../handset/calling-place.js'
import { demonstrationNumbers, demonstrationPasswords } from '../mls/subscribers/demonstration.js'
import type { generatorSettings } from './config.js'
import type { CallersPlace } from './generator.js'

/** Finds the network of a home, its demonstration numbers, and the guidance to be recognised. */
export function callersPlace(
  home: Home,
  { switchWsPort, ...values }: SettingValues<typeof generatorSettings>,
  chance: Chance,
): CallersPlace {
  if (switchWsPort === 'off') {
    throw new Fault(
      'ACT_REFUSED',
      'Handsets call by WebSocket, and MCSCP_SWITCH_SIP_WS_PORT is off.',
    )
  }
  const place = placeAt(home, { ...values, switchWsPort })
  const passwords = demonstrationPasswords(home)
  const all = demonstrationNumbers('mobile')
  const { max } = GENERATOR_LIMITS.handsets
  return {
    library: place.library,
    handset: (number, rtpLossPercent) =>
      handsetOf(place, number, passwords.get(number), () => chance() * 100 < rtpLossPercent),
    numbers: all.slice(0, max),
    locking: all.slice(max),
  }
}

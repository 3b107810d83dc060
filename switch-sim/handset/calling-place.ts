import { randomInt } from 'node:crypto'
import type { Msisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { readSettings, type SettingValues } from '../../platform/settings.js'
import { demonstrationPassword } from '../mls/subscribers/demonstration.js'
import { DIGEST_REALM } from '../mls/subscribers/subscriber.js'
import { type ClipLibrary, readClipLibrary } from './clip-library.js'
import { handsetSettings } from './config.js'
import { Pacer } from './pacer.js'
import { Phone } from './phone.js'

/** Where a command's handsets call from: the network of a home folder, and what they share. */
export interface CallingPlace {
  readonly home: Home
  /** WebSocket of the switch. */
  readonly server: string
  readonly domain: string
  readonly library: ClipLibrary
  readonly pacer: Pacer
}

/** The place that the settings in force describe. */
export const callingPlace = ({ home, given }: CommandSurroundings): CallingPlace =>
  placeAt(home(), readSettings(handsetSettings, given()))

/** The place of a home that these settings describe. */
export function placeAt(
  home: Home,
  { switchHost, switchWsPort, domain, clips }: SettingValues<typeof handsetSettings>,
): CallingPlace {
  const host = switchHost.includes(':') ? `[${switchHost}]` : switchHost
  return {
    home,
    server: `ws://${host}:${switchWsPort}`,
    domain,
    library: readClipLibrary(clips),
    pacer: new Pacer(() => performance.now()),
  }
}

/** Loopback of the same family as the switch's address. */
const audioAddress = (server: string): string => (server.includes('[') ? '::1' : '127.0.0.1')

/**
 * A handset of a number, switched on. Throws `PEER_UNREACHABLE` when the switch is not there, and
 * `COMMAND_REFUSED` when no password is given and none is known. `loses` is asked for each packet of audio.
 */
export async function handsetOf(
  { home, server, domain, pacer }: CallingPlace,
  number: Msisdn,
  password: string | undefined,
  loses: () => boolean = () => false,
): Promise<Phone> {
  const secret = password ?? demonstrationPassword(home, number)
  if (secret === undefined) {
    throw new Fault(
      'COMMAND_REFUSED',
      `${number} is no demonstration number of ${home.folder}: give its --password.`,
    )
  }
  try {
    return await Phone.on({
      server,
      domain,
      credentials: { username: number, password: secret, realm: DIGEST_REALM },
      address: audioAddress(server),
      pacer,
      random: bound => randomInt(bound),
      loses,
    })
  } catch (cause) {
    const why = systemErrorCode(cause) ?? 'no connection'
    throw new Fault('PEER_UNREACHABLE', `The switch does not answer at ${server}: ${why}.`, {
      cause,
    })
  }
}

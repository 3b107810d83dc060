import { Fault, systemErrorCode } from './fault.js'

/** The settings that decide where a program listens. */
export interface ListenSettings {
  /** Name of the setting of the address. */
  readonly host: string
  /** The ports asked for, by the names of their settings. */
  readonly ports: Readonly<Record<string, number | 'off'>>
}

/**
 * Turns the system's refusal to listen into a fault that names the address and the setting that moves
 * it. Any other error is returned as it is.
 */
export function listenFault(error: unknown, { host, ports }: ListenSettings): unknown {
  const { address = '?', port } = Object(error) as { address?: string; port?: number }
  const asked = Object.entries(ports).filter(([, one]) => one === port)
  const names = (asked.length > 0 ? asked : Object.entries(ports)).map(([name]) => name).join(', ')
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return portTaken(`${address}:${port} is taken by another program (${names}).`, error)
    case 'EACCES':
      return portTaken(`${address}:${port} is not allowed to this user (${names}).`, error)
    case 'EADDRNOTAVAIL':
      return new Fault(
        'SETTINGS_INVALID',
        `${host}=${address}: this machine has no such address.`,
        {
          cause: error,
        },
      )
    default:
      return error
  }
}

const portTaken = (what: string, cause: unknown) => new Fault('PORT_TAKEN', what, { cause })

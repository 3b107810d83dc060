import { Fault, systemErrorCode } from './fault.js'

/**
 * Turns the system's refusal to listen into a fault that names the address and the setting that moves
 * it. Any other error is returned as it is.
 */
export function listenFault(error: unknown, address: string, settingName: string): unknown {
  const code = systemErrorCode(error)
  if (code === 'EADDRINUSE') {
    return new Fault('PORT_TAKEN', `${address} is taken by another program (${settingName}).`, {
      cause: error,
    })
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return new Fault('PORT_TAKEN', `${address} cannot be listened on: ${code} (${settingName}).`, {
      cause: error,
    })
  }
  return error
}

import type { TLSSocket } from 'node:tls'

/** Longest silence within a transfer, in ms. */
const STALL_MS = 30_000

/** Sends bytes and ends; whether all of them went out, and the client ended then. */
export function sendAll(socket: TLSSocket, bytes: Uint8Array): Promise<boolean> {
  return new Promise(resolve => {
    let finished = false
    socket.setTimeout(STALL_MS, () => socket.destroy())
    socket.once('close', () => resolve(finished))
    socket.resume()
    socket.end(bytes, () => {
      finished = true
    })
  })
}

/**
 * Receives until the client ends; `undefined` when it broke off or sent more than `max` bytes: what was
 * sent by halves is forgotten.
 */
export function receiveAll(socket: TLSSocket, max: number): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const parts: Buffer[] = []
    let length = 0
    socket.setTimeout(STALL_MS, () => socket.destroy())
    socket.once('close', () => resolve(undefined))
    socket.once('end', () => {
      resolve(Buffer.concat(parts))
      socket.end()
    })
    socket.on('data', part => {
      parts.push(part)
      length += part.length
      if (length > max) socket.destroy()
    })
    socket.resume()
  })
}

import { chmodSync, existsSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { Fault } from './fault.js'

/** Longest path of a Unix socket, in bytes (unix(7): `sun_path` has 108, the last of them 0). */
const SOCKET_PATH_MAX = 107

/**
 * Serves on a Unix socket that only its owner can open. A socket left behind by a killed
 * program is replaced; one that answers is not, and the start is refused with `PORT_TAKEN`. A path
 * that the system would cut short is refused with `FOLDER_NOT_WRITABLE`.
 */
export async function listenOnSocket(
  server: { listen(at: { path: string }): Promise<unknown> },
  path: string,
): Promise<void> {
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX) {
    throw new Fault('FOLDER_NOT_WRITABLE', `${path} is too long a path for a Unix socket.`)
  }
  if (existsSync(path)) {
    if (await answers(path)) {
      throw new Fault('PORT_TAKEN', `Another program already serves ${path}.`)
    }
    unlinkSync(path)
  }
  await server.listen({ path })
  chmodSync(path, 0o600)
}

const answers = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

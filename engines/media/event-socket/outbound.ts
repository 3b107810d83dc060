import { connect, type Socket } from 'node:net'
import type { SocketConversation, SocketDialler, SocketTarget } from '../applications/socket.js'
import type { Channel } from '../channel/channel.js'
import { Conversation, type SocketSurroundings } from './conversation.js'
import type { Command } from './framing.js'

/** Longest wait for an application to accept, ms. */
const CONNECT_MS = 5_000

/** Longest wait for `connect`, the first command (esl-protocol §2), ms. */
const FIRST_COMMAND_MS = 25_000

/** Connects to applications about calls: the outbound event socket. */
export const outboundDialler =
  (around: SocketSurroundings): SocketDialler =>
  async (channel, target) => {
    const socket = await connected(target.host, target.port)
    if (!socket) {
      around.log.warn(
        { uuid: channel.uuid, host: target.host, port: target.port },
        'no application answered',
      )
      return undefined
    }
    channel.setVariable('socket_host', target.host)
    return converse(socket, channel, target, around)
  }

function converse(
  socket: Socket,
  channel: Channel,
  { async, full }: SocketTarget,
  around: SocketSurroundings,
): SocketConversation {
  let connected = false
  const admit = ({ word }: Command) => {
    // Any other first command is swallowed by the real server; ours answers it.
    if (word === 'connect') connected = true
    return undefined
  }
  const conversation = new Conversation(socket, around, { channel, async, full }, admit)
  const timer = around.time.scheduler.after(FIRST_COMMAND_MS, () => {
    if (!connected) conversation.drop()
  })
  void conversation.over.then(() => timer.stop())
  return conversation
}

/** A connection, or `undefined` when it is refused or not accepted in time. */
function connected(host: string, port: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: CONNECT_MS })
    const fail = () => {
      socket.destroy()
      resolve(undefined)
    }
    socket.once('error', fail)
    socket.once('timeout', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.removeListener('error', fail)
      socket.removeListener('timeout', fail)
      resolve(socket)
    })
  })
}

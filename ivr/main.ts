import { join } from 'node:path'
import { type CallSessionToken, parseCallSessionToken } from '../domain/call-session.js'
import { nodeLater } from '../platform/deadline.js'
import { SocketClient } from '../platform/http-client.js'
import { listenFault } from '../platform/listen.js'
import type { Logger } from '../platform/log.js'
import { Tally } from '../platform/metrics/tally.js'
import type { Program, Running, Surroundings } from '../platform/program.js'
import { readSettings } from '../platform/settings.js'
import { ArisClient } from './aris-client.js'
import { type BalanceService, balanceCall } from './balance-call.js'
import type { Conversation } from './call.js'
import { nodeTime } from './call-time.js'
import type { Channel } from './channel.js'
import { type ChargeService, chargeCall } from './charge-call.js'
import { ivrSettings } from './config.js'
import { EventSocket } from './event-socket.js'
import { Guidance } from './guidance.js'
import { type CountedCall, ivrMetrics, type LastState, resultOf } from './ivr-metrics.js'
import { notedChannel, notedScp } from './noted.js'
import { ScpClient } from './scp-client.js'

/** MCSCP-S, チャージングシナリオ制御機能: answers calls, speaks and listens (requirement M-01). */
export const ivr: Program = {
  name: 'ivr',
  start,
}

async function start({ home, given, clock, log }: Surroundings): Promise<Running> {
  const config = readSettings(ivrSettings, given)
  const scpSocket = new SocketClient(join(home.sockets, 'scp.sock'))
  const arisSocket = new SocketClient(join(home.sockets, 'aris.sock'))
  const service: Service = {
    scp: notedScp(new ScpClient(scpSocket)),
    aris: new ArisClient(arisSocket),
    time: nodeTime,
    limits: config,
    patience: config,
    language: config.language,
    log,
  }
  const calls = new CallsInProgress(service)
  const { address, port, callsMax, clipFolder } = config
  const guidance = await Guidance.open({ home, clipFolder, clock, later: nodeLater, log })
  const place = { address, port, callsMax, clipPaths: () => guidance.now() }
  const eventSocket = await EventSocket.listen(place, log, channel => calls.take(channel)).catch(
    async error => {
      await guidance.close()
      const ports = { [ivrSettings.port.name]: config.port }
      throw listenFault(error, { host: ivrSettings.address.name, ports })
    },
  )
  return {
    listening: { 'event socket': eventSocket.address },
    status: () => ({ ready: true, calls: calls.size }),
    registerMetrics: metrics => ivrMetrics(metrics, calls.ended),
    async close() {
      eventSocket.stop()
      await calls.end(config.drainMs)
      eventSocket.close()
      await guidance.close()
      scpSocket.close()
      arisSocket.close()
    },
  }
}

type Service = ChargeService & BalanceService

/** The dialogues there are, by what scp dials in the media engine (`mediaUser` of its scenarios). */
const DIALOGUES = new Map<string, Begin>([
  ['charge', chargeCall],
  ['balance', balanceCall],
])

type Begin = (
  channel: Channel,
  session: CallSessionToken,
  service: Service,
) => Conversation<LastState>

/** Every call that is being spoken with. */
class CallsInProgress {
  readonly #service: Service
  readonly #conversations = new Set<Conversation<LastState>>()
  /** Those that ended since the start, and those that were refused. */
  readonly ended = new Tally<CountedCall>()

  constructor(service: Service) {
    this.#service = service
  }

  /** How many there are. */
  get size(): number {
    return this.#conversations.size
  }

  /** A call that names no call session of scp, or no dialogue, has no business here, and is not answered. */
  take(channel: Channel): void {
    const { log } = this.#service
    const session = parseCallSessionToken(channel.callSession ?? '')
    const dialogue = DIALOGUES.get(channel.dialled ?? '')
    if (session === undefined || dialogue === undefined) {
      log.warn({ dialled: dialogue && channel.dialled }, 'call refused')
      this.ended.add({ dialogue: 'none', result: 'refused' })
      void channel.refuse()
      return
    }
    const conversation = dialogue(notedChannel(channel, session), session, this.#service)
    this.#conversations.add(conversation)
    void this.#toItsEnd(conversation, channel, channel.dialled ?? '', log)
  }

  /** Brings every call to its end; those that take longer are cut off. */
  async end(deadlineMs: number): Promise<void> {
    const all = [...this.#conversations]
    for (const conversation of all) conversation.close()
    const ended = Promise.allSettled(all.map(({ over }) => over))
    await new Promise<void>(resolve => {
      const deadline = nodeTime.after(deadlineMs, resolve)
      void ended.then(() => {
        deadline.stop()
        resolve()
      })
    })
  }

  async #toItsEnd(
    conversation: Conversation<LastState>,
    channel: Channel,
    dialogue: string,
    log: Logger,
  ): Promise<void> {
    try {
      this.ended.add({ dialogue, result: resultOf(await conversation.over) })
    } catch (err) {
      log.error({ err }, 'call failed')
      this.ended.add({ dialogue, result: 'failed' })
      await channel.hangup()
    } finally {
      this.#conversations.delete(conversation)
    }
  }
}

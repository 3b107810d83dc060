import { pino } from 'pino'
import { epochMs } from '../../domain/clock.js'
import { applicationTable } from '../../engines/media/applications/table.js'
import type { Action, Channel } from '../../engines/media/channel/channel.js'
import { compileDialplan, type DialplanEntry } from '../../engines/media/dialplan.js'
import { InboundSocket } from '../../engines/media/event-socket/inbound.js'
import { outboundDialler } from '../../engines/media/event-socket/outbound.js'
import type { EventSocketUser } from '../../engines/media/event-socket/users.js'
import { EventBus } from '../../engines/media/events/event-bus.js'
import type { MonotonicTime } from '../../engines/media/monotonic-time.js'
import { ClipShelf } from '../../engines/media/playback/clip-shelf.js'
import { SenderWheel } from '../../engines/media/rtp/sender-wheel.js'
import { Switchboard } from '../../engines/media/switchboard.js'
import { TestLeg } from './media-leg.js'
import { quickTime } from './quick-time.js'

/** The media engine without SIP and RTP, in a time that runs faster. */
export interface MediaBench {
  readonly switchboard: Switchboard
  readonly events: EventBus
  readonly wheel: SenderWheel
  /** Every line that was logged, one JSON text each. */
  readonly logged: string[]
  /** A call that runs these actions. */
  call(
    actions: readonly Action[],
    options?: { early?: boolean },
  ): { leg: TestLeg; channel: Channel }
  /** Listens for applications that connect themselves. */
  listen(password: string, users?: readonly EventSocketUser[]): Promise<InboundSocket>
  close(): Promise<void>
}

/** How much faster the time of these tests runs. */
const FACTOR = 10

/** Makes an engine whose clips lie in a folder. */
export function mediaBench(
  clipFolder: string,
  factor = FACTOR,
  recordings?: string,
  more: { time?: MonotonicTime; dialplan?: readonly DialplanEntry[] } = {},
): MediaBench {
  const { time = quickTime(factor) } = more
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => logged.push(line) })
  const clock = { now: () => epochMs(Math.floor(performance.timeOrigin + performance.now())) }
  const identity = {
    coreUuid: crypto.randomUUID(),
    hostname: 'bench',
    ipv4: '127.0.0.1',
    ipv6: '::1',
  }
  const events = new EventBus(identity, clock)
  const wheel = new SenderWheel(time)
  const shelf = new ClipShelf(clipFolder)
  const around = { events, log, time }
  const applications = applicationTable(
    shelf,
    (channel, target) => outboundDialler({ ...around, switchboard })(channel, target),
    recordings,
  )
  const switchboard = new Switchboard({
    ...around,
    applications,
    clock,
    dialplan: compileDialplan(more.dialplan ?? []),
  })
  const inbound: InboundSocket[] = []
  return {
    switchboard,
    events,
    wheel,
    logged,
    call(actions, options = {}) {
      const leg = new TestLeg(wheel, options)
      return { leg, channel: switchboard.connect(leg, actions) }
    },
    async listen(password, users) {
      const options = { host: '127.0.0.1', port: 0, password, users }
      const opened = await InboundSocket.open(options, { ...around, switchboard })
      inbound.push(opened)
      return opened
    },
    async close() {
      await switchboard.close()
      for (const one of inbound) await one.close()
      wheel.close()
    },
  }
}

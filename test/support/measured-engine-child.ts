import { pino } from 'pino'
import { startMedia } from '../../engines/media/main.js'
import type { MonotonicTime } from '../../engines/media/monotonic-time.js'
import { startSignalling } from '../../engines/signalling/main.js'
import { nodeScheduler, type Scheduler } from '../../engines/signalling/scheduler.js'
import { STANDARD_TIMERS } from '../../engines/signalling/transaction/timers.js'
import { monotonicMs, systemClock } from '../../platform/clock.js'
import type { ProgramStatus } from '../../platform/status.js'
import type { EnginePlan, FromEngine, ToEngine } from './measured-engine.js'

// Started as a program of its own with --expose-gc: an engine that tells how much it holds.

/** Ports for the audio of a media engine: above those of the tests that start one in their own process. */
const AUDIO_PORTS = { first: 26_000, last: 31_998 }

/** An engine, whichever it is. */
interface Running {
  readonly sipPort: number
  readonly applicationPort: number
  status(): ProgramStatus
  close(): Promise<void>
}

/** Node's timers, counted: one that is never stopped shows. */
class CountedTimers implements Scheduler {
  running = 0

  after(delayMs: number, expired: () => void) {
    let runs = true
    this.running++
    const over = () => {
      if (runs) this.running--
      runs = false
    }
    const timer = nodeScheduler.after(delayMs, () => {
      over()
      expired()
    })
    return {
      stop() {
        over()
        timer.stop()
      },
    }
  }
}

const scheduler = new CountedTimers()
const plan: EnginePlan = JSON.parse(process.argv[2] ?? '')
const engine = plan.engine === 'signalling' ? await signalling(plan) : await media(plan)
process.on('message', async (told: ToEngine) => {
  if (told.type === 'tell') return tellHeld(told.collections)
  await engine.close()
  process.disconnect()
})
process.once('disconnect', () => process.exit())
tell({ type: 'ready', sipPort: engine.sipPort, applicationPort: engine.applicationPort })

async function signalling({ timers = STANDARD_TIMERS, secret }: EnginePlan): Promise<Running> {
  const { listening, status, close } = await startSignalling({
    sip: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }],
    applicationPort: 0,
    secret,
    clock: systemClock,
    log: pino({ enabled: false }),
    endingMs: 100,
    ...{ timers, scheduler },
  })
  const { sip, application } = listening
  return { sipPort: sip[0]?.port ?? 0, applicationPort: application.port, status, close }
}

async function media(plan: EnginePlan): Promise<Running> {
  const time: MonotonicTime = { now: monotonicMs, scheduler }
  const { listening, status, close } = await startMedia({
    sip: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }],
    rtp: { address: '127.0.0.1', ...AUDIO_PORTS },
    eventSocket: { host: '127.0.0.1', port: 0, password: plan.secret },
    dialplan: plan.dialplan ?? [],
    clips: '.',
    mostCalls: 2_000,
    mediaTimeoutMs: 0,
    clock: systemClock,
    log: pino({ enabled: false }),
    timers: plan.timers ?? STANDARD_TIMERS,
    ...{ time, scheduler },
  })
  const { sip, eventSocket } = listening
  return { sipPort: sip[0]?.port ?? 0, applicationPort: eventSocket, status, close }
}

async function tellHeld(collections: number): Promise<void> {
  let heapBytes = bytesHeld()
  for (let round = 0; round < collections; round++) {
    globalThis.gc?.()
    heapBytes = Math.min(heapBytes, bytesHeld())
    await new Promise(setImmediate)
  }
  const { calls } = engine.status()
  const sockets = process.getActiveResourcesInfo().filter(name => name.endsWith('Wrap')).length
  tell({ type: 'held', heapBytes, calls, timers: scheduler.running, sockets })
}

/** Objects and buffers. */
function bytesHeld(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function tell(told: FromEngine): void {
  process.send?.(told)
}

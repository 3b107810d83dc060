import type { Later } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import type { Running } from '../../platform/program.js'
import { Rounds } from '../../platform/rounds.js'
import type { ProgramStatus } from '../../platform/status.js'

/** Pause before CRS is asked again, in ms. */
const RETRY_MS = 2_000

/** Of a node that takes no calls yet. */
const WAITING: ProgramStatus = { ready: false, calls: 0 }

export interface BehindFence {
  /** Does what must be done before a call may come; tried again as long as a fault hinders it. */
  readonly openFence: () => Promise<void>
  /** Opens the node to ivr and to calls. */
  readonly serve: () => Promise<Running>
  readonly listening: Running['listening']
  readonly later: Later
  readonly log: Logger
}

/**
 * A node restored from a backup: it runs, raises an alarm for what keeps its fence closed, and is opened
 * to calls once the fence is.
 */
export function runBehindFence(options: BehindFence): Running {
  const { openFence, serve, listening, later, log } = options
  let inner: Running | undefined
  const work = async () => {
    if (inner) return undefined
    await openFence()
    inner = await serve()
    return undefined
  }
  const rounds = new Rounds({
    work,
    what: 'restored node kept from calls',
    retryMs: RETRY_MS,
    later,
    log,
  })
  void rounds.run()
  return {
    listening,
    status: () => inner?.status() ?? WAITING,
    async close() {
      await rounds.close()
      await inner?.close()
    },
  }
}

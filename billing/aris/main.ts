import { systemClock } from '../../platform/clock.js'
import { enquiryTicketKey } from '../../platform/enquiry-ticket.js'
import { httpEdge } from '../../platform/http-edge.js'
import { Tally } from '../../platform/metrics/tally.js'
import type { Program, Running, Surroundings } from '../../platform/program.js'
import { readSettings } from '../../platform/settings.js'
import { NO_CALLS } from '../../platform/status.js'
import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { arisMetrics, type CountedEnquiry } from './aris-metrics.js'
import { arisSettings, arisSocket, arisStore } from './config.js'
import { openSubscriberPage } from './page/start.js'
import { arisRoutes } from './routes.js'
import { ArisStore } from './store.js'

/** Pause between two checkpoints of the store, in ms. */
const CHECKPOINT_MS = 5_000

/** 料金自動案内システム as a program of the network: it answers also at night, and with billing stopped. */
export const aris: Program = {
  name: 'aris',

  start,
}

async function start({ home, given, clock, log }: Surroundings): Promise<Running> {
  const values = readSettings(arisSettings, given)
  const store = new ArisStore(arisStore(home), clock, fault => {
    log.fatal({ err: fault }, 'store lost')
    throw fault
  })
  const beside = openStoreToCheckpoint(arisStore(home))
  const timer = setInterval(() => checkpoint(beside), CHECKPOINT_MS)
  const edge = httpEdge(log)
  const close = async () => {
    await edge.close()
    clearInterval(timer)
    beside.close()
    store.close()
  }
  try {
    const key = enquiryTicketKey(home)
    const enquiries = new Tally<CountedEnquiry>()
    const realTime = () => systemClock.now()
    arisRoutes(edge, { store, key, clock, realTime, enquiries, log })
    await listenOnSocket(edge, arisSocket(home))
    const page = await openSubscriberPage(values, { store, clock, log })
    return {
      listening: { enquiries: arisSocket(home), ...(page ? { page: page.address } : {}) },
      status: () => NO_CALLS,
      registerMetrics: metrics => arisMetrics(metrics, store, enquiries),
      async close() {
        await page?.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

import { monotonicMs } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import type { Program, Running, Surroundings } from '../../platform/program.js'
import { readSettings } from '../../platform/settings.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { cardMakerSocket, generatorSettings, generatorSocket } from './config.js'
import { Generator } from './generator.js'
import { generatorRoutes } from './generator-routes.js'
import { Purse } from './purse.js'

/** The traffic generator: callers by the number, for who wants to see the screens move. In simulation only. */
export const generatorProgram: Program = { name: 'generator', start }

async function start({ home, given, log }: Surroundings): Promise<Running> {
  const values = readSettings(generatorSettings, given)
  if (!values.simulation) {
    throw new Fault('SIMULATION_ONLY', 'The traffic generator calls in a simulation only.')
  }
  const scp = new SocketClient(cardMakerSocket(home))
  const chance = Math.random
  const purse = new Purse({ scp, chance, nowMs: monotonicMs })
  const generator = new Generator({
    place: async () => {
      // Handsets and clips take time and memory that nobody needs before the first run.
      const { callersPlace } = await import('./callers-place.js')
      return callersPlace(home, values, chance)
    },
    ...{ purse, chance, log },
    nowMs: monotonicMs,
    later: nodeLater,
  })
  const edge = httpEdge(log)
  generatorRoutes(edge, generator)
  await listenOnSocket(edge, generatorSocket(home))
  return {
    listening: { runs: generatorSocket(home) },
    status: () => ({ ready: true, calls: generator.inProgress }),
    async close() {
      await edge.close()
      await generator.close()
      scp.close()
    },
  }
}

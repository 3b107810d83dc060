import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../platform/clock.js'
import { BatchMaker } from '../../scp/cards/batch-maker.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { OFFICE, POLICY } from './scp-values.js'

/**
 * Makes the batches of a store until it is killed, or none is left: then it says `done` and ends. Each time
 * that it has drawn some more it says how many, at once.
 */
async function makeUntilKilled(folder: string, cardsPerFile: number): Promise<void> {
  const ring = KeyRing.read(join(folder, 'pin-keys'))
  if (!ring) throw new Error('there is no key ring')
  const { store, background, close } = await openStoreThreads({
    path: join(folder, 'scp.db'),
    clock: systemClock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder, node: 'scp1' },
    checkpointMs: 100,
    onDeath: error => {
      throw error
    },
  })
  const maker = new BatchMaker({
    ...{ store, ring, draw: systemDraw, folder, cardsPerFile },
    later: () => () => {},
    checkpoint: () => background.ask('checkpoint', undefined),
    log: { info: () => {}, error: () => {} } as never,
  })
  maker.wake()
  let told = 0
  for (;;) {
    const making = await store.ask('batchInMaking', undefined)
    if (!making) break
    const made = maker.made(making.batch.batch) ?? 0
    if (made !== told) writeSync(1, `${made}\n`)
    told = made
    await wait(1)
  }
  await maker.close()
  await close()
  writeSync(1, 'done\n')
}

const [folder, cardsPerFile] = process.argv.slice(2)
if (folder && cardsPerFile) await makeUntilKilled(folder, Number(cardsPerFile))

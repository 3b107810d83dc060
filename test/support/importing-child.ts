import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../platform/clock.js'
import { CardImporter } from '../../scp/cards/card-importer.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { OFFICE, POLICY } from './scp-values.js'

/**
 * Imports what waits in a store until it is killed, or nothing waits: then it says `done` and ends. Each time that it
 * has come further it says to which line, at once.
 */
async function importUntilKilled(folder: string): Promise<void> {
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
  const importer = new CardImporter({
    ...{ store, ring, folder: join(folder, 'card-imports') },
    read: (name, ask) => background.ask(name, ask),
    later: () => () => {},
    log: { info: () => {}, error: () => {}, warn: () => {} } as never,
  })
  importer.wake()
  let told = 0
  for (;;) {
    const under = await store.ask('importUnderWay', undefined)
    if (!under) break
    if (under.line !== told) writeSync(1, `${under.line}\n`)
    told = under.line
    await wait(1)
  }
  await importer.close()
  await close()
  writeSync(1, 'done\n')
}

const [folder] = process.argv.slice(2)
if (folder) await importUntilKilled(folder)

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { parsePin } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { LeftOverSessions } from '../../scp/call-control/left-over-sessions.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { wrongPin } from './scp-desk.js'
import { freshToken, OFFICE, POLICY, phone } from './scp-values.js'

/** Calls under way at once. */
const FLOWS = 8

/** How much faster than ours the child's clock runs. */
const RATE = 5_000

/**
 * Makes calls of one entry each as fast as it can until it is killed, one in three with a wrong number
 * and one in seven with none; first closes what the last run left open. Tells `E` for each call whose
 * end is on disk.
 */
async function callUntilKilled(folder: string, from: number, startAt: number, pins: string[]) {
  const clock = new SetClock(epochMs(startAt))
  const began = performance.now()
  setInterval(() => {
    clock.set(epochMs(startAt + Math.floor((performance.now() - began) * RATE)))
  }, 2)
  const ring = KeyRing.read(join(folder, 'pin-keys'))
  if (!ring) throw new Error('there is no key ring')
  const { store } = await openStoreThreads({
    path: join(folder, 'scp.db'),
    clock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder, node: 'scp1' },
    checkpointMs: 10,
    onDeath: error => {
      throw error
    },
  })
  const now = (run: () => void) => {
    run()
    return () => {}
  }
  await LeftOverSessions.find(store, pino({ level: 'silent' }), 0, now)
  setInterval(() => void store.ask('closeQuarterHours', { max: 64 }), 5)
  let next = from
  const flow = async () => {
    for (let n = next++; n < pins.length; n = next++) {
      const token = freshToken()
      const msisdn = phone(n % 500)
      const kind = n % 2 === 0 ? 'mobilers' : 'pricall'
      await store.ask('openCallSession', {
        token,
        msisdn,
        kind,
        service: '1400',
        callId: token,
        cseq: 1,
      })
      await store.ask('permission', token)
      const pin = n % 3 === 0 ? wrongPin(n) : parsePin(pins[n] ?? '')
      if (pin && n % 7 !== 0) {
        await store.ask('charge', { id: chargeId(token, 1), digests: ring.digests(pin) })
      }
      await store.ask('endCallSession', { token, ending: { how: 'answered', heldMs: n } })
      writeSync(1, 'E\n')
      await turn()
    }
  }
  await Promise.all(Array.from({ length: FLOWS }, flow))
}

const [folder, from, startAt, pins] = process.argv.slice(2)
if (folder && pins) await callUntilKilled(folder, Number(from), Number(startAt), pins.split(','))

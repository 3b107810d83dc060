import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { parsePin } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { freshToken, MISTAKEN_FROM, OFFICE, POLICY, phone } from './scp-values.js'

/** Charge calls under way at once. */
const FLOWS = 4

/** How much faster than ours the child's clock runs: a quarter-hour in 30 ms. */
const RATE = 30_000

/** What the child is told when its turn has come: where to go on, and at what time. */
export interface Turn {
  /** First card that nobody has tried. */
  readonly from: number
  readonly startAt: number
  /** Pause between two checkpoints of its store, 10 ms where nothing is said. */
  readonly checkpointMs?: number
}

/**
 * Waits for its turn, so that a child can be started while another is at work. Then charges cards as fast
 * as it can until it is killed, telling by lines on its output, written at once:
 * `R` ready · `T <n>` trying card n · `A <n> <finding>` answered · `W <n> <finding>` a wrong number ·
 * `O <n> <outcome>` the card office was asked.
 */
async function chargeUntilKilled(folder: string, pins: string[]) {
  const { from, startAt, checkpointMs = 10 } = await turn()
  const clock = new SetClock(epochMs(startAt))
  const ring = KeyRing.read(join(folder, 'pin-keys'))
  if (!ring) throw new Error('there is no key ring')
  const fail = (error: Error) => {
    throw error
  }
  const { store, background } = await openStoreThreads({
    path: join(folder, 'scp.db'),
    clock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder: join(folder, 'files'), node: 'scp1' },
    checkpointMs,
    onDeath: fail,
  })
  const closer = new QuarterHourCloser({
    store,
    clock,
    log: { info: () => {}, error: () => {} },
    write: closed => background.ask('writeFiles', closed),
    writeDayCloses: closed => background.ask('writeDayCloses', closed),
  })
  // Not before the store is open, or more quarter-hours would end than can be written before the kill.
  const began = performance.now()
  setInterval(() => {
    clock.set(epochMs(startAt + Math.floor((performance.now() - began) * RATE)))
  }, 2)
  const tell = (line: string) => writeSync(1, `${line}\n`)
  tell('R')
  let next = from
  const enter = async (msisdn: ReturnType<typeof phone>, digits: string) => {
    const token = freshToken()
    await store.ask('openCallSession', {
      token,
      msisdn,
      kind: 'mobilers',
      service: '1400',
      callId: token,
      cseq: 1,
    })
    const pin = parsePin(digits)
    if (!pin) throw new Error('not a PIN')
    const id = chargeId(token, 1)
    return (await store.ask('charge', { id, digests: ring.digests(pin) })).finding
  }
  const askOffice = async (n: number) => {
    const person = { name: 'operator', role: 'operator' } as const
    const payload = { msisdn: phone(n) }
    const asked = { act: 'unlock_handset', person, reason: 'under load', payload }
    return (await store.ask('performAct', asked)).outcome
  }
  const flow = async () => {
    for (let n = next++; n < pins.length; n = next++) {
      const digits = pins[n]
      if (n % 5 === 0)
        tell(`W ${n} ${await enter(phone(MISTAKEN_FROM + (n % 100)), `${n}`.padStart(14, '0'))}`)
      if (n % 7 === 0) tell(`O ${n} ${await askOffice(n)}`)
      tell(`T ${n}`)
      tell(`A ${n} ${await enter(phone(n % 200), digits ?? '')}`)
    }
  }
  const closing = setInterval(() => void closer.run(), 5)
  await Promise.all(Array.from({ length: FLOWS }, flow))
  clearInterval(closing)
}

async function turn(): Promise<Turn> {
  const [line] = await once(process.stdin.setEncoding('utf8'), 'data')
  return JSON.parse(String(line))
}

const [folder, pins] = process.argv.slice(2)
if (folder && pins) await chargeUntilKilled(folder, pins.split(','))

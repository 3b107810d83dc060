import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CallSessionToken } from '../../domain/call-session.js'
import { type ChargeId, chargeId } from '../../domain/charge-id.js'
import { yen } from '../../domain/yen.js'
import { systemClock } from '../../platform/clock.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { checkpoint, openStore } from '../../platform/store.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { issueDemonstration } from '../../scp/cards/issue.js'
import { openKeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { CallSessions, type NewCallSession } from '../../scp/store/call-sessions.js'
import type { KeyedDigest } from '../../scp/store/cards.js'
import { Charges } from '../../scp/store/charges.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { Stamp } from '../../scp/store/stamp.js'
import { TableVersions } from '../../scp/store/table-versions.js'
import { booksWrong } from '../../test/support/disk/scp-audit.js'
import { freshToken, OFFICE, POLICY, phone } from '../../test/support/scp-values.js'
import { FACE_VALUE, NUMBERS, type RedemptionSide } from './side.js'

/** Entries of one call, so that few calls have to be opened before the time is taken. */
const ENTRIES_A_CALL = 9

/** Pause between two checkpoints, in ms, as the program has it. */
const CHECKPOINT_MS = 1_000

/** Most cards that are made at once. */
const BATCH = 100_000

/** scp's store in threads, as the program opens it. */
const openThreads = (folder: string) =>
  openStoreThreads({
    path: join(folder, 'scp.db'),
    clock: systemClock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder, node: 'scp1' },
    checkpointMs: CHECKPOINT_MS,
    onDeath: error => {
      throw error
    },
  })

/** Makes cards in a new store as the product makes them; answers the digests that their callers key. */
async function fillStore(folder: string, cards: number): Promise<(readonly KeyedDigest[])[]> {
  mkdirSync(folder, { recursive: true })
  const { store, close } = await openThreads(folder)
  const ring = await openKeyRing(join(folder, 'pin-keys'), store)
  const wallet: (readonly KeyedDigest[])[] = []
  for (let left = cards; left > 0; left -= BATCH) {
    const count = Math.min(left, BATCH)
    const order = { count, faceValue: yen(FACE_VALUE), expiresAt: undefined, activated: true }
    const keep = () => 'nowhere'
    const made = await issueDemonstration({ store, ring, draw: systemDraw, keep }, order)
    wallet.push(...made.cards.map(({ pin }) => ring.digests(pin)))
  }
  await close()
  return wallet
}

/** The product as it runs: callers at once, one writer in a thread, group commit. */
export async function productAtOnce(
  folder: string,
  callers: number,
  cards: number,
): Promise<RedemptionSide & { readonly race: (races: number) => Promise<number> }> {
  const wallet = await fillStore(folder, cards)
  const { store, close } = await openThreads(folder)
  let redeemed = 0
  let ids: ChargeId[] = []
  const charge = async (id: ChargeId, digests: readonly KeyedDigest[]) => {
    const { finding } = await store.ask('charge', { id, digests })
    if (finding === 'redeemed') redeemed++
    return finding === 'redeemed'
  }
  const prepare = async (charges: number) => {
    const calls = callsFor(charges)
    await Promise.all(calls.map(call => store.ask('openCallSession', call)))
    ids = idsOf(calls, charges)
  }
  const caller = async () => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) await charge(id, wallet.pop() ?? [])
  }
  return {
    name: `product, ${callers} callers at once`,
    prepare,
    run: async () => void (await Promise.all(Array.from({ length: callers }, caller))),
    /** Two callers key each card at the same moment; answers how many cards were credited twice. */
    race: async races => {
      await prepare(2 * races)
      let twice = 0
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const digests = wallet.pop() ?? []
        const credited = await Promise.all([charge(id, digests), charge(ids.pop() ?? id, digests)])
        if (credited.every(Boolean)) twice++
      }
      return twice
    },
    close: async () => {
      await close()
      return auditOf(folder, redeemed)
    },
  }
}

/** The product's charge transaction alone: the same statements, no thread, a commit for each charge. */
export async function productAlone(folder: string, cards: number): Promise<RedemptionSide> {
  const wallet = await fillStore(folder, cards)
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  const writer = new GroupCommit(store, { groupMax: 1 })
  const stamp = new Stamp(systemClock, systemClock.now())
  const tables = new TableVersions(store, OFFICE.tables)
  const charges = new Charges(store, stamp, POLICY, await loadScenarios(ALL_OWN), tables)
  const sessions = new CallSessions(store)
  let redeemed = 0
  let ids: ChargeId[] = []
  return {
    name: 'product, one at a time',
    prepare: async count => {
      const calls = callsFor(count)
      store.transaction(() => {
        for (const call of calls) sessions.open(call, systemClock.now())
      })()
      ids = idsOf(calls, count)
      checkpoint(store)
    },
    run: async () => {
      for (const id of ids) {
        const { finding } = await writer.run(() => charges.charge(id, wallet.pop() ?? []))
        if (finding === 'redeemed') redeemed++
      }
    },
    close: async () => {
      store.close()
      return auditOf(folder, redeemed)
    },
  }
}

function callsFor(charges: number): NewCallSession[] {
  return Array.from({ length: Math.ceil(charges / ENTRIES_A_CALL) }, (_, n) => {
    const token = freshToken()
    const msisdn = phone(n % NUMBERS)
    return { token, msisdn, kind: 'mobilers', service: '1400', callId: token, cseq: 1 }
  })
}

const idsOf = (calls: readonly { token: CallSessionToken }[], charges: number): ChargeId[] =>
  Array.from({ length: charges }, (_, n) => {
    const call = calls[Math.floor(n / ENTRIES_A_CALL)]
    if (!call) throw new Error('a call is missing')
    return chargeId(call.token, 1 + (n % ENTRIES_A_CALL))
  })

function auditOf(folder: string, redeemed: number): string[] {
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  const charged = new Set(
    store.prepare('SELECT serial FROM charge_record').pluck().all().map(Number),
  )
  const wrong = booksWrong(store, { charged: [], refused: [], wrong: new Map() }, charged)
  if (charged.size !== redeemed) wrong.push(`${redeemed} charges told, ${charged.size} recorded`)
  store.close()
  return wrong
}

import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import type { Pin } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { NetworkClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { transferKey } from '../../platform/transfer-signature.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { issueDemonstration } from '../../scp/cards/issue.js'
import { openKeyRing } from '../../scp/cards/key-ring.js'
import { pinKeysFile, scpStore } from '../../scp/config.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { CrsClient } from '../../scp/transfer/crs-client.js'
import { CrsSender } from '../../scp/transfer/sender.js'
import { freshToken, OFFICE, POLICY } from './scp-values.js'

/** An MCSCP node without its calls: store, closer and sender in a home, CRS at the far end. */
export type ScpNode = Awaited<ReturnType<typeof openNode>>

/** Opens a node's store in a home; its files are closed and sent when it is told so. */
export async function openNode(
  home: Home,
  clock: NetworkClock,
  crsPort: number,
  log: Logger = pino({ level: 'silent' }),
) {
  const fail = (error: Error) => {
    throw error
  }
  const threads = await openStoreThreads({
    path: scpStore(home),
    clock,
    policy: POLICY,
    office: OFFICE,
    scenarios: ALL_OWN,
    place: { folder: home.quarterHourFiles, node: 'scp1' },
    checkpointMs: 20,
    onDeath: fail,
  })
  const { store, background } = threads
  const place = { host: '127.0.0.1', port: crsPort }
  const client = new CrsClient({ place, node: 'scp1', key: transferKey(home, 'scp1') })
  const ring = await openKeyRing(pinKeysFile(home), store)
  const sender = () =>
    new CrsSender({ store, read: due => background.ask('readFiles', due), client, log })
  const closer = new QuarterHourCloser({
    store,
    clock,
    log,
    write: closed => background.ask('writeFiles', closed),
    writeDayCloses: closed => background.ask('writeDayCloses', closed),
  })
  let sending: CrsSender | undefined
  return {
    store,
    client,
    path: scpStore(home),
    files: join(home.quarterHourFiles),
    /** Makes cards that can be used. */
    async cards(count: number, faceValue: number) {
      const order = { count, faceValue: yen(faceValue), expiresAt: undefined, activated: true }
      const keep = () => 'nowhere'
      return (await issueDemonstration({ store, ring, draw: systemDraw, keep }, order)).cards
    },
    /** Charges a card in a call of its own; the true finding. */
    async charge(msisdn: Msisdn, pin: Pin, kind: ChargeKind = 'mobilers') {
      const token = freshToken()
      const call = { token, msisdn, kind, service: '1400', callId: token, cseq: 1 } as const
      await store.ask('openCallSession', call)
      const id = chargeId(token, 1)
      return (await store.ask('charge', { id, digests: ring.digests(pin) })).finding
    },
    /** Closes and writes what is due, and sends it to CRS from now on. */
    async close15() {
      await closer.run()
      sending ??= sender()
      sending.written()
    },
    async end() {
      await closer.close()
      await sending?.close()
      client.close()
      await threads.close()
    },
  }
}

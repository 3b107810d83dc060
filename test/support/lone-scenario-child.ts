import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { issueDemonstration } from '../../scp/cards/issue.js'
import { openKeyRing } from '../../scp/cards/key-ring.js'
import { readScenarioList } from '../../scp/scenarios/scenario-list.js'
import { openStoreThreads } from '../../scp/store/open.js'
import { freshToken, OFFICE, POLICY, phone } from './scp-values.js'

/**
 * Runs the road of one charge kind, ⑬ to ⑯, on a store of its own with the scenarios that are named, and
 * prints what came of it as JSON: `lone-scenario-child.js <kind> <list of scenarios>`.
 */
const [kind = '', list = ''] = process.argv.slice(2)
if (kind !== 'mobilers' && kind !== 'pricall') throw new TypeError(`no charge kind: ${kind}`)

const folder = mkdtempSync(join(tmpdir(), 'mcscp-lone-'))
const [scenarios] = readScenarioList(list)
const { store, close } = await openStoreThreads({
  path: join(folder, 'scp.db'),
  clock: new SetClock(epochMs(Date.parse('2001-01-15T12:00:00+09:00'))),
  policy: POLICY,
  office: OFFICE,
  scenarios,
  place: { folder, node: 'scp1' },
  checkpointMs: 1_000,
  onDeath: error => {
    throw error
  },
})
const ring = await openKeyRing(join(folder, 'pin-keys'), store)
const order = { count: 1, faceValue: yen(3_000), expiresAt: undefined, activated: true }
const keep = () => 'nowhere'
const { cards } = await issueDemonstration({ store, ring, draw: systemDraw, keep }, order)
const [card] = cards
if (!card) throw new Error('no card was made')
const token = freshToken()
const call = { token, msisdn: phone(1), kind, service: '1400', callId: token, cseq: 1 } as const
await store.ask('openCallSession', call)
const { permission } = await store.ask('permission', token)
const digests = ring.digests(card.pin)
const { answer } = await store.ask('charge', { id: chargeId(token, 1), digests })
const waiting = await store.ask('waitingUnits', { after: 0, max: 10 })
await store.ask('endCallSession', { token, ending: { how: 'answered', heldMs: 1_000 } })
await close()
process.stdout.write(
  JSON.stringify({
    permission: permission.outcome,
    answer: answer.outcome,
    units: waiting.map(({ units }) => units),
  }),
)

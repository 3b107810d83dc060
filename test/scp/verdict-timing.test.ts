import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SetClock } from '../../platform/clock.js'
import { openStore } from '../../platform/store.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { Charges } from '../../scp/store/charges.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { Stamp } from '../../scp/store/stamp.js'
import { TableVersions } from '../../scp/store/table-versions.js'
import { noting } from '../support/noting-store.js'
import { entryOf, jst, openDesk } from '../support/scp-desk.js'
import { OFFICE, POLICY, phone } from '../support/scp-values.js'
import {
  ksChance,
  median,
  report,
  verdictsAtScp,
  WRONG_CLASSES,
  wrongCards,
} from '../support/verdict-timing.js'

const NOON = jst('2001-01-15T12:00:00')

/** Each class keyed by a handset of its own on the bare writer: what it asked of the store, and the answer. */
async function statementsByClass(t: Test) {
  const folder = t.testdir()
  const clock = new SetClock(NOON)
  const desk = await openDesk(t, { folder, clock })
  const cards = await wrongCards(desk, 2)
  const calls = await Promise.all([0, 1, 2, 3, 4].map(n => desk.call(phone(n))))
  await desk.close()
  const { store, noted } = noting(openStore(join(folder, 'scp.db'), MIGRATIONS))
  const tables = new TableVersions(store, OFFICE.tables)
  const scenarios = await loadScenarios(ALL_OWN)
  const charges = new Charges(store, new Stamp(clock, NOON), POLICY, scenarios, tables)
  // The first of a minute learns what is usual, whatever it keys.
  const asked = ['unknown' as const, ...WRONG_CLASSES].map((kind, n) => {
    const token = calls[n]
    if (!token) throw new Error('a call was not opened')
    noted.length = 0
    const { answer, finding } = charges.charge(entryOf(token), desk.ring.digests(cards[kind](0)))
    return { kind, finding, answer, statements: [...noted] }
  })
  store.close()
  return asked.slice(1)
}

t.test('XP4: whatever makes a number wrong, the same is asked of the store, in order', async t => {
  const asked = await statementsByClass(t)
  const [unknown] = asked
  t.ok((unknown?.statements.length ?? 0) > 8, 'what is asked is noted')
  for (const { kind, finding, answer, statements } of asked) {
    t.equal(finding, kind, 'the log has the reason')
    t.strictSame(answer, { outcome: 'unusable', nowLocked: false }, `${kind}: the same answer`)
    t.strictSame(statements, unknown?.statements, `${kind}: the same statements`)
  }
})

t.test('XP4: two hundred of each class, from ivr’s question to the answer', async t => {
  const verdicts = await verdictsAtScp(t, 200)
  for (const kind of WRONG_CLASSES) {
    t.strictSame(verdicts[kind].answer, { outcome: 'unusable', nowLocked: false }, kind)
    t.equal(verdicts[kind].ms.length, 200)
  }
  for (const line of report(verdicts)) t.comment(line)
})

t.test('the statistics tell one distribution from two', async t => {
  const grid = (from: number) => Array.from({ length: 500 }, (_, n) => from + n / 500)
  t.equal(median([3, 1, 2]), 2)
  t.ok(ksChance(grid(0), grid(0.001)) > 0.9, 'as good as the same')
  t.ok(ksChance(grid(0), grid(0.2)) < 0.001, 'a fifth further on')
})

import t from 'tap'
import type { ChargeSum } from '../../domain/day-sums.js'
import { parseJstDay } from '../../domain/jst.js'
import { ProofReader } from '../../noc/proof/ask-sums.js'
import { proofOf } from '../../noc/proof/proof.js'
import { Fault } from '../../platform/fault.js'

const DAY = parseJstDay('2001-01-15')
if (!DAY) throw new Error('no day')

const sum = (count: number): ChargeSum => ({ count, yen: count * 1_000 })

const told = (
  used: number,
  recorded: number,
  filed: number,
  hourly: number | undefined,
  ledger: number | undefined,
) => ({
  scp: {
    kinds: [
      { kind: 'mobilers' as const, used: sum(used), recorded: sum(recorded), filed: sum(filed) },
    ],
    ...{ files: sum(filed), unitsOwed: sum(0), unitsAdded: sum(0) },
  },
  hourly: hourly === undefined ? undefined : sum(hourly),
  ledger: ledger === undefined ? undefined : sum(ledger),
})

t.test('the day’s sums are held against each other, each against the one before', async t => {
  // biome-ignore format: table
  for (const [sums, state, because] of [
    [told(5, 5, 5, 5, 5),                 'same',       'every card arrived'],
    [told(0, 0, 0, 0, 0),                 'same',       'nothing was charged'],
    [told(5, 5, 4, 4, 0),                 'on_its_way', 'the last file and the last hour are not closed'],
    [told(5, 4, 4, 4, 4),                 'differs',    'a card is used and its record is written at once'],
    [told(4, 5, 4, 4, 4),                 'differs',    'a record without a card'],
    [told(5, 5, 4, 5, 4),                 'differs',    'an hour holds more than was sent'],
    [told(5, 5, 5, 5, 6),                 'differs',    'the ledger has a charge too many'],
    [told(5, 5, 5, undefined, 5),         'unknown',    'CRS gave no answer'],
    [told(5, 5, 5, undefined, 6),         'differs',    'and what is known differs all the same'],
    [{ ...told(5, 5, 5, 5, 5), scp: undefined }, 'unknown', 'scp gave no answer'],
  ] as const) {
    t.equal(proofOf(DAY, sums).lines[0]?.state, state, because)
  }
  const files = { ...told(5, 5, 5, 5, 5), scp: { ...told(5, 5, 5, 5, 5).scp, files: sum(4) } }
  t.equal(proofOf(DAY, files).lines[0]?.state, 'differs', 'a file says less than its records')
  const { scp } = told(0, 0, 0, 0, 0)
  for (const [owed, added, state] of [
    [2, 2, 'same'],
    [2, 1, 'on_its_way'],
    [1, 1, 'differs'],
    [2, 3, 'differs'],
  ] as const) {
    const pricall = { kind: 'pricall' as const, used: sum(2), recorded: sum(2), filed: sum(0) }
    const units = { kinds: [pricall], unitsOwed: sum(owed), unitsAdded: sum(added) }
    const { lines } = proofOf(DAY, { ...told(0, 0, 0, 0, 0), scp: { ...scp, ...units } })
    t.equal(lines[1]?.state, state, `${owed} owed, ${added} added`)
  }
})

t.test('a day is summed once for all who look, and a program that is gone is told of', async t => {
  let nowMs = 0
  const asked: string[] = []
  const answers = (name: string, body: unknown) => ({
    async ask({ path }: { path: string }) {
      asked.push(`${name} ${path}`)
      if (body === undefined) throw new Fault('PEER_UNREACHABLE', 'gone')
      return { status: 200, body }
    },
  })
  const reader = new ProofReader({
    scp: answers('scp', told(1, 1, 1, 1, 1).scp),
    crs: answers('crs', { hourly: sum(1) }),
    billing: answers('billing', undefined),
    nowMs: () => nowMs,
  })
  const [one, other] = await Promise.all([reader.of(DAY), reader.of(DAY)])
  t.equal(one, other)
  t.strictSame(
    asked.map(line => line.split(' ')[0]),
    ['billing', 'crs', 'scp'],
    'the last stage first',
  )
  t.match(one.lines[0], { state: 'unknown', stages: [{}, {}, {}, { sum: sum(1) }, { sum: null }] })
  nowMs = 10_000
  await reader.of(DAY)
  t.equal(asked.length, 6)
})

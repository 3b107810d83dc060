import t from 'tap'
import type { JstDay } from '../../domain/jst.js'
import { liveThrough } from '../support/customer-life.js'
import { holdsGolden } from '../support/golden.js'

t.setTimeout(300_000)

t.test(
  'three months of a customer: from its cards to its bills, its end and its settlement',
  async t => {
    const told = await liveThrough(t, {
      begins: '2000-12-28' as JstDay,
      months: 3,
      events: [
        ['2000-12-28T10:00', 'charges', 3_000],
        ['2000-12-29T10:00', 'charges', 5_000],
        ['2000-12-29T15:00', 'changes_plan', 'digital-800-b', '2001-02-01'],
        ['2000-12-30T09:00', 'charges_late', 3_000, '2001-01-20T23:00'],
        ['2001-01-18T10:00', 'changes_number'],
        ['2001-01-18T11:00', 'charges', 1_000],
        ['2001-02-10T10:00', 'charges', 5_000],
        ['2001-02-20T10:30', 'ends', 1_000],
      ],
    })
    holdsGolden(t, 'scenarios/customer-life.golden.txt', told)
  },
)

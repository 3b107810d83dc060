import t from 'tap'
import type { JstDay } from '../../domain/jst.js'
import { liveThrough } from '../support/customer-life.js'
import { holdsGolden } from '../support/golden.js'

t.setTimeout(1_800_000)

t.test(
  'two years of a customer: from its cards to its bills, its end and its settlement',
  async t => {
    const told = await liveThrough(t, {
      begins: '2000-12-01' as JstDay,
      months: 24,
      events: [
        ['2000-12-20T10:00', 'charges', 3_000],
        ['2001-01-20T10:00', 'charges', 5_000],
        ['2001-02-20T10:00', 'charges', 3_000],
        ['2001-02-25T15:00', 'changes_plan', 'digital-800-b', '2001-04-01'],
        ['2001-03-20T09:00', 'charges_late', 5_000, '2001-04-20T09:00'],
        ['2001-05-31T23:59', 'charges', 1_000],
        ['2001-06-17T10:00', 'changes_number'],
        ['2001-06-17T11:00', 'charges', 3_000],
        ['2001-09-20T10:00', 'charges', 5_000],
        ['2001-09-20T10:05', 'charges', 5_000],
        ['2001-09-20T10:10', 'charges', 5_000],
        ['2001-11-10T10:00', 'changes_plan', 'ohanashi-plus-l', '2002-01-01'],
        ['2002-01-20T10:00', 'charges', 5_000],
        ['2002-05-20T10:00', 'charges', 5_000],
        ['2002-08-20T10:00', 'charges', 500],
        ['2002-10-20T10:00', 'charges', 5_000],
        ['2002-11-20T10:30', 'ends', 1_000],
      ],
    })
    holdsGolden(t, 'night/customer-life.golden.txt', told)
  },
)

import t from 'tap'
import { trafficDay } from '../support/traffic-day.js'

const slow = { timeout: 3_600_000 }
t.setTimeout(slow.timeout)

t.test('M-17: every row of a seeded day of 100,000 calls adds up', slow, t =>
  trafficDay(t, { seed: 20_010_117, calls: 100_000, tickMs: 10_000 }),
)

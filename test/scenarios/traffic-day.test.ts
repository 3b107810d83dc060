import t from 'tap'
import { trafficDay } from '../support/traffic-day.js'

t.setTimeout(120_000)

t.test('M-17: every row of a seeded day adds up, by quarter-hour, hour and day', t =>
  trafficDay(t, { seed: 20_010_116, calls: 5_000, tickMs: 300_000 }),
)

import t from 'tap'
import { dayOfCalls } from '../support/day-of-calls.js'

const slow = { timeout: 3_600_000 }
t.setTimeout(slow.timeout)

t.test('a day of 10,000 calls, of kills, repeats and an absent CRS, adds up to the yen', slow, t =>
  dayOfCalls(t, { seed: 20_001_204, calls: 10_000, killsEach: 10, repeats: 200, rate: 1_200 }),
)

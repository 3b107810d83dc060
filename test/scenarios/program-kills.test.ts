import t from 'tap'
import { chargeThroughKills, EACH_ON_THE_WAY_AND_ALL } from '../support/program-kills.js'

const patience = { timeout: 600_000 }
t.setTimeout(patience.timeout)

t.test(
  'N-09: each program killed in turn, and all at once, loses no charge and leaves no call',
  patience,
  t =>
    chargeThroughKills(t, {
      targets: EACH_ON_THE_WAY_AND_ALL,
      kills: EACH_ON_THE_WAY_AND_ALL.length,
      withinMs: 1_500,
      lines: 4,
      cards: 100,
      seed: 20_001_201,
    }),
)

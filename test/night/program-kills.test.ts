import t from 'tap'
import { chargeThroughKills, EACH_AND_ALL } from '../support/program-kills.js'

const slow = { timeout: 7_200_000 }
t.setTimeout(slow.timeout)

t.test(
  'a hundred kills of programs in turn, and of all, lose no charge and leave no call',
  slow,
  t =>
    chargeThroughKills(t, {
      targets: EACH_AND_ALL,
      kills: 100,
      withinMs: 8_000,
      lines: 8,
      cards: 2_000,
      seed: 19_991_201,
      toTheLastSession: true,
    }),
)

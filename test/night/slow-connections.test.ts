import t from 'tap'
import { besiegeIdly } from '../support/siege.js'

// XS10 of docs/faults.md, in thousands; both ends are this process: `ulimit -n` must allow 12,000.

t.setTimeout(600_000)

t.test('5,000 idle connections of one source on each port', async t => {
  await besiegeIdly(t, { held: 2_000, tried: 5_000 })
})

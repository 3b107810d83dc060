import t from 'tap'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { trafficKinds, trafficMeasures } from '../../scp/store/keys.js'
import { ChargingEnd } from '../support/charging-end.js'
import { OfferedCalls, type OfferedEnd } from '../support/offered-calls.js'

t.setTimeout(300_000)

/** Call attempts taken a second, and calls at once. */
const [RATE, AT_ONCE] = [15, 10]

/** Tries of a caller behind the crowd; more than there are answers until a place is free. */
const TRIES = 400

/** Offered at once: many times as many as are let in. */
const OFFERED = 200

t.test(
  'M-05, XS9: of many times the calls that can be let in, those let in finish and the others are told',
  async t => {
    const end = await ChargingEnd.open(t, {
      MCSCP_SCP_CALLS_A_SECOND: `${RATE}`,
      MCSCP_SCP_CALLS_MAX: `${AT_ONCE}`,
    })
    const { programs } = end
    const calls = await OfferedCalls.open(t, programs.home, programs.ports.scpSip)
    await end.stock(OFFERED + 1)
    const ready = await calls.ready(OFFERED)
    const ends = await Promise.all(ready.map(call => calls.make(call)))
    const wrong = ends.filter(one => typeof one === 'object')
    t.strictSame(wrong, [], 'no call is left waiting, cut off, or refused without a word')
    const served = ends.filter(one => one === 'served').length
    const refused = ends.filter(one => one === 'refused').length
    t.equal(served + refused, OFFERED, 'nothing is lost')
    t.ok(served > 0, `${served} were let in, and charged`)
    t.ok(refused > 0, `${refused} heard that it is congested`)

    let late = 0
    let last: OfferedEnd = 'refused'
    for (const call of await calls.ready(TRIES)) {
      if (last !== 'refused') break
      last = await calls.make(call)
      if (last === 'refused') late++
    }
    t.equal(last, 'served', 'and then the next caller is let in')
    t.strictSame([end.charged, end.wrong.size], [served + 1, 0], 'who was let in was charged')

    t.equal(await programs.stop('scp'), 'code 0')
    const store = openStoreToRead(scpStore(programs.home))
    const counted = store
      .prepare<[number, number], number>(
        'SELECT coalesce(sum(amount), 0) FROM traffic_count WHERE charge_kind IN (?, 1) AND measure = ?',
      )
      .pluck()
      .get(trafficKinds.code('none'), trafficMeasures.code('congestion'))
    t.equal(counted, refused + late, 'every one of them is counted in the charge traffic')
    t.equal(
      store.prepare('SELECT count(*) FROM charge_record').pluck().get(),
      served + 1,
      'each once',
    )
    store.close()
  },
)

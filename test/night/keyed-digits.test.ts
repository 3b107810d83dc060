import { randomInt } from 'node:crypto'
import t from 'tap'
import { keyCalls } from '../support/keyed-line.js'

/** Other calls every night; the seed in the log repeats them. */
const seed = Number(process.env.KEYS_SEED ?? randomInt(2 ** 31))

t.setTimeout(30 * 60 * 1_000)
t.comment(`KEYS_SEED=${seed}`)

t.test('XR1: 1,000,000 keys at 10 % loss: none wrong, none twice', async t => {
  const line = { lossPercent: 10, doublePercent: 5, delayMs: 60 }
  const { keyed, heard, wrongCalls } = keyCalls(1_000_000, line, seed)
  t.strictSame(wrongCalls, [])
  t.ok(heard >= keyed * 0.9999, `${keyed - heard} of ${keyed} lost; 1 in 10,000 may be`)
})

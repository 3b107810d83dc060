import t from 'tap'
import { keyCalls } from '../../support/keyed-line.js'

t.test(
  'XR1: 100,000 keys at 10 % loss, by phones of every kind: none wrong, none twice',
  async t => {
    const line = { lossPercent: 10, doublePercent: 5, delayMs: 60 }
    const { keyed, heard, wrongCalls } = keyCalls(100_000, line, 4_733)
    t.strictSame(wrongCalls, [], 'each call heard what it keyed, in order, each key once')
    t.ok(heard >= keyed * 0.9999, `${keyed - heard} of ${keyed} lost; 1 in 10,000 may be`)
  },
)

t.test('XR1: on a line that loses nothing every key is heard', async t => {
  const line = { lossPercent: 0, doublePercent: 20, delayMs: 15 }
  const { keyed, heard, wrongCalls } = keyCalls(5_000, line, 3_550)
  t.strictSame(wrongCalls, [])
  t.equal(heard, keyed)
})

t.test('XR1: at 30 % loss keys are missed, and still none is wrong', async t => {
  const line = { lossPercent: 30, doublePercent: 30, delayMs: 120 }
  const { keyed, heard, wrongCalls } = keyCalls(5_000, line, 2_833)
  t.strictSame(wrongCalls, [])
  t.ok(heard >= keyed * 0.99, `${keyed - heard} of ${keyed} lost`)
})

import t from 'tap'
import { keysInGuidance } from '../support/guidance-talk-off.js'
import { keysInNoise } from '../support/tone-line.js'

t.setTimeout(600_000)

t.test('XR1: talk-off: no key is heard in all of the guidance, some 25 minutes', async t => {
  const { found, clips, seconds } = keysInGuidance(1)
  t.strictSame(found, [], `${clips} clips, ${Math.round(seconds)} s of speech`)
  t.ok(seconds > 1_200, `${seconds} s`)
})

t.test('XR1: of 10,000 keys at 15 dB 99.9 % are heard, and none is wrong', async t => {
  const { share, right } = keysInNoise(15, 10_000, 1_400)
  t.ok(share >= 0.999, `${share * 100} %`)
  t.ok(right)
})

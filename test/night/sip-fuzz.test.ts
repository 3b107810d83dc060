import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { mutatedMessages, validRequests } from '../support/sip-fuzz.js'
import { assertDatagramHolds, assertStreamHolds } from '../support/sip-invariants.js'

/** Other inputs every night; the seed in the log repeats them. */
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))

t.setTimeout(30 * 60 * 1_000)
t.comment(`FUZZ_SEED=${seed}`)

t.test('XS3: 1,000,000 inputs: nothing but ParseError, and what is read stays', async t => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 })
  const messages = mutatedMessages([])
  fc.assert(fc.property(messages, assertDatagramHolds), { numRuns: 700_000, seed })
  fc.assert(fc.property(messages, sizes, assertStreamHolds), { numRuns: 200_000, seed })
  fc.assert(fc.property(validRequests, assertDatagramHolds), { numRuns: 100_000, seed })
  t.pass('all held')
})

import t from 'tap'
import { compareLives } from '../support/month-lives.js'

t.setTimeout(1_800_000)

/** Lives of 36 months. */
const LIVES = 300

t.test('B-11, B-13, B-22: many more random lives come to what the model says', async t => {
  t.equal(await compareLives(t, LIVES, 11), LIVES)
})

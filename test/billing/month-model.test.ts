import t from 'tap'
import { compareLives } from '../support/month-lives.js'

/** Lives of 36 months at the commit tier; test/night lives more of them. */
const LIVES = 6

t.test(
  'B-11, B-13, B-22: 36 random months come to what a model of a hundred lines says',
  async t => {
    t.equal(await compareLives(t, LIVES, 4), LIVES)
  },
)

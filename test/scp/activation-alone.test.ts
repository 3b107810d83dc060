import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { cardMakerKey } from '../support/card-maker-desk.js'
import { openOffice, person } from '../support/office-desk.js'

/** Cards of the batch, and how many one person may activate alone (MCSCP_ACTIVATE_ALONE). */
const [CARDS, ALONE] = [500, 100]

const DAY_MS = 86_400_000

const [issuer, supervisor, custodian] = [
  person('card-issuer'),
  person('supervisor'),
  person('key-custodian'),
]

t.test('XW7: what one person activates alone is summed up over 24 hours', async t => {
  const office = await deliveredBatch(t)
  const activate = async (first: number, last: number, by = issuer) =>
    (await office.act('activate_cards', by, range(first, last))).status
  const { clock } = office.desk
  const pass = (ms: number) => clock.set(epochMs(clock.now() + ms))
  t.equal(await activate(1, ALONE + 1), 202, 'more at once wait for a second person')
  t.equal(await activate(1, ALONE - 1), 200, 'one less than may be')
  t.equal(await activate(ALONE, ALONE + 1), 202, 'two more are one too many')
  t.equal(await activate(ALONE, ALONE), 200, 'one more is the last')
  t.equal(await activate(ALONE + 1, ALONE + 1), 202, 'nothing is left of the day')
  t.equal(
    await activate(ALONE + 1, ALONE + 1, { ...issuer, name: 'another' }),
    200,
    'another person has a day of their own',
  )
  pass(DAY_MS - 1)
  t.equal(await activate(ALONE + 2, ALONE + 2), 202, 'a day is not over')
  pass(1)
  t.equal(await activate(ALONE + 2, ALONE + 2), 200, 'a day later')
})

t.test('XW7: what a second person approved counts for nobody', async t => {
  const office = await deliveredBatch(t)
  const asked = await office.act('activate_cards', issuer, range(1, 400))
  await office.decide(asked.body.approval, { by: supervisor, sha256: asked.body.sha256 })
  const alone = await office.act('activate_cards', issuer, range(401, 400 + ALONE))
  t.equal(alone.status, 200)
})

const range = (first: number, last: number) => ({
  firstSerial: serial(first),
  lastSerial: serial(last),
})

const serial = (number: number) => `MCA${`${number}`.padStart(9, '0')}`

/** A batch whose cards are in the shops. */
async function deliveredBatch(t: Test) {
  const office = await openOffice(t, { cardsPerFile: 1_000 })
  t.teardown(() => office.close())
  const approved: typeof office.act = async (name, by, payload) => {
    const asked = await office.act(name, by, payload)
    if (asked.status !== 202) return asked
    return office.decide(asked.body.approval, { by: supervisor, sha256: asked.body.sha256 })
  }
  const { recipient } = await cardMakerKey()
  const plan = { count: CARDS, faceValue: 500, pinLength: 14, design: 'x', distributor: 'y' }
  await approved('plan_batch', issuer, plan)
  await approved('generate_batch', issuer, { batch: 1, recipient })
  await office.made()
  await approved('export_batch', custodian, { batch: 1, handedTo: 'the card maker' })
  await approved('deliver_cards', issuer, range(1, CARDS))
  return office
}

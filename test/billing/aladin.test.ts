import t from 'tap'
import { charge, contractId, jst, number, openBillingDesk } from '../support/billing-desk.js'

t.test(
  'S-28: a shop sees what was summed up to the day before yesterday, and as of when',
  async t => {
    const desk = openBillingDesk(t, '2000-12-12T10:00')
    await desk.contract(1)
    const ask = () => desk.store.aladin({ msisdn: number(1) })
    t.match(await ask(), { outcome: 'nothing_summed_up' })
    const cards = [
      charge(1, '2000-12-08T10:00', 3_000),
      charge(1, '2000-12-10T23:59:59.999', 1_000),
      charge(1, '2000-12-11T00:00', 500),
    ]
    await desk.days('2000-12-08', '2000-12-11', cards)
    // biome-ignore format: table
    for (const [now, asOf, charges, registered, because] of [
    ['2000-12-11T23:59:59.999', '2000-12-09', 1, 3_000, 'yesterday’s charge is absent'],
    ['2000-12-12T00:00',        '2000-12-10', 2, 4_000, 'the day before yesterday’s is there'],
    ['2000-12-12T23:59:59.999', '2000-12-10', 2, 4_000, 'and nothing more all day'],
    ['2000-12-13T00:00',        '2000-12-11', 3, 4_500, 'a charge of d shows from d+2'],
    ['2000-12-20T12:00',        '2000-12-11', 3, 4_500, 'no further than days are complete'],
  ] as const) {
    desk.clock.set(jst(now))
    const answer = await ask()
    t.match(answer, { outcome: 'found', view: { asOf, registeredYen: registered } }, because)
    if (answer.outcome === 'found') t.equal(answer.view.charges.length, charges, because)
  }
  },
)

t.test('S-28: what is to be applied to the next invoice, and what was applied', async t => {
  const desk = openBillingDesk(t, '2000-12-01')
  await desk.contract(1)
  await desk.days('2000-12-01', '2000-12-31', [charge(1, '2000-12-15T12:00', 3_000)])
  const shown = async (now: string) => {
    desk.clock.set(jst(now))
    const answer = await desk.store.aladin({ msisdn: number(1) })
    return answer.outcome === 'found' ? answer.view : undefined
  }
  t.match(await shown('2001-01-02'), { scheduledMonth: '2000-11', scheduledYen: 0 })
  await desk.days('2001-01-01', '2001-01-08', [charge(1, '2001-01-05T12:00', 1_000)])
  t.match(await shown('2001-01-09T10:00'), {
    asOf: '2001-01-07',
    scheduledMonth: '2000-12',
    scheduledYen: 3_000,
    balanceYen: 4_000,
    validUntil: '2003-01-31',
    applications: [],
  })
  await desk.closeMonth('2000-12', { 1: 1_200 })
  t.match(
    await shown('2001-01-10T10:00'),
    { balanceYen: 4_000, applications: [] },
    'on the next day',
  )
  await desk.days('2001-01-09', '2001-01-10', [])
  t.match(await shown('2001-01-12T10:00'), {
    asOf: '2001-01-10',
    scheduledMonth: '2001-01',
    scheduledYen: 2_800,
    balanceYen: 2_800,
    registeredYen: 1_000,
    applications: [{ month: '2000-12', applied: 1_200, carriedOut: 1_800 }],
  })
})

t.test(
  'B-04: a customer is found by number, card and contract, whatever number it has',
  async t => {
    const desk = openBillingDesk(t, '2000-12-01')
    await desk.contract(1)
    const [first, second] = [
      charge(1, '2000-12-05T12:00', 3_000),
      charge(2, '2000-12-08T12:00', 1_000),
    ]
    await desk.days('2000-12-05', '2000-12-06', [first])
    desk.clock.set(jst('2000-12-07'))
    await desk.store.changeNumber(contractId('K1'), number(2), jst('2000-12-07'))
    await desk.days('2000-12-07', '2000-12-08', [second])
    desk.clock.set(jst('2000-12-09T12:00'))
    const unseen = await desk.store.aladin({ card: second.serial })
    t.match(unseen, { outcome: 'unknown' }, 'a card of yesterday is not known to a shop yet')
    desk.clock.set(jst('2000-12-10T12:00'))
    for (const question of [
      { msisdn: number(2) },
      { msisdn: number(1) },
      { card: first.serial },
      { card: second.serial },
      { contract: contractId('K1') },
    ]) {
      const answer = await desk.store.aladin(question)
      t.match(answer, {
        outcome: 'found',
        view: {
          contract: 'K1',
          balanceYen: 4_000,
          charges: [
            { msisdn: number(2), serial: second.serial },
            { msisdn: number(1), serial: first.serial },
          ],
        },
      })
    }
    t.match(await desk.store.aladin({ contract: contractId('K9') }), { outcome: 'unknown' })
    t.match(await desk.store.aladin({ card: 'TST999999999' }), { outcome: 'unknown' })
  },
)

import { pino } from 'pino'
import t from 'tap'
import { readContractsCsv } from '../../billing/contracts-csv.js'
import { readInvoicesCsv } from '../../billing/invoices-csv.js'
import { redrive } from '../../billing/jobs/redrive.js'
import type { JstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import {
  type BillingDesk,
  charge,
  contractId,
  jst,
  number,
  openBillingDesk,
  received,
} from '../support/billing-desk.js'

const silent = pino({ level: 'silent' })

const view = (desk: BillingDesk, n: number) => desk.store.viewNumber(number(n), desk.clock.now())

const balanceOf = async (desk: BillingDesk, n: number) => (await view(desk, n))?.contract?.balance

t.test('B-03: each card of a number is kept, with remainder, last charge and validity', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const cards = [charge(1, '2000-12-10T12:00', 3_000), charge(1, '2000-12-12T12:00', 1_000)]
  await desk.days('2000-12-10', '2000-12-12', cards)
  const found = await view(desk, 1)
  t.strictSame(
    found?.charges.map(({ serial, faceValue, chargeId }) => [serial, faceValue, chargeId]),
    cards.toReversed().map(({ serial, faceValue, chargeId }) => [serial, faceValue, chargeId]),
  )
  t.match(found?.contract, {
    balance: 4_000,
    lastChargedAt: jst('2000-12-12T12:00'),
    validity: { start: '2001-01', end: '2002-12-31' },
  })
})

t.test('C-08: a file is taken in once and in order, a charge once', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const card = charge(1, '2000-12-10T12:00', 3_000)
  const file = received(desk.files.hour('2000-12-10T12:00', [card]))
  const skipped = received(desk.files.hour('2000-12-10T13:00'))
  const third = received(desk.files.hour('2000-12-10T14:00', [card]))
  t.match(await desk.store.reflect(file), { outcome: 'hourly', credited: 1, repeated: 0 })
  t.match(await desk.store.reflect(file), { outcome: 'known' }, 'the same file again')
  const other = { ...file, sha256: Buffer.alloc(32) }
  await t.rejects(
    desk.store.reflect(other),
    { code: 'CLOSED_FILE_CHANGED' },
    'another under its name',
  )
  await t.rejects(desk.store.reflect(third), { code: 'FILE_MALFORMED', message: /gap/ })
  await desk.store.reflect(skipped)
  t.match(await desk.store.reflect(third), { credited: 0, repeated: 1 }, 'the same charge again')
  t.equal(await balanceOf(desk, 1), 3_000)

  const changed = { ...card, faceValue: charge(1, '2000-12-10T12:00', 5_000).faceValue }
  const fresh = charge(1, '2000-12-10T12:01', 1_000)
  const fourth = received(desk.files.hour('2000-12-10T15:00', [fresh, changed]))
  await t.rejects(desk.store.reflect(fourth), {
    code: 'FILE_MALFORMED',
    message: /another content/,
  })
  t.equal(await balanceOf(desk, 1), 3_000, 'nothing of that file was taken')
  t.equal((await desk.store.exchange()).reflectedThrough, 3)
})

t.test(
  'B-07, B-08, B-10: what cannot be credited waits, and is tried again the next day',
  async t => {
    const desk = openBillingDesk(t, '2000-12-10T13:00')
    await desk.contract(1)
    await desk.contract(2, 'pricall')
    await desk.contract(3, 'mobile', '2000-12-20')
    const first = charge(1, '2000-12-10T12:00', 500)
    const charges = {
      unknown: charge(9, '2000-12-10T12:01', 3_000),
      early: charge(3, '2000-12-10T12:02', 3_000),
      excluded: charge(2, '2000-12-10T12:03', 3_000),
      second: charge(1, '2000-12-10T12:04', 500, { serial: first.serial }),
      unmapped: charge(1, '2000-12-10T12:05', 1_000, { company: undefined }),
    }
    desk.files.hour('2000-12-10T12:00', [first, ...Object.values(charges)])
    await desk.reflect()
    const held = async () =>
      Object.fromEntries(
        (await desk.store.heldCharges(0, 99)).map(({ msisdn, held, serial, faceValue }) => [
          `${msisdn} ${serial} ${faceValue}`,
          [held.reason, held.retries, held.firstSeenAt],
        ]),
      )
    const row = ({ msisdn, serial, faceValue }: typeof first) => `${msisdn} ${serial} ${faceValue}`
    const seen = jst('2000-12-10T13:00')
    t.strictSame(await held(), {
      [row(charges.unknown)]: ['number_unknown', 0, seen],
      [row(charges.early)]: ['number_unknown', 0, seen],
      [row(charges.excluded)]: ['class_excluded', 0, seen],
      [row(charges.second)]: ['card_charged_before', 0, seen],
      [row(charges.unmapped)]: ['unmapped', 0, seen],
    })
    t.equal(await balanceOf(desk, 1), 500, 'the others of the file are credited')

    await desk.contract(9)
    desk.clock.set(jst('2000-12-10T23:59:59.999'))
    t.strictSame(await redrive(desk.store, silent), { credited: 0 }, 'not on the same day')
    desk.clock.set(jst('2000-12-11'))
    t.strictSame(await redrive(desk.store, silent), { credited: 1 }, 'on the next day, by itself')
    t.strictSame(await redrive(desk.store, silent), { credited: 0 }, 'and once')
    const credited = await view(desk, 9)
    t.match(credited?.charges, [{ chargedAt: charges.unknown.chargedAt, held: undefined }])
    t.match(credited?.contract?.entries, [
      { kind: 'charge', amount: 3_000, month: '2000-12', occurredAt: charges.unknown.chargedAt },
    ])
    t.equal((await held())[row(charges.early)]?.[1], 2, 'the others age')

    const id = charges.unmapped.chargeId
    t.equal(await desk.store.releaseHeld(id, 'the table of companies was mended'), 'credited')
    t.equal(await desk.store.releaseHeld(id, 'again'), 'not_held')
    t.equal(
      await desk.store.releaseHeld(charges.second.chargeId, 'no'),
      'still_held',
      'no reason credits a card twice',
    )
    t.equal(await balanceOf(desk, 1), 1_500)
  },
)

t.test('C-06: a day is confirmed when its close says what was reflected', async t => {
  const desk = openBillingDesk(t)
  await desk.contract(1)
  const cards = [
    charge(1, '2000-12-10T12:00', 3_000),
    charge(1, '2000-12-10T12:10', 1_000),
    charge(9, '2000-12-10T13:10', 1_000, { node: 'scp2' }),
  ]
  const through = async () => (await desk.store.newestDays(9)).confirmedThrough
  await desk.days('2000-12-10', '2000-12-10', cards)
  t.equal(await through(), '2000-12-10', 'held charges are reflected too')
  t.match((await desk.store.newestDays(1)).days, [
    { credited: 2, creditedYen: 4_000, held: 1, heldYen: 1_000 },
  ])

  // biome-ignore format: table
  for (const [day, reflected, closed, difference] of [
    ['2000-12-11', [3_000],        [3_000, 3_000], 'scp1 mobilers 3000 yen: closed with 2 charges, 1 reflected'],
    ['2000-12-12', [3_000],        [1_000],        'scp1 mobilers 1000 yen: closed with 1 charges, 0 reflected'],
    ['2000-12-13', [3_000, 1_000], [3_000],        'scp1 mobilers 1000 yen: closed with 0 charges, 1 reflected'],
    ['2000-12-14', [],             [],             undefined],
  ] as const) {
    const of = (amounts: readonly number[]) =>
      amounts.map(amount => charge(1, `${day}T12:00`, amount))
    desk.files.hour(`${day}T12:00`, of(reflected))
    const close = desk.files.close(day, of(closed))
    await desk.store.reflect(received(desk.files.all.at(-2) ?? close))
    t.match(await desk.store.reflect(received(close)), { outcome: 'day_close', difference }, day)
  }
  t.equal(await through(), '2000-12-10', 'a later day that agrees does not count before the first')
  desk.clock.set(jst('2000-12-20'))
  await desk.store.confirmDays('2000-12-13' as JstDay, 'compared by hand')
  t.equal(await through(), '2000-12-14', 'until an operator says why')
  t.match((await desk.store.newestDays(2)).days, [
    { day: '2000-12-14', reason: undefined },
    { day: '2000-12-13', reason: 'compared by hand' },
  ])
})

t.test('B-02: the balance follows the contract, a charge the number at its time', async t => {
  const desk = openBillingDesk(t, '2000-12-20')
  await desk.contract(1)
  await desk.contract(2)
  const changedAt = jst('2000-12-15T09:00')
  const change = (to: number, at = changedAt) =>
    desk.store.changeNumber(contractId('K1'), number(to), at)
  const before = charge(1, '2000-12-15T08:59:59.999', 3_000)
  await desk.days('2000-12-15', '2000-12-15', [before])
  // biome-ignore format: table
  for (const [to, at, outcome, because] of [
    [2, changedAt,                          'number_in_use', 'contract 2 has it'],
    [5, jst('2000-12-15T08:59:59.999'),     'charged_since', 'a charge of that moment is credited'],
    [5, jst('2000-12-01'),                  'too_early',     'it got its number then'],
    [5, changedAt,                          'changed',       'from a moment on'],
  ] as const) {
    t.equal(await change(to, at), outcome, because)
  }
  const after = [charge(5, changedAt, 1_000), charge(1, changedAt, 500)]
  await desk.days('2000-12-16', '2000-12-16', [])
  desk.files.hour('2000-12-16T09:00', after)
  await desk.reflect()
  t.equal(await balanceOf(desk, 5), 4_000, 'one balance, under the new number')
  t.match(await view(desk, 1), {
    contract: { contract: { contract: 'K1' } },
    charges: [{ held: { reason: 'number_unknown' } }, { held: undefined }],
  })
  t.equal(await desk.store.cancel(contractId('K9'), changedAt), 'no_such_contract')
  t.equal(await desk.store.cancel(contractId('K1'), jst('2000-12-18')), 'ended')
  t.equal(await desk.store.cancel(contractId('K1'), jst('2000-12-19')), 'cancelled')
  t.equal(await change(6, jst('2000-12-19')), 'cancelled')
  t.strictSame(
    await desk.store.takeContracts([
      {
        contract: contractId('K6'),
        msisdn: number(5),
        contractClass: 'mobile',
        plan: '',
        validFrom: jst('2000-12-17'),
      },
      {
        contract: contractId('K6'),
        msisdn: number(5),
        contractClass: 'mobile',
        plan: '',
        validFrom: jst('2000-12-18'),
      },
      {
        contract: contractId('K6'),
        msisdn: number(5),
        contractClass: 'mobile',
        plan: '',
        validFrom: jst('2000-12-18'),
      },
    ]),
    ['number_in_use', 'taken', 'known'],
    'a number that is free is another contract’s, and its balance is not',
  )
  t.equal(await balanceOf(desk, 5), 0)
})

t.test(
  'B-15: what the last invoice of a contract leaves is not refunded, and is booked',
  async t => {
    const desk = openBillingDesk(t)
    await desk.contract(1)
    await desk.days('2000-12-01', '2000-12-31', [charge(1, '2000-12-15T12:00', 3_000)])
    desk.clock.set(jst('2001-01-08'))
    await desk.store.cancel(contractId('K1'), jst('2000-12-31T23:59:59.999'))
    await desk.closeMonth('2000-12')
    const found = await desk.store.viewContract(contractId('K1'), desk.clock.now())
    t.match(found, {
      balance: 0,
      applications: [{ applied: 0, forfeited: 3_000, carriedOut: 0 }],
      entries: [{ kind: 'charge' }, { kind: 'cancellation', amount: -3_000 }],
    })
  },
)

t.test('tables name the lines that cannot be used, and keep the rest', async t => {
  const table = [
    'msisdn,contract,plan,valid_from,contract_class',
    '09012345678,A-1,"Plan ""A""",2001-02-01,mobile',
    '+819012345679,A-2,,2001-02-01T10:00:00+09:00,dotchimo',
    '',
    '0312345678,A-3,,2001-02-01,mobile',
    '09012345678,A 4,,2001-02-01,mobile',
    '09012345678,A-5,,2001-02-30,mobile',
    '09012345678,A-6,,2001-02-01,tram',
    '09012345678,A-7,,2001-02-01T10:00,mobile',
    '09012345678,A-8,2001-02-01,mobile',
    '"09012345678,A-9,,2001-02-01,mobile',
  ].join('\r\n')
  const { rows, bad } = readContractsCsv(`\ufeff${table}\r\n`)
  t.strictSame(
    rows.map(({ line, value }) => [line, value.contract, value.plan, value.validFrom]),
    [
      [2, contractId('A-1'), 'Plan "A"', jst('2001-02-01')],
      [3, contractId('A-2'), '', jst('2001-02-01T10:00')],
    ],
  )
  t.equal(rows[1]?.value.msisdn, '09012345679' as Msisdn)
  t.strictSame(
    bad.map(({ line }) => line),
    [5, 6, 7, 8, 9, 10, 11],
  )
  t.match(
    bad.map(({ problem }) => problem).join(),
    /no number.*no contract id.*neither a day.*no class.*columns.*not closed/,
  )
  t.throws(() => readContractsCsv('contract,msisdn\n'), { code: 'FILE_MALFORMED' })
  const invoices = readInvoicesCsv('of,total_yen\n09012345678,9744\nA-1,0\nA-1,-5\nA-1,1.5\n?,5\n')
  t.strictSame(
    invoices.rows.map(({ value }) => value),
    [
      { of: { msisdn: '09012345678' }, total: 9_744 },
      { of: { contract: 'A-1' }, total: 0 },
    ],
  )
  t.strictSame(
    invoices.bad.map(({ line }) => line),
    [4, 5, 6],
  )
})

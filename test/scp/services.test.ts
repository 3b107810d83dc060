import t from 'tap'
import type { LoggedEntry } from '../../scp/store/audit-log.js'
import { openOffice, person } from '../support/office-desk.js'

interface Shown {
  readonly service: string
}

const ELSEWHERE = '[::1]:5082;transport=tcp'

t.test('M-06: services stop, start and switch over by an act, and over a restart', async t => {
  const office = await openOffice(t)
  const [operator, viewer] = [person('operator'), person('viewer')]
  const mobilers = { service: 'mobilers' }
  const running = { stopped: false, stoppedBySettings: false, media: '127.0.0.1:5080' }
  const services = async (of = office) =>
    Object.fromEntries(
      (await of.services()).map(({ service, ...state }: Shown) => [service, state]),
    )

  t.strictSame(await services(), {
    mobilers: running,
    pricall: running,
    balance: { ...running, stopped: true, stoppedBySettings: true },
  })

  // biome-ignore format: table
  const cases: [act: string, payload: object, by: typeof operator, status: number, because: string][] = [
    ['stop_service',   mobilers,                          viewer,   403, 'who only watches changes nothing'],
    ['stop_service',   { service: 'lottery' },            operator, 409, 'there is no such service'],
    ['start_service',  mobilers,                          operator, 409, 'it runs'],
    ['stop_service',   mobilers,                          operator, 200, 'stopped by one person alone'],
    ['stop_service',   mobilers,                          operator, 409, 'it is stopped'],
    ['switch_service', { ...mobilers, media: 'a b' },     operator, 409, 'that is no address'],
    ['switch_service', { ...mobilers, media: ELSEWHERE }, operator, 200, 'also while it is stopped'],
    ['switch_service', { service: 'pricall' }, operator, 409, 'it goes there already'],
  ]
  for (const [act, payload, by, status, because] of cases) {
    t.equal((await office.act(act, by, { ...payload })).status, status, `${act}: ${because}`)
  }
  const switched = { stopped: true, stoppedBySettings: false, media: ELSEWHERE }
  t.match(await services(), { mobilers: switched, pricall: running })
  t.match(
    (await office.audit()).map(({ act, outcome, subject, after }: LoggedEntry) => [
      act,
      outcome,
      subject,
      after,
    ]),
    [
      ['stop_service', 'rejected', 'service mobilers', null],
      ['stop_service', 'rejected', 'service lottery'],
      ['start_service', 'rejected', 'service mobilers', null],
      ['stop_service', 'performed', 'service mobilers', { stopped: true, media: null }],
      ['stop_service', 'rejected'],
      ['switch_service', 'rejected'],
      ['switch_service', 'performed', 'service mobilers', { stopped: true, media: ELSEWHERE }],
      ['switch_service', 'rejected'],
    ],
    'each attempt is in the audit log',
  )
  await office.close()

  const again = await openOffice(t, { folder: t.testdirName })
  t.match(await services(again), { mobilers: switched, pricall: running }, 'kept')
  const started = await again.act('start_service', operator, mobilers)
  t.strictSame(started.body.result, { stopped: false, media: ELSEWHERE })
  await again.act('switch_service', operator, mobilers)
  t.match(await services(again), { mobilers: running })
  await again.close()
})

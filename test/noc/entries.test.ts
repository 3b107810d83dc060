import t from 'tap'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { openNoc } from '../support/noc-desk.js'

const HEADERS = { host: '127.0.0.1:14080' }

t.test(
  'M-14: who looks after handsets sees numbers in the log; others see them masked',
  async t => {
    const asked: string[] = []
    const scp = {
      ask: async ({ path }: { path: string }) => {
        asked.push(path)
        return { status: 200, body: { lines: [{ msisdn: '09012345678', entry: 1 }], next: 'n' } }
      },
    }
    const { app, store, close } = await openNoc(t, { scp })
    // biome-ignore format: table
    for (const [role, query, status, number] of [
    ['viewer',        'outcome=used',       200, '090****5678'],
    ['card-issuer',   'from=1&to=2',        200, '090****5678'],
    ['operator',      'outcome=used',       200, '09012345678'],
    ['supervisor',    'msisdn=09012345678', 200, '09012345678'],
    ['auditor',       'msisdn=09012345678', 200, '09012345678'],
    ['viewer',        'msisdn=09012345678', 403, undefined],
    ['key-custodian', 'msisdn=09012345678', 403, undefined],
  ] as const) {
    await store.accounts.put({ name: role, group: role, password: 'none' }, 0)
    const cookies = { [SESSION_COOKIE]: await store.sessions.begin(role) }
    const before = asked.length
    const answer = await app.inject({ url: `/api/entries?${query}`, headers: HEADERS, cookies })
    t.equal(answer.statusCode, status, `${role} ${query}`)
    if (status === 200) t.match(answer.json(), { lines: [{ msisdn: number, entry: 1 }], next: 'n' })
    t.strictSame(asked.slice(before), status === 200 ? [`/v1/entries?${query}`] : [])
  }
    await close()
  },
)

t.test('M-14: the log as a file has the newest ten thousand lines, and tells it', async t => {
  const line = {
    ...{ at: Date.UTC(2001, 0, 15, 1), entry: 1, callId: '=HYPERLINK("x")', msisdn: '09012345678' },
    ...{ kind: 'mobilers', outcome: 'redeemed', serial: 'AB12345678', faceValue: 1_000 },
    ...{ locked: false },
  }
  let pages = 0
  let last = 50
  const scp = {
    ask: async ({ path }: { path: string }) => {
      pages++
      t.match(path, pages === 1 ? /\?outcome=redeemed$/ : /\?outcome=redeemed&after=n$/)
      return { status: 200, body: { lines: [line], ...(pages < last && { next: 'n' }) } }
    },
  }
  const { app, store, close } = await openNoc(t, { scp })
  const file = async (role: 'viewer' | 'operator', language: 'ja' | 'en') => {
    await store.accounts.put({ name: role, group: role, password: 'none' }, 0)
    const cookies = { [SESSION_COOKIE]: await store.sessions.begin(role) }
    const url = `/entries.csv?outcome=redeemed&language=${language}`
    pages = 0
    return app.inject({ url, headers: HEADERS, cookies })
  }
  const whole = await file('operator', 'ja')
  t.match(whole.headers['content-disposition'], /"charge-operations\.csv"/)
  const [headings, first, ...others] = whole.body.trimEnd().split('\r\n')
  t.equal(headings?.slice(0, 11), '\ufeff時刻,電話番号,結果')
  t.equal(
    first,
    `2001-01-15 10:00:00.000,09012345678,登録,AB12345678,1000,0,mobilers,"'=HYPERLINK(""x"")",1`,
    'what a caller chose is no formula of a spreadsheet (CWE-1236)',
  )
  t.equal(others.length, 49)
  last = 51
  const cut = await file('viewer', 'en')
  t.match(cut.headers['content-disposition'], /"charge-operations_newest-50\.csv"/)
  t.match(cut.body, /090\*\*\*\*5678,Charged/)
  t.notMatch(cut.body, '09012345678')
  await store.accounts.put({ name: 'watcher', group: 'viewer', password: 'none' }, 0)
  const cookies = { [SESSION_COOKIE]: await store.sessions.begin('watcher') }
  const byNumber = await app.inject({
    url: '/entries.csv?msisdn=09012345678',
    headers: HEADERS,
    cookies,
  })
  t.equal(byNumber.statusCode, 403)
  await close()
})

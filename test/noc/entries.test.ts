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
    await store.accounts.put({ name: role, role, password: 'none' }, 0)
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

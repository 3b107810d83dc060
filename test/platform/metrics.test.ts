import { pino } from 'pino'
import t from 'tap'
import { SetClock } from '../../platform/clock.js'
import { COMMIT_BOUNDS_S, CommitTimes, commitTimes } from '../../platform/metrics/commit-times.js'
import { Metrics } from '../../platform/metrics/metrics.js'
import { openMetricsEdge } from '../../platform/metrics/metrics-edge.js'
import { programMetrics } from '../../platform/metrics/program-metrics.js'
import { freePort } from '../support/network.js'
import { readPrometheusText } from '../support/prometheus-text.js'
import { jst } from '../support/scp-desk.js'

t.setTimeout(60_000)

const log = pino({ level: 'silent' })

t.test('the reader of the tests finds what is not Prometheus’ text format', async t => {
  const good = '# HELP a_total Of a.\n# TYPE a_total counter\n'
  const buckets = (...counts: number[]) =>
    `# HELP h Of h.\n# TYPE h histogram\n${counts
      .map((count, n) => `h_bucket{le="${n === counts.length - 1 ? '+Inf' : n}"} ${count}\n`)
      .join('')}`
  // biome-ignore format: table
  for (const [text, because] of [
    [`${good}a_total 1`,                                        'no end of the last line'],
    ['a_total 1\n',                                             'no help and no type'],
    ['# TYPE a_total counter\na_total 1\n',                     'no help'],
    [`${good}a_total 1\na_total 2\n`,                           'twice'],
    [`${good}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 2\n`, 'twice, in another order'],
    [`${good}${good}`,                                          'a family twice'],
    [`${good}b_total 1\n`,                                      'a stranger among the samples'],
    [`${good}a_total -1\n`,                                     'a count below nothing'],
    [`${good}a_total one\n`,                                    'no number'],
    [`${good}a_total{x=1} 1\n`,                                 'a label without quotes'],
    [`${good}a_total{x="1",} 1\n`,                              'a comma too many'],
    [`${good}a_total{x="\\t"} 1\n`,                             'an escape that there is not'],
    ['# HELP a Of a.\n# TYPE a counter\na 1\n',                 'a counter without _total'],
    [`${buckets(1, 2)}h_sum 3\nh_count 3\n`,                    'a count that is not the last bucket'],
    [`${buckets(2, 1)}h_sum 3\nh_count 1\n`,                    'buckets that shrink'],
    [`${buckets(1, 2)}h_count 2\n`,                             'no sum'],
  ] as const) {
    t.throws(() => readPrometheusText(text), because)
  }
  const read = readPrometheusText(
    `${good}a_total{x="1\\n\\"\\\\"} 1e3\n${buckets(1, 2)}h_sum 3\nh_count 2\n`,
  )
  t.strictSame(read.get('a_total')?.samples, [
    { name: 'a_total', labels: { x: '1\n"\\' }, value: 1_000 },
  ])
  t.equal(read.get('h')?.samples.length, 4)
})

t.test(
  'metrics are read when they are asked for, and what is read together is read once',
  async t => {
    const metrics = new Metrics()
    let [asked, value] = [0, 1]
    const read = metrics.together(async () => {
      asked++
      return value
    })
    metrics.counter({ name: 'mcscp_a_total', help: 'Of a.' }, read)
    metrics.gauge({ name: 'mcscp_b', help: 'Of b.', labels: ['x'] }, async () => {
      const all = await read()
      return all === 2 ? [] : [{ labels: { x: '"\\\n' }, value: -all }]
    })
    t.equal(asked, 0)
    const [first, same] = await Promise.all([metrics.text(), metrics.text()])
    t.equal(first, same)
    t.equal(asked, 1, 'two who ask at once are told the same')
    const told = readPrometheusText(first)
    t.match(told.get('mcscp_a_total'), { help: 'Of a.', type: 'counter', samples: [{ value: 1 }] })
    t.match(told.get('mcscp_b')?.samples, [{ labels: { x: '"\\\n' }, value: -1 }])
    value = 2
    const later = readPrometheusText(await metrics.text())
    t.match(later.get('mcscp_a_total')?.samples, [{ value: 2 }])
    t.strictSame(later.get('mcscp_b')?.samples, [], 'what is no more is not told')
  },
)

t.test('commits are counted by how long they took, in whichever thread', async t => {
  const times = new CommitTimes()
  const inThread = new CommitTimes()
  inThread.adopt(times.shared)
  // biome-ignore format: table
  for (const [ms, place, because] of [
    [0,      0,                       'at once'],
    [0.5,    0,                       'a bound is of its own bucket'],
    [0.501,  1,                       'and what is beyond of the next'],
    [10_000, COMMIT_BOUNDS_S.length - 1, 'the last bound'],
    [10_001, COMMIT_BOUNDS_S.length,  'beyond all'],
  ] as const) {
    const before = times.read().counts[place] ?? 0
    inThread.took(ms)
    t.equal(times.read().counts[place], before + 1, because)
  }
  t.ok(Math.abs(times.read().sumSeconds - 20.002_001) < 1e-9)
  t.equal(times.read().failed, 0)
  inThread.failed()
  t.equal(times.read().failed, 1)
})

t.test('M-03: every program tells how it does, to who shows the token', async t => {
  const metrics = new Metrics()
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  const end = programMetrics(metrics, {
    status: () => ({ ready: true, calls: 7 }),
    standing: () => new Map([['major', 2]]),
    clock,
  })
  t.teardown(end)
  commitTimes.took(3)
  let broken = false
  metrics.gauge({ name: 'mcscp_sometimes', help: 'Cannot always be read.' }, () => {
    if (broken) throw new Error('not now')
    return 1
  })
  const port = await freePort()
  const options = {
    port,
    setting: 'MCSCP_METRICS_PORT',
    token: 'a-token-of-some-length',
    metrics,
    log,
  }
  const close = await openMetricsEdge(options)
  t.teardown(close)
  await t.rejects(openMetricsEdge(options), { code: 'PORT_TAKEN', message: /MCSCP_METRICS_PORT/ })
  const ask = (headers: Record<string, string>, path = '/metrics', method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, method })
  const authorization = `Bearer ${options.token}`
  // biome-ignore format: table
  for (const [headers, path, method, status] of [
    [{},                                         '/metrics', 'GET',  401],
    [{ authorization: `${authorization}x` },     '/metrics', 'GET',  401],
    [{ authorization: options.token },           '/metrics', 'GET',  401],
    [{ authorization },                          '/other',   'GET',  404],
    [{ authorization },                          '/metrics', 'POST', 404],
    [{ authorization },                          '/metrics', 'GET',  200],
  ] as const) {
    t.equal((await ask(headers, path, method)).status, status)
  }
  const answer = await ask({ authorization })
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const told = readPrometheusText(await answer.text())
  const values = (name: string) => told.get(name)?.samples.map(({ value }) => value)
  t.strictSame(values('mcscp_ready'), [1])
  t.strictSame(values('mcscp_calls_in_progress'), [7])
  t.strictSame(values('mcscp_alarms_standing'), [0, 2, 0])
  t.strictSame(values('mcscp_network_clock_seconds'), [clock.now() / 1_000])
  t.equal(values('mcscp_store_commit_duration_seconds')?.length, COMMIT_BOUNDS_S.length + 3)
  for (const name of told.keys()) t.match(name, /^(mcscp|process)_[a-z_]+$/)
  broken = true
  t.equal((await ask({ authorization })).status, 503, 'one that cannot be read is not passed over')
})

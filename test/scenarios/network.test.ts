import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { checkMetrics } from '../support/metrics-check.js'
import { Network } from '../support/network.js'
import { freeMetricsPort } from '../support/scrape.js'

t.setTimeout(300_000)

const CALLER = '09010000021'
const OTHER = '09010000022'
const SHIP = '09010016001'

/** Files below a folder that hold any of the texts, whatever kind of file it is. */
function filesThatHold(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .filter(path => {
      const bytes = readFileSync(path)
      return texts.some(text => bytes.includes(text))
    })
}

t.test(
  'the network starts, charges, refuses, ends in order, and goes on where it ended',
  async t => {
    const metricsPort = await freeMetricsPort()
    const network = await Network.start(t, { MCSCP_METRICS_PORT: `${metricsPort}` })
    const [first, second, third] = network.cards()
    const pins = network.cards().map(({ pin }) => pin)
    const wrong = '90817263545362'

    t.match(network.printed, /パスワード password \w{12}/, 'a newcomer is told how to register')
    t.match(
      network.printed,
      new RegExp(`${first?.serial}  ${first?.pin}  3,000 円`),
      'and five cards',
    )

    const call = (from: string, pin = '') =>
      network.command({}, 'call', '1400', '--from', from, '--pin', pin)
    const found = (finding: string) => network.log('scp').filter(line => line.finding === finding)

    // Three callers at once: each listens as a person does.
    const [charged, refused, mistaken] = await Promise.all([
      call(CALLER, first?.pin),
      call(SHIP, third?.pin),
      call(OTHER, wrong),
    ])

    t.test('N-04: a call charges a card, and takes its steps in order', async t => {
      t.equal(charged.code, 0, 'it was charged')
      const marks = CHARGE_LADDER.map(({ mark }) => mark)
      const taken = [...charged.output.matchAll(/[①-⑳]/gu)].map(([mark]) => mark)
      for (const mark of [...'①⑤⑦⑧⑫⑬⑭⑯⑰']) t.ok(taken.includes(mark), `${mark} was taken`)
      const order = [...'⑤⑦⑧⑫⑬⑭⑯⑰'].map(mark => taken.indexOf(mark))
      t.strictSame(
        order,
        order.toSorted((a, b) => a - b),
        `in order: ${marks.join('')}`,
      )
      t.strictSame(
        found('redeemed').map(({ msisdn, serial }) => [msisdn, serial]),
        [[CALLER, first?.serial]],
      )
    })

    t.test('S-18, N-06: a ship phone hears an announcement and is never answered', async t => {
      t.not(refused.code, 0)
      t.match(refused.output, /お客様のご契約では、カードの登録はご利用になれません。/)
      t.match(refused.output, /not answered \(SIP 403\)/)
      t.notOk(
        network.log('scp').some(line => line.msisdn === SHIP),
        'the MCSCP saw no call',
      )
    })

    await t.test('what was charged stays charged over a restart', async t => {
      t.not(mistaken.code, 0, 'a wrong number charges nothing')
      t.equal(await network.stop(), 0, 'Ctrl-C ends it with code 0')
      for (const name of readdirSync(network.home.sockets)) t.fail(`${name} was left behind`)
      await network.startAgain()
      t.match(network.printed, `${first?.pin}`, 'the same cards are shown')
      const [again, other] = await Promise.all([call(CALLER, first?.pin), call(OTHER, second?.pin)])
      t.not(again.code, 0)
      t.equal(found('own_card').length, 1)
      t.equal(other.code, 0, 'the next card is charged')
      t.equal(found('redeemed').length, 2)
    })

    await t.test('M-03, M-13: Prometheus is told what the traffic table says, and no number', t => {
      const serials = network.cards().map(({ serial }) => serial)
      const secrets = [CALLER, OTHER, SHIP, ...serials, ...pins, wrong]
      return checkMetrics(t, network, { first: metricsPort, secrets })
    })

    await t.test(
      'I12: no PIN stands in any log, store or file but the demonstration file',
      async t => {
        const told = filesThatHold(network.home.folder, [...pins, wrong])
        const elsewhere = told.filter(path => !path.startsWith(network.home.cards + sep))
        t.strictSame(elsewhere, [])
        t.ok(told.length > 0, 'the search finds what is there')
        const digits = network.log('media').concat(network.log('ivr'), network.log('mls'))
        t.notOk(JSON.stringify(digits).includes('DTMF-Digit'))
      },
    )

    await t.test('a second network on the same ports is refused in one clear message', async t => {
      const other = join(network.home.folder, 'other')
      const refused = await network.command({ MCSCP_HOME: other }, 'all')
      t.not(refused.code, 0)
      t.match(refused.output, /is taken by another program/)
      t.match(refused.output, /MCSCP_SWITCH_SIP_UDP_PORT/)
      t.ok(existsSync(other), 'its home was made')
    })
  },
)

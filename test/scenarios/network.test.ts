import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { Network } from '../support/network.js'

t.setTimeout(300_000)

const CALLER = '09010000021'
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
    const network = await Network.start(t)
    const [first, second] = network.cards()
    const pins = network.cards().map(({ pin }) => pin)
    const wrong = '00000000000000'

    t.match(network.printed, /パスワード password \w{12}/, 'a newcomer is told how to register')
    t.match(
      network.printed,
      new RegExp(`${first?.serial}  ${first?.pin}  3,000 円`),
      'and five cards',
    )

    await t.test('N-04: a call charges a card, and takes its steps in order', async t => {
      const call = await network.command(
        {},
        'call',
        '1400',
        '--from',
        CALLER,
        '--pin',
        `${first?.pin}`,
      )
      t.equal(call.code, 0, 'it was charged')
      const marks = CHARGE_LADDER.map(({ mark }) => mark)
      const taken = [...call.output.matchAll(/[①-⑳]/gu)].map(([mark]) => mark)
      for (const mark of [...'①⑤⑦⑧⑫⑬⑭⑯⑰']) t.ok(taken.includes(mark), `${mark} was taken`)
      const order = [...'⑤⑦⑧⑫⑬⑭⑯⑰'].map(mark => taken.indexOf(mark))
      t.strictSame(
        order,
        order.toSorted((a, b) => a - b),
        `in order: ${marks.join('')}`,
      )
      const redeemed = network.log('scp').filter(line => line.finding === 'redeemed')
      t.strictSame(
        redeemed.map(({ msisdn, serial }) => [msisdn, serial]),
        [[CALLER, first?.serial]],
      )
    })

    await t.test(
      'S-18, N-06: a ship phone hears an announcement and is never answered',
      async t => {
        const call = await network.command(
          {},
          'call',
          '1400',
          '--from',
          SHIP,
          '--pin',
          `${second?.pin}`,
        )
        t.not(call.code, 0)
        t.match(call.output, /お客様のご契約では、カードの登録はご利用になれません。/)
        t.match(call.output, /not answered \(SIP 403\)/)
        t.notOk(
          network.log('scp').some(line => line.msisdn === SHIP),
          'the MCSCP saw no call',
        )
      },
    )

    await t.test('what was charged stays charged over a restart, to the lock counter', async t => {
      const unknown = await network.command({}, 'call', '1400', '--from', CALLER, '--pin', wrong)
      t.not(unknown.code, 0)
      t.equal(await network.stop(), 0, 'Ctrl-C ends it with code 0')
      for (const name of readdirSync(network.home.sockets)) t.fail(`${name} was left behind`)
      await network.startAgain()
      t.match(network.printed, `${first?.pin}`, 'the same cards are shown')
      const again = await network.command(
        {},
        'call',
        '1400',
        '--from',
        CALLER,
        '--pin',
        `${first?.pin}`,
      )
      t.not(again.code, 0)
      t.equal(network.log('scp').filter(line => line.finding === 'own_card').length, 1)
      const other = await network.command(
        {},
        'call',
        '1400',
        '--from',
        CALLER,
        '--pin',
        `${second?.pin}`,
      )
      t.equal(other.code, 0, 'the next card is charged')
      t.equal(network.log('scp').filter(line => line.finding === 'redeemed').length, 2)
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

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import t, { type Test } from 'tap'
import { clockCommand } from '../../mcscp/clock-command.js'
import { beginNetworkClock } from '../../mcscp/network-clock.js'
import { beginClock, readClock } from '../../platform/clock-file.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { freshHome } from '../support/fresh-home.js'
import { jst } from '../support/scp-desk.js'

const START = jst('2000-12-01T00:00:00')

/** Gives a clock command in this process: what it printed, or how it was refused. */
async function clock(t: Test, home: Home, words: string, given: Given = {}): Promise<string> {
  const printed = t.capture(console, 'log', () => {})
  const command = clockCommand({ home: () => home, given: () => given })
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await command.parseAsync(words.split(' '), { from: 'user' })
    return printed()
      .map(({ args }) => args.join(' '))
      .join('\n')
  } catch (error) {
    if (error instanceof CommanderError) return error.message
    if (error instanceof Fault) return `${error.code}: ${error.message}`
    throw error
  } finally {
    printed.restore()
  }
}

t.test('the clock is told by Japan’s time, and how it goes', async t => {
  const home = freshHome(t)
  t.match(await clock(t, home, 'show'), /実時間のまま · as the machine’s clock/)
  t.notOk(existsSync(home.clockFile), 'looking changes nothing')
  beginClock(home, START)
  // biome-ignore format: table
  for (const [words, told] of [
    ['freeze',                             /2000-12-01 00:00:0\d\.\d{3} [\s\S]*停止中 · it stands/],
    ['advance --to 2000-12-02',            /2000-12-02 00:00:00\.000 \(日本時間 · Japan time\)[\s\S]*停止中/],
    ['advance --to 2000-12-02T10:15',      /2000-12-02 10:15:00\.000/],
    ['advance --to 2000-12-02T10:15:30.5', /2000-12-02 10:15:30\.500/],
    ['advance --to 2000-12-02T02:00:00Z',  /2000-12-02 11:00:00\.000/],
    ['advance --by 90s',                   /2000-12-02 11:01:30\.000/],
    ['advance --by 1w2d3h4m5s',            /2000-12-11 14:05:35\.000/],
    ['show',                               /2000-12-11 14:05:35\.000/],
    ['run --rate 43200',                   /2000-12-11 14:05:35\.000[\s\S]*実時間の 43200 倍/],
    ['run',                                /実時間と同じ速さ · at the machine’s pace/],
  ] as const) {
    t.match(await clock(t, home, words), told, words)
  }
})

t.test('what the clock does not do is refused, and changes nothing', async t => {
  const home = freshHome(t)
  beginClock(home, START)
  await clock(t, home, 'freeze')
  const before = readFileSync(home.clockFile, 'utf8')
  // biome-ignore format: table
  for (const [words, told, because] of [
    ['advance --to 2000-11-30',           /COMMAND_REFUSED: .*forward only.*later than 2000-11-30T00:00/, 'backwards'],
    ['advance --to 2100-01-01',           /COMMAND_REFUSED: The clock ends before 2100/, 'beyond the end'],
    ['advance',                           /COMMAND_REFUSED: How far\?/,                  'no moment'],
    ['advance --to 2001-02-29',           /must be a moment such as/,                    'no day of the calendar'],
    ['advance --to tomorrow',             /must be a moment such as/,                    'no moment'],
    ['advance --by 1y',                   /must be a time such as/,                      'no unit'],
    ['advance --by 0s',                   /must be a time such as/,                      'no time'],
    ['advance --by 1d --to 2001-01-01',   /cannot be used with/,                         'two at once'],
    ['run --rate 0',                      /must be a number from 0\.001 to 86400/,       'that is freeze'],
    ['run --rate 86401',                  /must be a number/,                            'over the limit'],
    ['run --rate 0.0001',                 /must be a number/,                            'under the limit'],
    ['run --rate -1',                     /must be a number/,                            'backwards'],
    ['repair --at 2001-01-01',            /COMMAND_REFUSED: The clock is whole/,         'nothing to mend'],
    ['repair',                            /required option/,                             'no moment'],
  ] as const) {
    t.match(await clock(t, home, words), told, `${words}: ${because}`)
  }
  t.equal(readFileSync(home.clockFile, 'utf8'), before)
  t.equal(readClock(home).rate, 0)
  for (const rate of ['0.001', '86400']) {
    t.match(await clock(t, home, `run --rate ${rate}`), new RegExp(`${rate} 倍`), 'the limits')
  }
})

t.test('a network that charges real money has no clock but the machine’s', async t => {
  const home = freshHome(t)
  const real = { MCSCP_SIMULATION: 'off' }
  t.match(await clock(t, home, 'show', real), /^SIMULATION_ONLY/)
  const begin = (simulation: boolean, clockStart: typeof START | undefined) => () =>
    beginNetworkClock(home, { simulation, clockStart })
  t.throws(begin(false, START), { code: 'SIMULATION_ONLY' })
  begin(false, undefined)()
  t.notOk(existsSync(home.clockFile))
  begin(true, START)()
  t.ok(readClock(home).now >= START)
  t.throws(begin(false, undefined), { code: 'SIMULATION_ONLY', message: /it was a simulation/ })
})

t.test('MCSCP_CLOCK_START begins a new network, and no other', async t => {
  const home = freshHome(t)
  beginNetworkClock(home, { simulation: true, clockStart: undefined })
  t.notOk(existsSync(home.clockFile), 'without it, the machine’s time')
  writeFileSync(join(home.stores, 'scp.sqlite'), '')
  t.throws(() => beginNetworkClock(home, { simulation: true, clockStart: START }), {
    code: 'COMMAND_REFUSED',
    message: /MCSCP_CLOCK_START/,
  })
  const begun = freshHome(t)
  beginNetworkClock(begun, { simulation: true, clockStart: START })
  writeFileSync(join(begun.stores, 'scp.sqlite'), '')
  const before = readFileSync(begun.clockFile, 'utf8')
  beginNetworkClock(begun, { simulation: true, clockStart: jst('2001-01-01T00:00:00') })
  t.equal(readFileSync(begun.clockFile, 'utf8'), before, 'later it is not read any more')
})

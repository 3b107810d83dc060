import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import { HOUR_MS, jstText, QUARTER_HOUR_MS } from '../../domain/jst.js'
import { decodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { readClock } from '../../platform/clock-file.js'
import { sha256 } from '../../platform/sha256.js'
import { Network } from '../support/network.js'
import { jst } from '../support/scp-desk.js'

t.setTimeout(300_000)

const CALLER = '09010000021'

t.test(
  'a network begins before its service does, and its clock is moved while it runs',
  async t => {
    const network = await Network.start(t, { MCSCP_CLOCK_START: '2000-11-30T23:50:00+09:00' })
    const [card] = network.cards()
    const clock = (...words: string[]) => network.command({}, 'clock', ...words)

    t.match((await clock('advance', '--to', '2000-12-01')).output, '2000-12-01 00:00:00.000')
    const back = await clock('advance', '--to', '2000-11-30')
    t.equal(back.code, 1)
    t.match(back.output, /goes forward only/)
    t.equal((await clock('run', '--rate', '43200')).code, 0)
    const call = await network.command(
      {},
      'call',
      '1400',
      '--from',
      CALLER,
      '--pin',
      `${card?.pin}`,
    )
    t.equal(call.code, 0, 'a call goes on at its own pace, its signature fresh')
    t.equal((await clock('freeze')).code, 0)
    const stood = readClock(network.home).now

    const files = () =>
      readdirSync(network.home.quarterHourFiles).filter(name => /-\d{12}\.txt$/.test(name))
    const due = Math.floor((stood - jst('2000-11-30T23:45:00')) / QUARTER_HOUR_MS)
    t.ok(due > 96, `${due} quarter-hours passed`)
    await network.until(() => files().length === due)
    const read = files()
      .sort()
      .map(name =>
        decodeQuarterHourFile(
          readFileSync(join(network.home.quarterHourFiles, name), 'latin1'),
          sha256(),
        ),
      )
    const whole = read.flatMap(file => (file.outcome === 'whole' ? [file] : []))
    t.equal(whole.length, due, 'no quarter-hour is lost')
    for (const [index, { header }] of whole.entries()) {
      const beganAt = jst('2000-11-30T23:45:00') + index * QUARTER_HOUR_MS
      if (header.beganAt !== beganAt)
        t.fail(`${jstText(header.beganAt)} has number ${header.number}`)
    }
    t.equal(
      whole.reduce((sum, { trailer }) => sum + trailer.count, 0),
      1,
      'the charge is in one',
    )

    // C-02, C-03: the road goes on to CRS, which has closed every hour that ended.
    const hourly = () =>
      readdirSync(network.home.hourlyFiles).filter(n => n.endsWith('.txt') && !n.includes('close'))
    const firstHour = jst('2000-11-30T23:00:00')
    const hours = Math.floor((stood - firstHour) / HOUR_MS)
    await network.until(() => hourly().length === hours)
    await network.until(() => network.log('crs').some(line => line.number === due))
    const charged = hourly()
      .map(name => readFileSync(join(network.home.hourlyFiles, name), 'latin1'))
      .map(text => decodeHourlyFile(text, sha256()))
      .flatMap(file => (file.outcome === 'whole' ? file.records : []))
    t.match(charged, [{ msisdn: CALLER, serial: card?.serial, company: 3, faceValueCode: '03' }])
    const shown = await network.command({}, 'crs', 'show')
    t.equal(shown.code, 0)
    t.match(shown.output, /for billing: 1 records, 3,000 yen, of these 0 unmapped/)
    t.match(shown.output, new RegExp(`node scp1: delivered up to .*, next is ${due + 1}`))

    for (const program of ['scp', 'crs', 'ivr', 'mls', 'media']) {
      const seen = network.log(program).filter(line => line.msg === 'network clock set')
      t.equal(seen.length, 3, `${program} saw each change`)
    }
  },
)

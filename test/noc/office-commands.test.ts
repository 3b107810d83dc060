import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ChargePolicy } from '../../scp/store/charges.js'
import { commandInProcess } from '../support/command-in-process.js'
import { openNocAndOffice } from '../support/noc-and-office.js'
import { PASSWORD } from '../support/noc-desk.js'
import { lockHandset } from '../support/office-desk.js'
import { wrongPin } from '../support/scp-desk.js'
import { POLICY, phone } from '../support/scp-values.js'

// Each command logs in, which takes its time on purpose.
t.setTimeout(180_000)

/** noc on a port of its own, with commands that people give who have one password. */
async function openCommands(t: Test, policy?: ChargePolicy) {
  const { noc, office, folder, close } = await openNocAndOffice(t, policy)
  const address = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  const file = join(folder, 'password')
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 })
  const given = {
    MCSCP_HOME: join(folder, 'home'),
    MCSCP_NOC_PORT: new URL(address).port,
    MCSCP_PASSWORD_FILE: file,
  }
  const as = (name: string, words: string, ...more: string[]) =>
    commandInProcess(t, given, ...words.split(' '), ...more, '--as', name)
  return { office, folder, given, as, close }
}

t.test('S-11: locks, approvals and audit log by commands', async t => {
  const { office, as, close } = await openCommands(t)
  for (const n of [1, 2, 3]) await lockHandset(office.desk, phone(n))
  t.match(await as('operator', 'locks list'), {
    complaint: '',
    told: new RegExp(
      `^${phone(3)}  locked 2001-01-15 12:00 .* 3 handsets and 0 cards are locked, until they are released\\.\\n$`,
      's',
    ),
  })
  const unlock = `locks unlock ${phone(1)}`
  const one = await as('operator', unlock, '--reason', 'he found his card')
  t.match(one, { complaint: '', told: `規制解除 · released: ${phone(1)}` })
  t.match(await as('operator', unlock, '--reason', 'again'), {
    ...{ told: '', complaint: /is not locked\.\n {2}→ / },
  })
  const two = `locks unlock ${phone(2)} ${phone(3)}`
  const waiting = await as('operator', two, '--reason', 'a shop’s mistake')
  const [, sha256 = ''] = /--sha256 ([0-9a-f]{64})/.exec(waiting.told) ?? []
  t.match(waiting, { complaint: '', told: /^承認待ち · it waits .* approve 1 /s })
  t.match(await as('supervisor', 'approvals list'), {
    told: /^ {4}1 {2}waiting {4}unlock 2 handsets\n.*by operator \(operator\): a shop’s mistake\n1 /s,
  })
  t.match(await as('supervisor', 'approvals show 1'), {
    complaint: '',
    told: `SHA-256  ${sha256}\n`,
  })
  const approve = `approvals approve 1 --sha256 ${sha256}`
  t.match(await as('operator', approve, '--reason', 'I know it is right'), {
    ...{ told: '', complaint: /^Who asked for an act cannot approve it\./ },
  })
  t.match(await as('supervisor', approve, '--reason', 'the shop called'), {
    ...{ complaint: '', told: '承認 · 1, unlock_handsets: performed. {"unlocked":2}\n' },
  })
  t.match(await as('supervisor', `locks show ${phone(2)}`), {
    told: /released by operator: a shop’s mistake\n09000000002 is not locked; 0 in a row/,
  })
  const { told } = await as('auditor', 'audit list --max 2')
  t.match(told, /^5 {2}2001-01-15 12:00 {2}unlock_handsets performed: 2 handsets\n/)
  t.match(told, /approved by supervisor \(supervisor\): a shop’s mistake\n/)
  t.match(told, /\n4 {2}.*rejected \(own_request\): approve approval 1\n/)
  t.match(await as('auditor', 'audit verify'), {
    ...{ complaint: '', told: /監査記録は完全です · the log is whole: 5 entries, [0-9a-f]{64}\n$/ },
  })
  await close()
})

t.test('S-11: the brake of the whole service by commands', async t => {
  const policy = { ...POLICY, brake: { ...POLICY.brake, rateMax: 1 } }
  const { office, as, close } = await openCommands(t, policy)
  const end = () => as('operator', 'locks end-brake', '--reason', 'the limit was wrong')
  t.match(await end(), { told: '', complaint: /The service does not brake\.\n {2}→ / })
  await office.desk.key(await office.desk.call(phone(1)), wrongPin())
  t.match(await as('operator', 'locks list'), { told: /the service brakes since 2001-01-15 12:00/ })
  t.match(await end(), {
    complaint: '',
    told: '全体ブレーキ解除 · the service no longer brakes.\n',
  })
  t.notMatch(await as('operator', 'locks list'), { told: /brakes/ })
  await close()
})

t.test('M-06: services by commands', async t => {
  const { as, close } = await openCommands(t)
  const stop = 'services stop mobilers'
  t.match(await as('viewer', stop, '--reason', 'I may not'), { complaint: /^Your role does not/ })
  t.match(await as('operator', stop, '--reason', 'guidance is wrong'), {
    ...{ complaint: '', told: '完了 · done: stop mobilers\n' },
  })
  const elsewhere = 'services switch mobilers 192.0.2.7:5080;transport=tcp'
  t.match(await as('operator', elsewhere, '--reason', 'new guidance'), { complaint: '' })
  t.equal(
    (await as('auditor', 'services list')).told,
    [
      'mobilers    停止中 · stopped  new calls to 192.0.2.7:5080;transport=tcp',
      'pricall     運転中 · running  new calls to 127.0.0.1:5080',
      'balance     停止中 · stopped  new calls to 127.0.0.1:5080  by MCSCP_SERVICES_STOPPED',
      '',
    ].join('\n'),
  )
  for (const words of ['services start mobilers', 'services switch mobilers settings']) {
    t.match(await as('operator', words, '--reason', 'heard it'), { complaint: '' })
  }
  const { told } = await as('operator', 'services list')
  t.match(told, /^mobilers {4}運転中 · running {2}new calls to 127/)
  const none = await as('operator', 'services start lottery', '--reason', 'x')
  t.match(none, { told: '', complaint: /mobilers, pricall, balance/ }, 'it is said what there is')
  await close()
})

t.test(
  'M-03, M-05: a table by commands: checked, replaced, shown, called off, rolled back',
  async t => {
    const { office, folder, as, close } = await openCommands(t)
    const file = join(folder, 'prices.csv')
    const give = (text: string) => writeFileSync(file, text)
    const replace = `tables replace denominations ${file}`
    give('face_value_yen,design\n505,\nx,\n')
    const wrong = await as('operator', replace, '--reason', 'spring')
    t.match(wrong, {
      told: '',
      complaint:
        /^prices\.csv has 2 mistakes.*\n {2}prices\.csv:2: 505.*\n {2}prices\.csv:3: x.*\n {2}→ /s,
    })
    give('face_value_yen,design\n1000,blue\n')
    const checked = await as('auditor', `tables check denominations ${file}`)
    t.equal(
      checked.told,
      [
        'prices.csv beside version 0 of denominations, which is in force:',
        '- 500,',
        '- 1000,',
        '- 3000,',
        '- 5000,',
        '+ 1000,blue',
        '検査合格 · sound: 1 rows new, 4 rows gone',
        '',
      ].join('\n'),
    )
    t.match(await as('operator', replace, '--reason', 'spring', '--at', '2001-02-01'), {
      ...{
        complaint: '',
        told: /\n予約 · waits from 2001-02-01 00:00: version 1 of denominations, SHA-256 /,
      },
    })
    t.match(await as('operator', 'tables call-off denominations', '--reason', 'no'), {
      ...{ complaint: '', told: '取消 · called off: denominations\n' },
    })
    t.match(await as('operator', replace, '--reason', 'spring'), {
      ...{
        complaint: '',
        told: /\n適用 · in force from 2001-01-15 12:00: version 2 of denominations/,
      },
    })
    t.match(await as('operator', 'tables roll-back denominations', '--reason', 'too dear'), {
      ...{
        complaint: '',
        told: /^適用 · in force from 2001-01-15 12:00: version 0 of denominations/,
      },
    })
    const { told } = await as('auditor', 'tables list')
    t.match(
      told,
      /^denominations\n {4}0 {2}[0-9a-f]{64} {2}製品・設定 · settings and product {2}適用中 · in force\n/,
    )
    t.match(
      told,
      /\n {4}2 {2}[0-9a-f]{64} {2}prices\.csv {2}2001-01-15 12:00 by operator: spring\n/,
    )
    t.match(told, /\n {2}from 2001-01-15 12:00: version 0, by operator: too dear\n/)
    t.match(told, /\nnumber-ranges\n.*\nsubscriber-classes\n/s)
    t.equal(office.tables.at('denominations', office.desk.clock.now()).length, 4)
    await close()
  },
)

t.test('XP5: the PIN key is rotated by command, when a second person approves', async t => {
  const { office, as, close } = await openCommands(t)
  const words = 'keys rotate --wrap --reason seen'
  const waiting = await as('key-custodian', words)
  const [, sha256 = ''] = /--sha256 ([0-9a-f]{64})/.exec(waiting.told) ?? []
  t.match(waiting, { complaint: '', told: /^承認待ち · it waits / })
  t.match(await as('operator', words), { told: '', complaint: /^Your role does not allow that\./ })
  const approved = await as('supervisor', `approvals approve 1 --sha256 ${sha256} --reason seen`)
  t.match(approved, { told: /rotate_pin_key: performed\. \{"keyId":2,"wrap":true\}\n$/ })
  t.match(await office.desk.store.ask('pinRotation', undefined), { keyId: 2, wrap: true })
  await close()
})

t.test('who gives a command is told in one message why it was not done', async t => {
  const { folder, given, as, close } = await openCommands(t)
  const wrong = join(folder, 'wrong')
  writeFileSync(wrong, 'wrong\n', { mode: 0o600 })
  const list = ['locks', 'list', '--as', 'operator']
  const open = join(folder, 'open')
  writeFileSync(open, PASSWORD, { mode: 0o644 })
  // biome-ignore format: table
  for (const [run, complaint, because] of [
    [await as('viewer', 'locks list'),                                  /^Your role does not allow that\.\n {2}→ /, 'a role that may not'],
    [await as('nobody', 'locks list'),                                  /^noc does not know nobody with this password\./, 'nobody of that name'],
    [await commandInProcess(t, { ...given, MCSCP_PASSWORD_FILE: wrong }, ...list),    /^noc does not know operator with this password\./, 'a wrong password'],
    [await commandInProcess(t, { ...given, MCSCP_PASSWORD_FILE: open }, ...list),     /can be read by others/, 'a password that others know'],
    [await commandInProcess(t, { ...given, MCSCP_PASSWORD_FILE: `${wrong}x` }, ...list), /which is not there/, 'no file'],
    [await commandInProcess(t, { ...given, MCSCP_PASSWORD_FILE: 'ask' }, ...list),    /^There is no terminal to ask for the password/, 'no terminal'],
    [await commandInProcess(t, { ...given, MCSCP_NOC_PORT: '1' }, ...list),           /^noc does not run: nobody answers at http:\/\/127\.0\.0\.1:1,/, 'no noc'],
  ] as const) {
    t.match(run, { told: '' }, because)
    t.match(run.complaint, complaint, because)
    t.notMatch(run.complaint, /\n {4}at /, 'no stack')
  }
  await close()
})

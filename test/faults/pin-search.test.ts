import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../platform/store.js'
import { freshHome } from '../support/fresh-home.js'
import { pinFormInBytes, pinFormsIn, pinFormsInStore, pinsAtHome } from '../support/pin-search.js'

const PIN = '48213905771264'
const PINS = new Set(['10000000000001', PIN])
const keys = [...PIN]

t.test('XP6, the control: a PIN is found in whatever form it was written', async t => {
  const inBase64 = (before: string) => Buffer.from(`${before}${PIN}"}`).toString('base64')
  // biome-ignore format: table
  for (const [text, forms, because] of [
    [`{"pin":"${PIN}"}`,                         ['plain', 'keyed digit'], 'a field that nobody masked'],
    [`card ${PIN}#`,                             ['plain'],       'as it was keyed'],
    [`77${PIN}3`,                                ['plain'],       'within a longer row of digits'],
    ['4821 3905 7712 64',                        ['separated'],   'as it is printed'],
    ['4821-3905-771264',                         ['separated'],   'with hyphens'],
    [JSON.stringify(keys),                       ['separated'],   'an array of keys'],
    [keys.join('\r\n'),                          ['separated'],   'a line a key'],
    [Buffer.from(PIN).toString('hex'),           ['hexadecimal'], 'a dump of its bytes'],
    [Buffer.from(PIN, 'utf16le').toString('latin1'), ['separated'], 'two bytes a character'],
    [inBase64(''),                               ['base64'],      'a body in base64'],
    [inBase64('{"pin":"'),                       ['base64'],      'at another place of three bytes'],
    [inBase64('a'),                              ['base64'],      'and at the third'],
    ['Signal=4\r\nDuration=60',                  ['keyed digit'], 'SIP INFO, one key of any card'],
    ['DTMF-Digit: 4\nDTMF-Duration: 800',        ['keyed digit'], 'an event of the event socket'],
    ['{"event":"dtmf","digit":"4","at":1}',      ['keyed digit'], 'a log line of RFC 4733'],
    ['Signal=[not logged]',                      [],              'masked'],
    ['48213905771265 4821390577126',             [],              'another number, and one too short'],
    ['serial 482139057712 at 64',                [],              'a serial number of twelve digits'],
  ] as const) {
    t.strictSame(pinFormsIn(text, PINS), forms, because)
  }
})

t.test('XP6, the control: wherever it lies in a home', async t => {
  const home = freshHome(t)
  writeFileSync(join(home.logs, 'scp.log'), '{"msg":"card redeemed","serial":"DEM000000001"}\n')
  writeFileSync(join(home.cards, 'batch-1.csv'), `DEM000000001,${PIN}\n`)
  const store = openStore(join(home.stores, 'scp.sqlite'), [
    'CREATE TABLE entry (n INTEGER, content BLOB) STRICT',
  ])
  t.strictSame(pinsAtHome(home, PINS), [], 'the clear file of demonstration cards may have it')

  store.prepare('INSERT INTO entry VALUES (?, ?)').run(Number(PIN), null)
  t.strictSame(pinsAtHome(home, PINS), ['store/scp.sqlite: number in a store'], 'as a number')
  store.prepare('UPDATE entry SET n = 0, content = ?').run(Buffer.from(PIN))
  const inStore = pinsAtHome(home, PINS)
  t.ok(inStore.length > 0 && inStore.every(one => one.endsWith(': plain')), `${inStore}`)
  store.prepare('DELETE FROM entry').run()
  store.close()
  writeFileSync(join(home.logs, 'ivr.log'), `{"msg":"number keyed","number":"${PIN}"}\n`)
  t.ok(pinsAtHome(home, PINS).includes('log/ivr.log: plain'), 'in a log')
  t.ok(
    pinsAtHome(home, PINS).includes('store/scp.sqlite: plain'),
    'in what a deleted row left behind',
  )
})

t.test('I12, XP6, the control: a PIN is found in what a store writes at one step', async t => {
  const home = freshHome(t)
  const path = join(home.stores, 'scp.sqlite')
  const store = openStore(path, ['CREATE TABLE entry (n INTEGER, content ANY) STRICT'])
  const put = store.prepare('INSERT INTO entry VALUES (?, ?)')
  const longest = '8713905771264987'
  const pins = new Set([...PINS, longest])
  // biome-ignore format: table
  for (const [n, content, form, because] of [
    [1,               'as ever',                        undefined,           'nothing of a card'],
    [1,               PIN,                              'plain',             'as text'],
    [1,               Buffer.from(PIN),                 'plain',             'as bytes'],
    [1,               Buffer.from(PIN).toString('hex'), 'hexadecimal',       'as a dump'],
    [Number(PIN),     null,                             'number in a store', 'as a number of six bytes'],
    [Number(longest), null,                             'number in a store', 'as a number of eight bytes'],
    [Number(PIN) + 1, '4821390577126',                  undefined,           'another number, and one too short'],
  ] as const) {
    store.exec('DELETE FROM entry; VACUUM')
    store.pragma('wal_checkpoint(TRUNCATE)')
    put.run(n, content)
    t.equal(pinFormInBytes(readFileSync(`${path}-wal`), pins), form, because)
    t.equal(pinFormsInStore(path, pins).length > 0, form !== undefined, because)
  }
  store.close()
})

import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { homeAt, makeHome } from '../../platform/home.js'
import { makeSecretFile, readSecretFile, secretFile } from '../../platform/secret-file.js'
import {
  folderPath,
  moment,
  oneOf,
  onOff,
  portNumber,
  readSettings,
  setting,
  wholeNumberBetween,
} from '../../platform/settings.js'
import { givenTexts } from '../../platform/settings-file.js'

const settings = {
  port: setting('MCSCP_TEST_PORT', portNumber, { default: '5060', about: 'where it listens' }),
  tries: setting('MCSCP_TEST_TRIES', wholeNumberBetween(1, 10), { default: '3', about: 'tries' }),
  drain: setting('MCSCP_TEST_DRAIN', onOff, { default: 'off', about: 'whether it drains' }),
  speech: setting('MCSCP_TEST_SPEECH', oneOf(['ja', 'en']), { default: 'ja', about: 'language' }),
  start: setting('MCSCP_TEST_START', moment, {
    default: '2000-12-01T00:00:00+09:00',
    about: 'service start',
  }),
  name: setting('MCSCP_TEST_NAME', folderPath, { default: 'tokyo', about: 'name of the node' }),
}

const faultCode = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof Fault ? error.code : `${error}`
  }
}

t.test('what is not set has its default', async t => {
  t.strictSame(readSettings(settings, {}), {
    port: 5060,
    tries: 3,
    drain: false,
    speech: 'ja',
    start: Date.parse('2000-11-30T15:00:00Z'),
    name: 'tokyo',
  })
})

t.test('each kind of setting takes its limits and nothing beyond', async t => {
  // biome-ignore format: table
  for (const [name, text, fine, because] of [
    ['MCSCP_TEST_PORT',   '65535',  true,  'the highest port'],
    ['MCSCP_TEST_PORT',   '65536',  false, 'one more'],
    ['MCSCP_TEST_PORT',   '0',      true,  'the system chooses'],
    ['MCSCP_TEST_PORT',   '-1',     false, 'below nothing'],
    ['MCSCP_TEST_PORT',   '50x',    false, 'not a number'],
    ['MCSCP_TEST_PORT',   '',       false, 'empty is not 0'],
    ['MCSCP_TEST_TRIES',  '10',     true,  'the upper bound'],
    ['MCSCP_TEST_TRIES',  '11',     false, 'over it'],
    ['MCSCP_TEST_TRIES',  '1.5',    false, 'not whole'],
    ['MCSCP_TEST_DRAIN',  'on',     true,  'a word it knows'],
    ['MCSCP_TEST_DRAIN',  'yes',    false, 'a word it does not know'],
    ['MCSCP_TEST_SPEECH', 'en',     true,  'one of the list'],
    ['MCSCP_TEST_SPEECH', 'fr',     false, 'not of the list'],
    ['MCSCP_TEST_START',  '2001-01-01T00:00:00Z', true,  'a moment with its offset'],
    ['MCSCP_TEST_START',  '2001-01-01',           false, 'a day is not a moment'],
    ['MCSCP_TEST_NAME',   '',       false, 'empty'],
  ] as const) {
    const code = faultCode(() => readSettings(settings, { [name]: text }))
    t.equal(code, fine ? undefined : 'SETTINGS_INVALID', `${name}=${text}: ${because}`)
  }
})

t.test('all mistakes are told at once, each with its name and what is expected', async t => {
  const given = { MCSCP_TEST_PORT: 'x', MCSCP_TEST_TRIES: '99', MCSCP_TEST_DRAIN: 'maybe' }
  t.throws(() => readSettings(settings, given), {
    message:
      /3 settings are wrong:[\s\S]*PORT=x: must be a whole number[\s\S]*TRIES=99: must be 10 or less[\s\S]*DRAIN=maybe: must be on or off/,
  })
})

t.test('the environment comes before mcscp.conf, and other variables are left alone', async t => {
  const file = join(t.testdir(), 'mcscp.conf')
  writeFileSync(file, '# ports\nMCSCP_TEST_PORT=5061\nMCSCP_TEST_TRIES=4\n')
  t.strictSame(givenTexts(file, { MCSCP_TEST_PORT: '5062', HOME: '/nowhere' }), {
    given: { MCSCP_TEST_PORT: '5062', MCSCP_TEST_TRIES: '4' },
    inFile: { MCSCP_TEST_PORT: '5061', MCSCP_TEST_TRIES: '4' },
    mistakes: [],
  })
  t.strictSame(givenTexts(`${file}.absent`, {}), { given: {}, inFile: {}, mistakes: [] })
})

t.test('nothing in mcscp.conf is passed over in silence', async t => {
  const file = join(t.testdir({ folder: {} }), 'mcscp.conf')
  // biome-ignore format: table
  for (const [text, mistakes, because] of [
    ['',                                         [],            'empty'],
    ['# a comment\n\n  # another\n',             [],            'comments and empty lines'],
    ['export MCSCP_A=1\n MCSCP_B = "x # y"\n',   [],            'as a shell would read it'],
    ['MCSCP_A 1\n',                              [/line 1: must be NAME=value/], 'no equals sign'],
    ['MCSCP_A=1\n[scp]\nMCSCP_B=2\n',            [/line 2: must be NAME=value/], 'a heading'],
    ['MCSCP_A=1\nMCSCP_B=2\nMCSCP_A=3\n',        [/^MCSCP_A: is set twice, in lines 1 and 3/], 'set again'],
  ] as const) {
    writeFileSync(file, text)
    t.match(givenTexts(file, {}).mistakes, [...mistakes], because)
    t.equal(givenTexts(file, {}).mistakes.length, mistakes.length, because)
  }
  t.throws(() => givenTexts(join(file, '..', 'folder'), {}), { code: 'FILE_UNREADABLE' })
})

t.test(
  'XW8: a secret is made once, owner-only, and refused when exposed or well-known',
  async t => {
    const folder = t.testdir()
    const path = join(folder, 'port.secret')
    const secret = secretFile(path)
    t.ok(secret.length >= 43, '256 bits')
    t.equal(statSync(path).mode & 0o777, 0o600)
    t.equal(secretFile(path), secret, 'the second start reads the same')
    t.throws(() => makeSecretFile(path, 'another'), /EEXIST/, 'none is overwritten')

    chmodSync(path, 0o640)
    t.equal(
      faultCode(() => secretFile(path)),
      'KEY_FILE_EXPOSED',
    )
    for (const [text, because] of [
      ['cymru', 'what drachtio-server ships with'],
      ['ClueCon', 'what FreeSWITCH ships with'],
      ['short', 'under 16 characters'],
      ['', 'empty'],
    ] as const) {
      const known = join(folder, `known-${text}`)
      makeSecretFile(known, text)
      t.equal(
        faultCode(() => secretFile(known)),
        'SECRET_REFUSED',
        because,
      )
    }
    t.equal(readSecretFile(join(folder, 'absent')), undefined)
    t.throws(() => readSecretFile(folder), { code: 'FILE_UNREADABLE' }, 'a folder in its place')
  },
)

t.test('a durable file is there whole, and leaves nothing beside it', async t => {
  const folder = t.testdir()
  writeDurably(join(folder, 'unit'), 'first')
  writeDurably(join(folder, 'unit'), 'second')
  t.equal(readFileSync(join(folder, 'unit'), 'utf8'), 'second')
  t.strictSame(readdirSync(folder), ['unit'])
})

t.test('a home that cannot be written is one clear fault', async t => {
  const folder = t.testdir({ file: 'not a folder' })
  const home = homeAt(join(folder, 'home'))
  makeHome(home)
  t.equal(statSync(home.keys).mode & 0o777, 0o700)
  makeHome(home)
  t.equal(
    faultCode(() => makeHome(homeAt(join(folder, 'file')))),
    'FOLDER_NOT_WRITABLE',
  )
  t.equal(
    faultCode(() => makeHome(homeAt('/proc/mcscp/home'))),
    'FOLDER_NOT_WRITABLE',
    'where nobody can make a folder, root included',
  )
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { allSettings, READERS } from '../../mcscp/settings-in-force.js'
import { settingsPage } from '../../mcscp/settings-page.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { givenTexts } from '../../platform/settings-file.js'
import { mcscp } from '../support/command-line.js'

t.test('docs/settings.md names every setting with the default it has', async t => {
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/settings.md'), 'utf8')
  t.equal(page, settingsPage(), 'node tools/settings-page.mjs writes it anew')
  for (const { setting } of allSettings()) {
    t.equal(page.split(`\n| \`${setting.name}\``).length, 2, `${setting.name} has one row`)
  }
})

t.test('every setting can be chosen by what is told of it', async t => {
  const names = new Set<string>()
  for (const { setting } of allSettings()) {
    const { name, about, schema } = setting
    t.match(name, /^MCSCP_[A-Z0-9_]+$/)
    t.match(about, /^\S.{8,}[^.]$/, `${name}: what it does`)
    t.match(schema.description, /^\S.*\S$/, `${name}: which values it takes`)
    t.ok(schema.safeParse(setting.default).success, `${name}: its own default is right`)
    names.add(name)
  }
  t.equal(names.size, allSettings().length)
})

t.test('a setting that several read is the same for each', async t => {
  const byName = new Map(allSettings().map(({ setting }) => [setting.name, setting]))
  for (const { name: reader, settings } of READERS) {
    for (const one of Object.values(settings)) {
      const first = byName.get(one.name)
      t.strictSame([one.default, one.unit], [first?.default, first?.unit], `${reader}: ${one.name}`)
    }
  }
})

t.test('config show tells every value in force and where it comes from', async t => {
  const home = mkdtempSync(join(tmpdir(), 'mcscp-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const conf = 'MCSCP_MONTH_CAP=40000\nMCSCP_LOG_LEVEL=warn\n'
  writeFileSync(join(home, 'mcscp.conf'), conf)
  const { code, told, complaint } = await mcscp(
    { MCSCP_HOME: home, MCSCP_LOG_LEVEL: 'error', MCSCP_LOCK_WINDOW: '7' },
    'config',
    'show',
  )
  t.strictSame([code, complaint], [0, ''])
  // biome-ignore format: table
  for (const [line, because] of [
    ['MCSCP_MONTH_CAP=40000  # yen, from mcscp.conf, default 50000',   'set by the file'],
    ['MCSCP_LOG_LEVEL=error  # from the environment, default info',    'set by both: the environment comes first'],
    ['MCSCP_LOCK_WINDOW=7  # from the environment, default 20',        'set by the environment'],
    ['# MCSCP_LOCK_CONSECUTIVE=5  # default',                          'set by neither'],
    ['# MCSCP_SCP_CALL_S=300  # s, default',                           'with its unit'],
  ] as const) {
    t.ok(told.split('\n').includes(line), `${because}: ${line}`)
  }
  for (const { setting } of allSettings()) {
    t.equal(told.split(new RegExp(`^(?:# )?${setting.name}=`, 'm')).length, 2, setting.name)
  }
  const copy = join(home, 'copy.conf')
  writeFileSync(copy, told)
  t.strictSame(
    givenTexts(copy, {}),
    {
      given: { MCSCP_LOG_LEVEL: 'error', MCSCP_MONTH_CAP: '40000', MCSCP_LOCK_WINDOW: '7' },
      inFile: { MCSCP_LOG_LEVEL: 'error', MCSCP_MONTH_CAP: '40000', MCSCP_LOCK_WINDOW: '7' },
      mistakes: [],
    },
    'the list could stand in mcscp.conf',
  )
})

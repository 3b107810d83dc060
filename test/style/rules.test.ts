import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { ALARMS } from '../../platform/alarm-codes.js'
import { FAULT_CODES } from '../../platform/fault-codes.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

/** How many rules each family has. */
// biome-ignore format: table
const FAMILIES: Record<string, number> = {
  S: 33, N: 9, M: 17, C: 10, F: 12, B: 22, A: 5, P: 21, SM: 8, O: 7, T: 5,
}

interface Rule {
  readonly id: string
  readonly source: string
  readonly state: string
}

const page = readFileSync(join(PRODUCT_FOLDER, 'docs/rules.md'), 'utf8')
const rules: Rule[] = [...page.matchAll(/^\| ([A-Z]+-\d{2}) \| .+? \| (.+?) \| (.+?) \|$/gm)].map(
  ([, id = '', source = '', state = '']) => ({ id, source, state }),
)

t.test('every rule stands on the page once', async t => {
  for (const [family, count] of Object.entries(FAMILIES)) {
    const expected = Array.from(
      { length: count },
      (_, index) => `${family}-${`${index + 1}`.padStart(2, '0')}`,
    )
    t.strictSame(
      rules.map(rule => rule.id).filter(id => id.startsWith(`${family}-`)),
      expected,
    )
  }
})

t.test('a rule that says built has a test that names it', async t => {
  for (const { id, state } of rules) {
    if (state === 'planned' || state === 'left out') continue
    const tests = state.match(/^built: (.+)$/)?.[1]?.split(', ') ?? []
    t.ok(tests.length > 0, `${id} says planned, left out, or built with its tests`)
    for (const test of tests) {
      const path = join(PRODUCT_FOLDER, test)
      const names = existsSync(path) && new RegExp(`\\b${id}\\b`).test(readFileSync(path, 'utf8'))
      t.ok(names, `${test} names ${id}`)
    }
  }
})

t.test('each fault stands on its page with tests that name it', async t => {
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/faults.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (X[A-Z]\d+) \| .+ \| (.+) \|$/gm)]
  t.ok(rows.length > 20)
  for (const [, id = '', state = ''] of rows) {
    const tests = state.match(/test\/\S+?\.test\.ts/g) ?? []
    const without = ['planned', 'left out'].includes(state)
    t.equal(tests.length === 0, without, `${id} is built with its tests, planned, or left out`)
    for (const test of tests) {
      const path = join(PRODUCT_FOLDER, test)
      const names = existsSync(path) && new RegExp(`\\b${id}\\b`).test(readFileSync(path, 'utf8'))
      t.ok(names, `${test} names ${id}`)
    }
  }
})

t.test('every file that the walk through a call to 157 names is there', async t => {
  const walk = readFileSync(join(PRODUCT_FOLDER, 'docs/balance-call.md'), 'utf8')
  for (const [, path = ''] of walk.matchAll(/`([a-z-]+\/[^`]+)`/g)) {
    t.ok(existsSync(join(PRODUCT_FOLDER, path)), path)
  }
})

t.test('every file that the walk through a call names is there', async t => {
  const walk = readFileSync(join(PRODUCT_FOLDER, 'docs/charge-call.md'), 'utf8')
  const steps = [...walk.matchAll(/^\| (.) \| .+ \| (.+) \|$/gm)]
  t.strictSame(
    steps.map(([, mark]) => mark),
    CHARGE_LADDER.map(({ mark }) => mark),
    'the steps of Figure 3 in order',
  )
  for (const [, path = ''] of walk.matchAll(/`([a-z-]+\/[^`]+)`/g)) {
    t.ok(existsSync(join(PRODUCT_FOLDER, path)), path)
  }
})

t.test(
  'the table of each engine names every test of its own, and none that is not there',
  async t => {
    for (const engine of ['signalling', 'media']) {
      const folder = join(PRODUCT_FOLDER, 'test/engines', engine)
      const table = readFileSync(join(PRODUCT_FOLDER, 'engines', engine, 'README.md'), 'utf8')
      const named = [...table.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = '']) =>
        path.startsWith('test/') ? join(PRODUCT_FOLDER, path) : join(folder, path),
      )
      for (const path of named) t.ok(existsSync(path), path)
      const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(path => path.endsWith('.test.ts'))
        .map(path => join(folder, path))
      t.strictSame(
        own.filter(path => !named.includes(path)),
        [],
        engine,
      )
    }
  },
)

t.test('every fault stands in docs/operations.md with what to do about it', async t => {
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/operations.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)]
  t.strictSame(
    rows.map(([, code, meaning, remedy]) => [code, meaning, remedy]),
    Object.entries(FAULT_CODES).map(([code, { meaning, remedy }]) => [code, meaning, remedy]),
  )
})

t.test('M-15: every alarm stands there with its severity and its end', async t => {
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/operations.md'), 'utf8')
  const rows = [
    ...page.matchAll(/^\| ([A-Z_]+) \| ((?:critical|major|minor)[a-z, ]*) \| (.+) \|$/gm),
  ]
  t.strictSame(
    rows.map(([, code, severity, clears]) => [code, severity, clears]),
    Object.entries(ALARMS).map(([code, { severities, clears }]) => [
      code,
      severities.join(', '),
      clears,
    ]),
  )
})

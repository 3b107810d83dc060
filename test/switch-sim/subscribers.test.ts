import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CHARGE_KIND_OF, CONTRACT_CLASSES } from '../../domain/contract-class.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { homeAt, makeHome } from '../../platform/home.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { STATUS_AFTER } from '../../switch-sim/mls/announcement.js'
import { CLAIM_HEADERS } from '../../switch-sim/mls/identity-claims.js'
import {
  CachedSubscribers,
  SUBSCRIBER_CHANGE_SEEN_MS,
} from '../../switch-sim/mls/subscribers/cached-subscribers.js'
import {
  DEMONSTRATION_RANGES,
  demonstrationFile,
  demonstrationPassword,
  seedDemonstration,
} from '../../switch-sim/mls/subscribers/demonstration.js'
import { ha1OfPassword } from '../../switch-sim/mls/subscribers/subscriber.js'
import { SubscriberStore } from '../../switch-sim/mls/subscribers/subscriber-store.js'
import {
  formatSubscribersCsv,
  readSubscribersCsv,
} from '../../switch-sim/mls/subscribers/subscribers-csv.js'

function freshHome(t: Test) {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-')))
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  makeHome(home)
  return home
}

const N = (last: number) => `0901000000${last}` as Msisdn
const SECRETS = `${'a'.repeat(64)},${'b'.repeat(32)}`

t.test('a table of subscribers: bad lines are named, the rest are kept', async t => {
  const table = [
    '\ufeffmsisdn,contract_class,language,password',
    '09010000001,mobile,ja,secret-1',
    '+819010000002,ship,en,"se,cr""et"',
    '0901000000,mobile,ja,x',
    '09010000003,boat,ja,x',
    '09010000004,mobile,fr,x',
    '09010000005,mobile,,',
    '09010000006,mobile,,x,y',
    '09010000001,mobile,ja,again',
    '09010000007,mobile,ja,"open',
    '',
    '09010000008,pricall,, blank ',
  ].join('\r\n')
  const { subscribers, bad } = readSubscribersCsv(table)
  t.strictSame(
    bad.map(({ line, problem }) => `${line}: ${problem}`),
    [
      "4: '0901000000' is no number: 11 digits, beginning 070, 080 or 090",
      `5: 'boat' is no class of contract: ${CONTRACT_CLASSES.join(', ')}`,
      '6: the language is neither ja nor en',
      '7: has neither a password nor both secrets (64 and 32 hexadecimal digits)',
      '8: has 5 columns, line 1 has 4',
      '9: 09010000001 stands on an earlier line already',
      '10: a quotation mark is not closed',
    ],
  )
  t.strictSame(subscribers, [
    {
      msisdn: N(1),
      contractClass: 'mobile',
      language: 'ja',
      ha1: ha1OfPassword(N(1), 'secret-1'),
    },
    { msisdn: N(2), contractClass: 'ship', language: 'en', ha1: ha1OfPassword(N(2), 'se,cr"et') },
    {
      msisdn: N(8),
      contractClass: 'pricall',
      language: 'ja',
      ha1: ha1OfPassword(N(8), ' blank '),
    },
  ])
  t.notMatch(JSON.stringify(bad), /secret-1|se,cr|again|open/, 'no password is quoted')
})

t.test('a table without our header line is refused whole', async t => {
  for (const header of [
    '',
    '09010000001,mobile,ja,x',
    'msisdn,contract_class,language',
    'msisdn,contract_class,ha1_sha256',
    'msisdn,msisdn,contract_class,password',
    'msisdn,contract_class,password,units',
  ]) {
    t.throws(() => readSubscribersCsv(header), { code: 'FILE_MALFORMED' }, header)
  }
  t.strictSame(readSubscribersCsv('password,msisdn,contract_class\n').subscribers, [], 'any order')
})

t.test('what is written out reads back as it was', async t => {
  const table = `msisdn,contract_class,language,ha1_sha256,ha1_md5\n09010000001,satellite,en,${SECRETS}\n`
  const { subscribers, bad } = readSubscribersCsv(table)
  t.strictSame(bad, [])
  t.equal([...formatSubscribersCsv(subscribers)].join(''), table)
})

t.test('the store keeps subscribers over a restart, and replaces by number', async t => {
  const home = freshHome(t)
  const path = join(home.stores, 'subscribers.sqlite')
  const [one, two] = [1, 2].map(n => ({
    msisdn: N(n),
    contractClass: 'mobile' as const,
    language: 'ja' as const,
    ha1: { sha256: 's', md5: 'm' },
  }))
  if (!one || !two) throw new Error('two subscribers')
  const store = new SubscriberStore(path)
  t.equal(store.put([two, one]), 2, 'two new ones')
  t.equal(store.put([{ ...one, contractClass: 'ship' }]), 0, 'one replaced')
  t.throws(() =>
    store.put([
      { ...one, language: 'en' },
      { ...two, ha1: undefined as never },
    ]),
  )
  store.close()

  const again = new SubscriberStore(path)
  t.teardown(() => again.close())
  t.strictSame([...again.all()], [{ ...one, contractClass: 'ship' }, two], 'all or none, by number')
  t.strictSame(await again.find(two.msisdn), two)
  t.equal(await again.find(N(9)), undefined)
})

t.test('the reader before the store is bounded in time, and forgets absence too', async t => {
  let now = 1_000
  const asked: string[] = []
  const there = new Map<string, 'mobile' | 'ship'>()
  const reader = new CachedSubscribers(
    {
      async find(msisdn) {
        asked.push(msisdn)
        const contractClass = there.get(msisdn)
        return contractClass
          ? { msisdn, contractClass, language: 'ja', ha1: { sha256: '', md5: '' } }
          : undefined
      },
    },
    { now: () => now },
  )
  const classOf = async () => (await reader.find(N(1)))?.contractClass
  t.equal(await classOf(), undefined)
  there.set(N(1), 'mobile')
  now += SUBSCRIBER_CHANGE_SEEN_MS
  t.equal(await classOf(), undefined, 'remembered to the last moment')
  now += 1
  t.equal(await classOf(), 'mobile', 'and asked again after it')
  there.set(N(1), 'ship')
  t.equal(await classOf(), 'mobile')
  now += SUBSCRIBER_CHANGE_SEEN_MS + 1
  t.equal(await classOf(), 'ship')
  t.equal(asked.length, 3)
})

t.test('demonstration subscribers cover every class, and keep their passwords', async t => {
  const home = freshHome(t)
  const path = join(home.stores, 'subscribers.sqlite')
  const store = new SubscriberStore(path)
  t.equal(seedDemonstration(store, home), 1_080)
  t.equal(seedDemonstration(store, home), 0, 'once')
  t.equal(statSync(demonstrationFile(home)).mode & 0o777, 0o600)
  t.strictSame(
    DEMONSTRATION_RANGES.map(({ contractClass }) => contractClass),
    CONTRACT_CLASSES,
  )
  const ranges = DEMONSTRATION_RANGES.map(({ contractClass, first, last }) => {
    const numbers = [...store.all()].filter(one => one.contractClass === contractClass)
    return [first, last].join() === [numbers[0]?.msisdn, numbers.at(-1)?.msisdn].join()
  })
  t.strictSame([...new Set(ranges)], [true], 'the ranges are as documented')
  const passwords = [1, 2].map(n => demonstrationPassword(home, N(n)) ?? '')
  t.match(passwords, [/^[a-z2-9]{12}$/, /^[a-z2-9]{12}$/])
  t.not(passwords[0], passwords[1])
  t.strictSame((await store.find(N(1)))?.ha1, ha1OfPassword(N(1), passwords[0] ?? ''))
  t.equal((await store.find('09010000010' as Msisdn))?.language, 'en')
  t.equal((await store.find(N(9)))?.language, 'ja')
  t.equal(demonstrationPassword(home, '09099999999' as Msisdn), undefined)
  store.close()

  // A start that was cut short between the file and the store.
  const file = readFileSync(demonstrationFile(home), 'utf8')
  unlinkSync(path)
  const second = new SubscriberStore(path)
  t.teardown(() => second.close())
  seedDemonstration(second, home)
  t.equal(readFileSync(demonstrationFile(home), 'utf8'), file)
  t.strictSame((await second.find(N(1)))?.ha1, ha1OfPassword(N(1), passwords[0] ?? ''))
})

t.test(
  'docs/switch.md lists the demonstration numbers, the announcements and what is dropped',
  async t => {
    const page = readFileSync(join(PRODUCT_FOLDER, 'docs', 'switch.md'), 'utf8')
    for (const { contractClass, first, last } of DEMONSTRATION_RANGES) {
      const may = CHARGE_KIND_OF[contractClass] ?? 'no'
      t.match(page, `| ${contractClass} | ${first} – ${last} | ${may} |`)
    }
    for (const [announcement, status] of Object.entries(STATUS_AFTER)) {
      t.match(page, `| ${announcement} | ${status} |`)
    }
    for (const header of CLAIM_HEADERS) t.match(page, header)
  },
)

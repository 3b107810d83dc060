import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { type Home, homeAt } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { mcscp, type Run } from '../support/command-line.js'

/** Ends a command that could not be carried out, and a program that could not start. */
const [FAILED, START_FAILED] = [1, 2]

const REMEDY = {
  settings: '→ Correct the named lines in mcscp.conf or the environment and start again.',
  port: '→ Stop the other program, or choose another port by the setting that is named.',
  folder:
    '→ Give the user who runs mcscp write permission, or choose another folder by MCSCP_HOME.',
  unreadable: '→ Give the user who runs mcscp read permission, or put the right file in its place.',
  exposed: '→ Run chmod 600 on the named file; if others may have read it, replace the secret.',
  secret:
    '→ Delete the named file so that a fresh secret is made, or write one of 16 or more characters.',
  key: '→ Put the key file back that belongs to this store; without it none of its cards can be used.',
  damaged:
    '→ Keep the file aside untouched and restore the latest backup; nothing was written to it.',
  tooNew: '→ Start the later version; a store is never taken back to an earlier form.',
}

/** A short folder that is gone with the test: paths of Unix sockets must be short. */
function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'mcscp-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A port that is somebody else's for the length of the test. */
async function takenPort(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Settings that leave every port to the system, but scp's engine's, which scp must find. */
async function settingsOf(t: Test, home: string): Promise<Given> {
  const held = createServer().listen(0, '127.0.0.1')
  await once(held, 'listening')
  const address = held.address()
  await new Promise(resolve => held.close(resolve))
  return {
    MCSCP_HOME: home,
    MCSCP_SWITCH_SIP_UDP_PORT: '0',
    MCSCP_SWITCH_SIP_TCP_PORT: '0',
    MCSCP_SWITCH_SIP_WS_PORT: '0',
    MCSCP_SWITCH_SIP_APPLICATION_PORT: '0',
    MCSCP_SCP_SIP_UDP_PORT: '0',
    MCSCP_SCP_SIP_TCP_PORT: '0',
    MCSCP_SCP_SIP_APPLICATION_PORT: `${typeof address === 'object' ? address?.port : 0}`,
    MCSCP_MEDIA_SIP_PORT: '0',
    MCSCP_NOC_PORT: '0',
    MCSCP_ARIS_PAGE_PORT: '0',
    MCSCP_MEDIA_EVENT_SOCKET_PORT: '0',
    MCSCP_CRS_PORT: '0',
    MCSCP_CRS_FTP_PORT: '0',
    MCSCP_CRS_FTP_PASSIVE_FIRST: '0',
    MCSCP_CRS_FTP_PASSIVE_LAST: '0',
    MCSCP_IVR_PORT: `${await takenPort(t)}`,
  }
}

/** What must not be lost: every file of a home but logs, and its mode. */
function kept(folder: string): Record<string, string> {
  const { logs, sockets } = homeAt(folder)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.parentPath !== logs && entry.parentPath !== sockets)
    .map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    files.sort().map(path => {
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
      return [relative(folder, path), `${(statSync(path).mode & 0o777).toString(8)} ${digest}`]
    }),
  )
}

/** One message and no other, to whoever reads errors; of programs that were begun before, a line each. */
function toldOnce(t: Test, run: Run, code: number, message: string, because: string): void {
  t.equal(run.complaint, `${message}\n`, because)
  t.equal(run.code, code, `${because}: the exit code`)
  t.notMatch(`${run.told}${run.complaint}`, / at .*:\d+:\d+/, `${because}: no trace of the code`)
  t.match(run.told, /^(Starting the network …\n( {2}[a-z-]+ is running\.\n)*)?$/, because)
}

t.test('a wrong command line is refused with what would be right, and nothing is made', async t => {
  const home = join(folder(t), 'home')
  // biome-ignore format: table
  const cases: [words: string[], message: string, because: string][] = [
    [['al'],            "error: unknown command 'al'\n(Did you mean all?)\n«mcscp --help» tells how it is used.", 'a command'],
    [['cards', 'isue'], "error: unknown command 'isue'\n(Did you mean issue?)\n«mcscp cards --help» tells how it is used.", 'a sub-command'],
    [['scp', '--caps'], "error: unknown option '--caps'\n«mcscp scp --help» tells how it is used.", 'an option'],
  ]
  const runs = await Promise.all(cases.map(([words]) => mcscp({ MCSCP_HOME: home }, ...words)))
  for (const [index, [words, message, because]] of cases.entries()) {
    const run = runs[index] ?? { code: null, told: '', complaint: '' }
    toldOnce(t, run, FAILED, message, `${words.join(' ')}: ${because}`)
  }
  t.notOk(existsSync(home))
})

t.test('all that is wrong with the settings is told at once, before anything is made', async t => {
  const home = folder(t)
  const file = join(home, 'mcscp.conf')
  writeFileSync(
    file,
    'MCSCP_HOME=/elsewhere\nMCSCP_SCP_CALLS_MAX 5\nMCSCP_LOG_LEVEL=loud\nMCSCP_SCP_CAL_S=3\n',
  )
  const before = kept(home)
  const given = {
    MCSCP_HOME: home,
    MCSCP_MONTH_CAP: '-1',
    MCSCP_SIMULATION: 'yes',
    MCSCP_MEDIA_RTP_PORT_FIRST: '20000',
    MCSCP_MEDIA_RTP_PORT_LAST: '10000',
  }
  const ofAll = [
    '7 settings are wrong:',
    `  ${file}, line 2: must be NAME=value`,
    '  MCSCP_HOME: can be set in the environment alone, not in mcscp.conf',
    '  MCSCP_LOG_LEVEL=loud: must be one of debug, info, warn, error (least severe log line that is kept)',
    /^ {2}MCSCP_SIMULATION=yes: must be on or off \(.*\)$/,
    '  MCSCP_MEDIA_RTP_PORT_FIRST is above MCSCP_MEDIA_RTP_PORT_LAST: there would be no port for audio',
    '  MCSCP_MONTH_CAP=-1: must be 1 or more (the most that a number may register in a month of Japan, by charge kind)',
    '  MCSCP_SCP_CAL_S: there is no such setting; did you mean MCSCP_SCP_CALL_S?',
    `  ${REMEDY.settings}`,
    '',
  ]
  const [all, check, scp] = await Promise.all([
    mcscp(given, 'all'),
    mcscp(given, 'config', 'check'),
    mcscp(given, 'scp'),
  ])
  t.match(all.complaint.split('\n'), ofAll)
  t.equal(all.complaint.split('\n').length, ofAll.length)
  t.strictSame([all.code, all.told], [START_FAILED, ''])
  t.strictSame([check.code, check.told, check.complaint], [FAILED, '', all.complaint])
  t.match(
    scp.complaint,
    /^scp: 5 settings are wrong:/,
    'a program alone knows its own, and all of those',
  )
  t.equal(scp.code, START_FAILED)
  t.strictSame(kept(home), before)
  t.strictSame(readdirSync(home), ['mcscp.conf'], 'not even a log')
})

t.test('a folder that cannot be written, also by root', async t => {
  // Modes do not hold root back, so what is in the way is what holds everyone back: a file where a folder
  // must be, and /proc, in which the kernel makes no folder for anyone.
  const within = folder(t)
  const file = join(within, 'file')
  writeFileSync(file, 'kept')
  const occupied = (name: 'store' | 'keys' | 'log') => {
    const home = join(within, name)
    mkdirSync(home)
    writeFileSync(join(home, name), 'kept')
    return home
  }
  // biome-ignore format: table
  const cases: [home: string, word: string, path: string, why: string][] = [
    [file,               'all',   file,                          'EEXIST'],
    [join(file, 'home'), 'all',   join(file, 'home'),            'ENOTDIR'],
    ['/proc/mcscp',      'scp',   '/proc/mcscp',                 'ENOENT'],
    [occupied('store'),  'scp',   join(within, 'store/store'),   'EEXIST'],
    [occupied('keys'),   'media', join(within, 'keys/keys'),     'EEXIST'],
    [occupied('log'),    'ivr',   join(within, 'log/log'),       'EEXIST'],
  ]
  const before = kept(within)
  const runs = await Promise.all(cases.map(([home, word]) => mcscp({ MCSCP_HOME: home }, word)))
  for (const [index, [, word, path, why]] of cases.entries()) {
    const run = runs[index] ?? { code: null, told: '', complaint: '' }
    const program = word === 'all' ? '' : `${word}: `
    const message = `${program}The folder ${path} cannot be written: ${why}.\n  ${REMEDY.folder}`
    toldOnce(t, run, START_FAILED, message, path)
  }
  t.strictSame(kept(within), before)
})

t.test('a network that was in use', async t => {
  const used = folder(t)
  const given = await settingsOf(t, used)
  const busy = given.MCSCP_IVR_PORT

  await t.test(
    'a port taken: the programs before it end in order, what they made stays',
    async t => {
      const run = await mcscp(given, 'all')
      const message = `ivr: 127.0.0.1:${busy} is taken by another program (MCSCP_IVR_PORT).\n  ${REMEDY.port}`
      toldOnce(t, run, START_FAILED, message, 'mcscp all')
      const made = Object.keys(kept(used))
      const first = ['cards/demonstration-000001.csv', 'keys/card-pin-keys']
      t.strictSame(
        first.filter(path => !made.includes(path)),
        [],
      )
      t.strictSame(
        made.filter(path => path.startsWith('store')),
        ['store/crs.sqlite', 'store/scp.sqlite'],
        'closed whole',
      )
    },
  )

  const table = join(used, 'numbers.csv')
  writeFileSync(table, 'msisdn,contract_class,password\n09012345678,mobile,a word\n')
  t.match(await mcscp(given, 'subscribers', 'import', table), { code: 0 })
  const before = kept(used)
  t.ok(before['store/subscribers.sqlite'])

  /** The same home, with one thing wrong with it. */
  const copies: string[] = []
  const copy = (spoil: (home: Home) => void): Home => {
    const home = homeAt(folder(t))
    cpSync(used, home.folder, { recursive: true })
    spoil(home)
    copies.push(home.folder)
    return home
  }
  const store = (home: Home, name: string) => join(home.stores, `${name}.sqlite`)
  const overwritten = (path: string) => {
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 0x1000, 0x2000))
  }

  const exposed = copy(({ keys }) => chmodSync(join(keys, 'switch-signalling.secret'), 0o644))
  const exposedRing = copy(({ keys }) => chmodSync(join(keys, 'card-pin-keys'), 0o640))
  const exposedCards = copy(({ cards }) =>
    chmodSync(join(cards, 'demonstration-000002.csv'), 0o604),
  )
  const known = copy(({ keys }) => writeFileSync(join(keys, 'media.secret'), 'ClueCon\n'))
  const lost = copy(({ keys }) => rmSync(join(keys, 'card-pin-keys')))
  const unreadable = copy(({ keys }) => {
    rmSync(join(keys, 'media.secret'))
    mkdirSync(join(keys, 'media.secret'))
  })
  const damaged = copy(home => overwritten(store(home, 'scp')))
  const damagedToo = copy(home => overwritten(store(home, 'subscribers')))
  const noStore = copy(home =>
    writeFileSync(store(home, 'subscribers'), 'a note to myself\n'.repeat(99)),
  )
  const later = copy(home => {
    const opened = new Sqlite(store(home, 'scp'))
    opened.pragma('user_version = 99')
    opened.close()
  })
  const conf = copy(({ settingsFile }) => mkdirSync(settingsFile))

  // biome-ignore format: table
  const cases: [home: Home, words: string[], code: number, message: string, because: string][] = [
    [exposed,      ['all'], START_FAILED, `switch-signalling: The key file ${exposed.keys}/switch-signalling.secret can be read by others.\n  ${REMEDY.exposed}`, 'a secret that all can read'],
    [exposedRing,  ['scp'], START_FAILED, `scp: The key file ${exposedRing.keys}/card-pin-keys can be read by others.\n  ${REMEDY.exposed}`, 'keys that a group can read'],
    [exposedCards, ['all'], START_FAILED, `The key file ${exposedCards.cards}/demonstration-000002.csv can be read by others.\n  ${REMEDY.exposed}`, 'cards that others can read'],
    [known,        ['media'], START_FAILED, `media: The secret in ${known.keys}/media.secret is a well-known or a short one.\n  ${REMEDY.secret}`, 'the secret that FreeSWITCH ships with'],
    [lost,         ['scp'], START_FAILED, `scp: ${lost.keys}/card-pin-keys does not hold key 1 of the store's cards.\n  ${REMEDY.key}`, 'the keys of the cards are gone'],
    [unreadable,   ['media'], START_FAILED, `media: The key file ${unreadable.keys}/media.secret cannot be read: EISDIR.\n  ${REMEDY.unreadable}`, 'a folder where a key must be'],
    [damaged,      ['all'], START_FAILED, `scp: The store ${store(damaged, 'scp')} is damaged: DETAIL.\n  ${REMEDY.damaged}`, 'pages overwritten'],
    [damagedToo,   ['mls'], START_FAILED, `mls: The store ${store(damagedToo, 'subscribers')} is damaged: DETAIL.\n  ${REMEDY.damaged}`, 'of another program'],
    [noStore,      ['subscribers', 'list'], FAILED, `The store ${store(noStore, 'subscribers')} is damaged.\n  ${REMEDY.damaged}`, 'not a store at all'],
    [later,        ['scp'], START_FAILED, `scp: The store ${store(later, 'scp')} has form 99, newer than this program.\n  ${REMEDY.tooNew}`, 'of a later version'],
    [conf,         ['all'], START_FAILED, `The settings in ${conf.settingsFile} cannot be read: EISDIR.\n  ${REMEDY.unreadable}`, 'a folder where mcscp.conf must be'],
  ]
  await t.test('is not touched by a start that cannot be', async t => {
    const spoilt = copies.map(kept)
    // The whole networks share the port of scp's engine, so one after the other; the programs at once.
    const runs = new Map<Home, Run>()
    const one = async ([home, words]: (typeof cases)[number]) => {
      runs.set(home, await mcscp({ ...given, MCSCP_HOME: home.folder }, ...words))
    }
    const alone = cases.filter(([, [word]]) => word !== 'all').map(one)
    for (const row of cases) if (row[1][0] === 'all') await one(row)
    await Promise.all(alone)
    for (const [home, words, code, message, because] of cases) {
      const run = runs.get(home) ?? { code: null, told: '', complaint: '' }
      // SQLite's own words for what is wrong with a page, on one line.
      const complaint = run.complaint.replace(/(?<=is damaged: )[^\n]+(?=\.\n)/, 'DETAIL')
      toldOnce(t, { ...run, complaint }, code, message, `${words.join(' ')}: ${because}`)
    }
    t.strictSame(copies.map(kept), spoilt)
  })
  t.strictSame(kept(used), before)
})

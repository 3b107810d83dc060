import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commandLine } from '../../mcscp/command-line.js'
import { Fault } from '../../platform/fault.js'
import { homeAt } from '../../platform/home.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import type { Given } from '../../platform/settings.js'
import { printedCards } from '../support/card-maker-desk.js'
import { openNocAndOffice } from '../support/noc-and-office.js'
import { PASSWORD } from '../support/noc-desk.js'
import { jst } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

/** The card maker of the page: who reads it may have this key, as its cards are worth nothing. */
const KEY = {
  identity: 'AGE-SECRET-KEY-1Y2UYMA8CX4FAXCX5DGAJ2H4VL6YXLK7Y85RTEQV3KV35Q758V3RS7QEKGF',
  recipient: 'age1ndayxc6p5ez03tv3mnlt99ax345uclkxgyp0s750v2fftkyacqeq375aga',
}

t.setTimeout(300_000)

const PAGE = join(PRODUCT_FOLDER, 'docs/card-office.md')

/** A file that lies in `card-imports`, as the page shows it. */
const IMPORTED_FILE = /^`card-imports\/(\S+)`:\n\n```csv\n([\s\S]*?)^```$/gm

/** Set, the page is written anew with what its commands print now. */
const WRITING = process.env.MCSCP_WRITE_CARD_OFFICE === 'on'

/** Gives a command in this process; what it told, and why it was refused. */
async function told(t: Test, given: Given, words: readonly string[]): Promise<string> {
  const printed = t.capture(console, 'log')
  const surroundings = { home: () => homeAt(given.MCSCP_HOME ?? ''), given: () => given }
  const lines = () => printed().map(({ args }) => args.join(' '))
  try {
    await (await commandLine(surroundings, words[0])).parseAsync([...words], { from: 'user' })
    return lines().join('\n')
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return [...lines(), error.advice].join('\n')
  } finally {
    printed.restore()
  }
}

/** noc and the card office, with commands that people give who have one password. */
async function openCommands(t: Test) {
  const { noc, office, folder, close } = await openNocAndOffice(t)
  const address = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  const file = join(folder, 'password')
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 })
  const given = {
    MCSCP_HOME: join(folder, 'home'),
    MCSCP_NOC_PORT: new URL(address).port,
    MCSCP_PASSWORD_FILE: file,
  }
  const give = (line: string) => told(t, given, wordsOf(line))
  return { office, give, close }
}

/** A line with the SHA-256 of the approval that it names, in place of what stood there. */
async function withDigest(
  get: (path: string) => Promise<{ body: { sha256: string } }>,
  line: string,
): Promise<string> {
  const [, approval] = /^mcscp approvals approve (\d+)/.exec(line) ?? []
  if (approval === undefined) return line
  const { sha256 } = (await get(`approvals/${approval}`)).body
  return line.replace(/--sha256 \S+/, `--sha256 ${sha256}`)
}

/** The words of a line as a shell cuts it, quoted ones whole. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain)

/** What differs from run to run: the encryption is drawn anew. */
const masked = (text: string): string =>
  text.replaceAll(/(^ {15}SHA-256 )[0-9a-f]{64}$/gm, '$1<64 hexadecimal digits>')

t.test('the day of a card officer in docs/card-office.md is what its commands print', async t => {
  const { office, give, close } = await openCommands(t)
  const { desk } = office
  const page = readFileSync(PAGE, 'utf8')
  const blocks = page.split(/^```console\n([\s\S]*?)^```\n/m)
  let commands = 0
  const run = async (asWritten: string): Promise<string> => {
    commands++
    const line = WRITING ? await withDigest(office.get, asWritten) : asWritten
    const said = await give(line.replace('mcscp ', ''))
    await office.made()
    await office.imported()
    return `$ ${line}\n${said}\n`
  }
  for (const [place, block] of blocks.entries()) {
    if (place % 2 === 0) {
      for (const [, serial, n] of block.matchAll(/<!-- (\S+) is charged by phone (\d+) -->/g)) {
        const cards = await printedCards(office.folder, 'batch-000001-0001.csv.age', KEY)
        const card = cards.find(one => one.serial === serial)
        if (!card) throw new Error(`no card ${serial}`)
        const charged = await desk.key(await desk.call(phone(Number(n))), card.pin)
        t.equal(charged.finding, 'redeemed')
        desk.clock.set(jst('2001-01-15T15:30:00'))
      }
      for (const [, name = '', text = ''] of block.matchAll(IMPORTED_FILE)) {
        writeFileSync(join(office.importFolder, name), text, { mode: 0o600 })
      }
      continue
    }
    const lines = block.split('\n').flatMap(line => /^\$ (.*)/.exec(line)?.[1] ?? [])
    let printed = ''
    for (const line of lines) printed += await run(line)
    if (WRITING) blocks[place] = masked(printed)
    else t.equal(masked(printed), block, lines.join('; '))
  }
  t.ok(commands > 15, `${commands} commands`)
  if (WRITING) {
    const text = blocks.map((block, place) =>
      place % 2 ? `\`\`\`console\n${block}\`\`\`\n` : block,
    )
    writeFileSync(PAGE, text.join(''))
  }
  await close()
})

t.test('what cannot be asked is told in one message', async t => {
  const { give, close } = await openCommands(t)
  const plan = 'cards plan --count 10 --face-value 1000 --reason order'
  // biome-ignore format: table
  for (const [line, says] of [
    [`${plan} --as operator`,                                  /Your role does not allow that/],
    [`${plan} --pin-length 12 --as card-issuer`,               /12 digits have 39\.9 bits.* one guess in 20,000/],
    [`${plan} --as card-issuer`,                               /計画 · planned: batch 1, MCA000000001 to MCA000000010/],
    ['cards generate 1 --reason r --as card-issuer',           /no key of a card maker/],
    ['cards generate 1 --recipient age1x --reason r --as card-issuer', /age1x is not the public key/],
    [`cards generate 2 --recipient ${KEY.recipient} --reason r --as card-issuer`, /承認待ち/],
    ['cards activate 1 MCA000000001 --reason r --as card-issuer', /Name a batch, or the first and last/],
    ['cards activate 1 --reason r --as card-issuer',           /being planned/],
    ['cards show 7 --as auditor',                              /There is no batch 7/],
    ['cards show MCA000000099 --as auditor',                   /No card has the serial number/],
    ['cards liability --on 2001-02-30 --as auditor',           /no day that was/],
    ['cards liability --on 2001-01-16 --as auditor',           /no day that was/],
    ['cards liability --on 2001-01-15 --as operator',          /Your role does not allow that/],
  ] as const) {
    t.match(await give(line), says, line)
  }
  await close()
})

t.test('--wait tells how far a batch is until all of its cards are made', async t => {
  const { office, give, close } = await openCommands(t)
  await give('cards plan --count 10000 --face-value 1000 --reason order --as card-issuer')
  const generate = `cards generate 1 --recipient ${KEY.recipient} --reason order --as card-issuer`
  const waiting = give(`${generate} --wait`)
  let asked: { approval: number; sha256: string }[] = []
  while (asked.length === 0) asked = (await office.get('approvals')).body.approvals
  const [one] = asked
  if (!one) throw new Error('nothing waits')
  const by = { name: 'supervisor', role: 'supervisor' } as const
  await office.decide(one.approval, { by, sha256: one.sha256 })
  const lines = (await waiting).split('\n')
  t.match(lines[0], /^承認待ち/)
  t.equal(lines.at(-1), '生成済 · batch 1 is generated.')
  for (const line of lines.slice(3, -1)) {
    t.match(line, /^生成中 · batch 1: [\d,]+ of 10,000 cards, \d+ %$/)
  }
  await close()
})

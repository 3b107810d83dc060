import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { Command, InvalidArgumentError } from 'commander'
import { pino } from 'pino'
import { chargeId } from '../domain/charge-id.js'
import { yen } from '../domain/yen.js'
import { systemClock } from '../platform/clock.js'
import { nodeLater } from '../platform/deadline.js'
import { BatchMaker } from '../scp/cards/batch-maker.js'
import { systemDraw } from '../scp/cards/drawing.js'
import { type ClearCard, issueDemonstration } from '../scp/cards/issue.js'
import { type KeyRing, openKeyRing } from '../scp/cards/key-ring.js'
import { ALL_OWN } from '../scp/scenarios/scenario-list.js'
import { openStoreThreads, type StoreThreads } from '../scp/store/open.js'
import { freshToken, OFFICE, POLICY, phone } from '../test/support/scp-values.js'
import { loadAverage, machine } from './machine.js'

interface Options {
  readonly count: number
}

/** What the making of ten million cards is to take, in s: 33,333 cards a second. */
const GOAL = { cards: 10_000_000, seconds: 300 }

/** Pause between two charges, in ms, and how many are made before the batch, to compare with. */
const CHARGE_EVERY_MS = 100
const CHARGES_BEFORE = 50

/** Charges of one number: what a month has room for. */
const CHARGES_A_NUMBER = 50

/**
 * `cards`: makes a batch as the card office does, straight into encrypted print files, and charges cards all
 * the while; the same charges with nothing else to do stand beside.
 */
export const cards = (): Command =>
  new Command('cards')
    .summary('a batch of 1,000,000 cards, and charges meanwhile')
    .description(
      'Makes a batch of cards in a store of its own: PINs drawn, digested, stored and encrypted into print\n' +
        'files. A card is charged every 100 ms meanwhile, and beforehand with nothing else to do. Prints\n' +
        'progress, a table and one line of JSON. The exit code is 0 when every card is stored and printed and\n' +
        'every charge succeeded; how fast it was is only told. The goal is 10,000,000 in 5 minutes.',
    )
    .option('--count <cards>', 'how many, up to 10,000,000', wholeNumber, 1_000_000)
    .action(async ({ count }: Options) => {
      process.exitCode = (await run(count)) ? 0 : 1
    })

async function run(count: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-cards-'))
  const place = { folder, node: 'bench' }
  const threads = await openStoreThreads({
    ...{ path: join(folder, 'scp.db'), clock: systemClock, policy: POLICY, office: OFFICE, place },
    scenarios: ALL_OWN,
    checkpointMs: 1_000,
    onDeath: error => {
      throw error
    },
  })
  try {
    return await measure(folder, threads, count)
  } finally {
    await threads.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string, threads: StoreThreads, count: number): Promise<boolean> {
  const { store, background } = threads
  console.log(JSON.stringify({ ...machine(), loadAverage: loadAverage() }))
  const ring = await openKeyRing(join(folder, 'pin-keys'), store)
  const charger = await Charger.open(threads, ring, count)
  const idle = await charger.charge(() => charger.charged < CHARGES_BEFORE)
  await begin(threads, count)
  const maker = new BatchMaker({
    ...{ store, ring, draw: systemDraw, folder },
    later: nodeLater,
    checkpoint: () => background.ask('checkpoint', undefined),
    log: pino({ level: 'warn' }),
  })
  const began = performance.now()
  let [ended, rssMost] = [0, 0]
  maker.wake()
  const progress = setInterval(() => {
    const made = maker.made(BATCH) ?? count
    const seconds = (performance.now() - began) / 1000
    console.log(`${made} of ${count} cards, ${Math.round(made / seconds)} a second`)
  }, 5_000)
  const watched = (async () => {
    while (await store.ask('batchInMaking', undefined)) {
      rssMost = Math.max(rssMost, process.memoryUsage().rss)
      await after(50)
    }
    ended = performance.now()
  })()
  const busy = await charger.charge(() => ended === 0)
  await watched
  clearInterval(progress)
  await maker.close()
  const seconds = (ended - began) / 1000
  const view = await background.ask('batch', { batch: BATCH, at: systemClock.now() })
  const printed = view.files.reduce((sum, file) => sum + file.cards, 0)
  const right = view.counts.generated === count && printed === count && charger.failed === 0
  tell({
    count,
    seconds,
    rssMb: rssMost / 1024 / 1024,
    printMb: view.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 / 1024,
    storeMb: sizeOf(folder, 'scp.db') / 1024 / 1024,
    idle,
    busy,
    right,
  })
  return right
}

/** The batch that is measured: the first is that of the charges. */
const BATCH = 2

async function begin({ store }: StoreThreads, count: number): Promise<void> {
  const recipient = await identityToRecipient(await generateX25519Identity())
  const issuer = { name: 'bench', role: 'card-issuer' } as const
  const supervisor = { name: 'other', role: 'supervisor' } as const
  const reason = 'a bench'
  const plan = { count, faceValue: 1_000, pinLength: 14, design: '', distributor: '' }
  await store.ask('performAct', { act: 'plan_batch', person: issuer, reason, payload: plan })
  const payload = { batch: BATCH, recipient }
  const asked = await store.ask('performAct', {
    ...{ act: 'generate_batch', person: issuer, reason, payload },
  })
  if (asked.outcome !== 'waiting') throw new Error(JSON.stringify(asked))
  const { approval, sha256 } = asked
  const decided = { approval, sha256, person: supervisor, decision: 'approve', reason } as const
  const answer = await store.ask('decideApproval', decided)
  if (answer.outcome !== 'performed') throw new Error(JSON.stringify(answer))
}

/** How long charges took, in ms. */
interface Delays {
  readonly charges: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

/** Charges demonstration cards, one after the other. */
class Charger {
  charged = 0
  failed = 0
  readonly #threads: StoreThreads
  readonly #ring: KeyRing
  readonly #cards: readonly ClearCard[]

  private constructor(threads: StoreThreads, ring: KeyRing, cards: readonly ClearCard[]) {
    this.#threads = threads
    this.#ring = ring
    this.#cards = cards
  }

  /** With as many cards as will be charged at most. */
  static async open(threads: StoreThreads, ring: KeyRing, count: number): Promise<Charger> {
    const { store } = threads
    const charges = CHARGES_BEFORE + Math.ceil(count / 1_000) + 1_000
    const issuing = { store, ring, draw: systemDraw, keep: () => 'nowhere' }
    const order = { count: charges, faceValue: yen(500), expiresAt: undefined, activated: true }
    return new Charger(threads, ring, (await issueDemonstration(issuing, order)).cards)
  }

  /** Charges until it is told to stop. */
  async charge(goOn: () => boolean): Promise<Delays> {
    const delays: number[] = []
    while (goOn()) {
      const card = this.#cards[this.charged]
      if (!card) break
      const began = performance.now()
      if (!(await this.#chargeOne(card))) this.failed++
      delays.push(performance.now() - began)
      this.charged++
      await after(CHARGE_EVERY_MS)
    }
    delays.sort((a, b) => a - b)
    const at = (part: number) => delays[Math.floor((delays.length - 1) * part)] ?? 0
    return { charges: delays.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) }
  }

  async #chargeOne({ pin }: ClearCard): Promise<boolean> {
    const { store } = this.#threads
    const token = freshToken()
    const msisdn = phone(Math.floor(this.charged / CHARGES_A_NUMBER) + 1)
    const call = {
      token,
      msisdn,
      kind: 'mobilers',
      service: '1400',
      callId: token,
      cseq: 1,
    } as const
    await store.ask('openCallSession', call)
    const id = chargeId(token, 1)
    const { finding } = await store.ask('charge', { id, digests: this.#ring.digests(pin) })
    return finding === 'redeemed'
  }
}

interface Figures {
  readonly count: number
  readonly seconds: number
  readonly rssMb: number
  readonly printMb: number
  readonly storeMb: number
  readonly idle: Delays
  readonly busy: Delays
  readonly right: boolean
}

function tell(figures: Figures): void {
  const { count, seconds, rssMb, printMb, storeMb, idle, busy, right } = figures
  const rate = count / seconds
  const row = (title: string, value: string) =>
    console.log(`${title.padEnd(44)}${value.padStart(16)}`)
  row('cards', `${count}`)
  row('seconds', seconds.toFixed(1))
  row('cards a second', rate.toFixed(0))
  row(
    'of the goal, 10,000,000 in 5 minutes',
    `${((rate * GOAL.seconds * 100) / GOAL.cards).toFixed(0)} %`,
  )
  row('memory, most, MB', rssMb.toFixed(0))
  row('print files, MB', printMb.toFixed(1))
  row('store, MB', storeMb.toFixed(1))
  for (const [title, delays] of [
    ['idle', idle],
    ['meanwhile', busy],
  ] as const) {
    const { charges, p50Ms, p99Ms, mostMs } = delays
    const text = `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} / ${mostMs.toFixed(1)}`
    row(`${charges} charges ${title}: p50 / p99 / most, ms`, text)
  }
  console.log(`load average ${loadAverage()}; ${right ? 'all there' : 'NOT ALL THERE'}`)
  console.log(JSON.stringify(figures))
}

const sizeOf = (folder: string, name: string): number =>
  readdirSync(folder)
    .filter(file => file.startsWith(name))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text) && Number(text) <= GOAL.cards) return Number(text)
  throw new InvalidArgumentError(`It must be a whole number up to ${GOAL.cards}.`)
}

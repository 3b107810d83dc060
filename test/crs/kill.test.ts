import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { decodeForwardedDayClose } from '../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import { decodeTriggerAnswer } from '../../domain/trigger-answer.js'
import { triggerNames } from '../../domain/trigger-file.js'
import { yen } from '../../domain/yen.js'
import type { Home } from '../../platform/home.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import { BillingFtp } from '../support/billing-ftp.js'
import {
  CRS_TEST_SETTINGS,
  chargeRecord,
  jst,
  NodeFiles,
  NodeSender,
  until,
} from '../support/crs-desk.js'
import { ENTRY } from '../support/entry.js'
import { freshHome } from '../support/fresh-home.js'

/** Most kills; the night tier sets more. */
const KILLS = Number(process.env.MCSCP_TEST_KILLS ?? 10)

/** On a machine that is busy otherwise, fewer kills are made than would take longer than this, in ms. */
const BUDGET_MS = KILLS * 700

/** Fewest kills that show anything. */
const KILLS_MIN = 4

/** A kill comes when CRS has acknowledged this many files at most, and then within a few ms. */
const FILES_MAX = 30
const JITTER_MS = 10

/** Longest that is waited for them, in ms. */
const WAIT_MAX_MS = 4_000

t.setTimeout(BUDGET_MS + 120_000)

/** CRS as a process of its own, with where it listens. */
async function startCrs(home: Home): Promise<{ child: ChildProcess; intake: string; ftp: number }> {
  const child = spawn(process.execPath, [ENTRY, 'crs'], {
    env: { PATH: process.env.PATH, MCSCP_HOME: home.folder, ...CRS_TEST_SETTINGS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  await until('crs listens', () => / ftp: .*\n/.test(printed) || child.exitCode !== null)
  const [, intake = ''] = / intake: (\S+)\n/.exec(printed) ?? []
  const [, ftp = ''] = / ftp: \S+:(\d+)\n/.exec(printed) ?? []
  if (ftp === '') throw new Error(`crs did not start:\n${printed}`)
  return { child, intake, ftp: Number(ftp) }
}

/** A node that sends in order, asks again what was not acknowledged, and keeps every acknowledgement. */
class PersistentNode {
  readonly #files = new NodeFiles('scp1', jst('2000-12-01T20:00:00'))
  readonly #sent: { path: string; body: Uint8Array; acknowledged?: string }[] = []
  /** Charges that CRS has acknowledged, and those of Mobilers among them. */
  charges = 0
  mobilers = 0
  differing = 0

  /** Sends until CRS is no more. */
  async send(intake: string, home: Home, chance: () => number): Promise<void> {
    const sender = new NodeSender(intake, home, 'scp1')
    for (;;) {
      const open = this.#sent.at(-1)
      if (!open || open.acknowledged !== undefined) this.#makeNext(chance)
      const again = this.#sent[Math.floor(chance() * this.#sent.length)]
      for (const one of chance() < 0.3 && again
        ? [again, this.#sent.at(-1)]
        : [this.#sent.at(-1)]) {
        if (!one) continue
        const answer = await sender.ask('PUT', one.path, one.body)
        if (answer.status === 409) continue
        if (answer.status !== 200) throw new Error(answer.text)
        if ((one.acknowledged ?? answer.text) !== answer.text) this.differing++
        one.acknowledged = answer.text
      }
    }
  }

  get acknowledged(): number {
    return this.#sent.filter(({ acknowledged }) => acknowledged !== undefined).length
  }

  /** Up to the end of the hour, so that all that was sent is in a file. */
  async sendRest(intake: string, home: Home): Promise<void> {
    const sender = new NodeSender(intake, home, 'scp1')
    const send = async () => {
      const last = this.#sent.at(-1)
      if (!last) return
      const answer = await sender.ask('PUT', last.path, last.body)
      if (answer.status !== 200) throw new Error(answer.text)
      last.acknowledged = answer.text
    }
    await send()
    while (this.#files.until % 3_600_000 !== 0 || this.#files.dayEnded) {
      this.#makeNext(() => 0.5)
      await send()
      if (this.#files.until % 3_600_000 === 0 && this.#sent.at(-1)?.path.includes('day')) break
    }
  }

  #makeNext(chance: () => number): void {
    const last = this.#sent.at(-1)
    const day = this.#files.dayEnded
    if (day && !last?.path.endsWith(day)) {
      const { body } = this.#files.dayClose()
      this.#sent.push({ path: `/nodes/scp1/day-closes/${day}`, body })
      return
    }
    const body = this.#files.next(began =>
      Array.from({ length: Math.floor(chance() * 6) }, (_, n) => {
        const kind = chance() < 0.2 ? 'pricall' : 'mobilers'
        this.charges++
        if (kind === 'mobilers') this.mobilers++
        return chargeRecord(epochMs(began + n * 1_000), { kind, faceValue: yen(1_000) })
      }),
    )
    this.#sent.push({ path: `/nodes/scp1/quarter-hour-files/${this.#files.number}`, body })
  }
}

/** Billing that asks trigger by trigger, and keeps what it was given. */
class PersistentBilling {
  readonly answers = new Map<number, string>()
  readonly files = new Map<string, string>()
  #trigger = 1
  #lastSequence = 0
  differing = 0

  /** Fetches until CRS is no more, or, with `once`, one exchange. */
  async fetch(port: number, home: Home, once = false): Promise<void> {
    const billing = await BillingFtp.open(home, port)
    try {
      do {
        await billing.trigger(this.#trigger, this.#lastSequence)
        const answer = (
          await billing.get(`/answer/${triggerNames(this.#trigger).answer}`)
        ).toString()
        this.#keep(this.answers, this.#trigger, answer)
        const read = decodeTriggerAnswer(answer, sha256())
        if (read.outcome === 'malformed') throw new Error(read.why)
        // A trigger asked again is the same to the byte: it moves on only with the next one.
        let reached = this.#lastSequence
        for (const { name, sha256: digest, sequence } of read.answer.files) {
          const text = (await billing.get(`/file/${name}`)).toString('latin1')
          if (sha256Of(Buffer.from(text, 'latin1')) !== digest) this.differing++
          this.#keep(this.files, name, text)
          reached = sequence
        }
        this.#lastSequence = reached
        this.#trigger++
      } while (!once)
    } finally {
      billing.close()
    }
  }

  /** Asks for every answer again. */
  async fetchAgain(port: number, home: Home): Promise<void> {
    const billing = await BillingFtp.open(home, port)
    for (const trigger of this.answers.keys()) {
      const answer = await billing.get(`/answer/${triggerNames(trigger).answer}`)
      this.#keep(this.answers, trigger, answer.toString())
    }
    billing.close()
  }

  #keep<K>(kept: Map<K, string>, key: K, text: string): void {
    if ((kept.get(key) ?? text) !== text) this.differing++
    kept.set(key, text)
  }
}

t.test(
  'XF2: killed at any moment, CRS loses nothing, repeats nothing, and changes no byte',
  async t => {
    const home = freshHome(t)
    const chance = seededChance(20_001_204)
    const node = new PersistentNode()
    const billing = new PersistentBilling()
    const digests = new Map<string, string>()
    let changed = 0
    const look = () => {
      for (const name of readdirSync(home.hourlyFiles).filter(one => one.endsWith('.txt'))) {
        const digest = sha256Of(readFileSync(join(home.hourlyFiles, name)))
        if ((digests.get(name) ?? digest) !== digest) changed++
        digests.set(name, digest)
      }
    }
    let kills = 0
    const stopAt = performance.now() + BUDGET_MS
    while (kills < KILLS && (kills < KILLS_MIN || performance.now() < stopAt)) {
      const { child, intake, ftp } = await startCrs(home)
      const ended = once(child, 'exit')
      // Both end with CRS, in the middle of whatever they do.
      const working = Promise.allSettled([
        node.send(intake, home, chance),
        billing.fetch(ftp, home),
      ])
      const enough = node.acknowledged + Math.floor(chance() * FILES_MAX)
      const waitUntil = performance.now() + WAIT_MAX_MS
      while (node.acknowledged < enough && performance.now() < waitUntil) await wait(1)
      await wait(Math.floor(chance() * JITTER_MS))
      child.kill('SIGKILL')
      const [, signal] = await ended
      t.equal(signal, 'SIGKILL', 'it lived until it was killed')
      await working
      kills++
      look()
    }
    t.ok(node.acknowledged > kills, `${kills} kills, ${node.acknowledged} files acknowledged`)

    const { child, intake, ftp } = await startCrs(home)
    t.teardown(() => child.kill('SIGKILL'))
    await node.sendRest(intake, home)
    await billing.fetchAgain(ftp, home)
    await until('every file', async () => {
      await billing.fetch(ftp, home, true)
      look()
      const counted = [...billing.files.values()].reduce((sum, text) => sum + countOf(text), 0)
      return counted >= node.mobilers
    })
    t.equal(changed, 0, 'I7: no closed file changed')
    t.equal(billing.differing, 0, 'answers and files are the same whenever they are fetched')
    t.equal(node.differing, 0, 'and so are acknowledgements')
    const names = [...billing.files.keys()].sort()
    t.strictSame(
      names.map(name => Number(name.slice(0, 10))),
      names.map((_, n) => n + 1),
      'I6: one sequence without gap',
    )
    const counted = names.reduce((sum, name) => sum + countOf(billing.files.get(name) ?? ''), 0)
    t.equal(counted, node.mobilers, `I2: ${counted} Mobilers charges, each once`)
    t.comment(`${billing.answers.size} exchanges, ${names.length} files, ${node.charges} charges`)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    t.equal((await ended)[0], 0, 'it ends in order')
  },
)

/** Records of an hourly file; a day close has none of its own. */
function countOf(text: string): number {
  if (text.startsWith('C')) {
    const close = decodeForwardedDayClose(text, sha256())
    if (close.outcome === 'malformed') throw new Error(close.why)
    return 0
  }
  const read = decodeHourlyFile(text, sha256())
  if (read.outcome === 'malformed') throw new Error(read.why)
  return read.trailer.count
}

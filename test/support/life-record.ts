import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { billingSettings, billingStore, issuerOf } from '../../billing/config.js'
import { billPdf } from '../../billing/jobs/bills.js'
import { billOf } from '../../billing/print/bill.js'
import { openBillingStore } from '../../billing/store/open.js'
import type { EpochMs } from '../../domain/clock.js'
import { type JstMonth, jstText } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { readSettings } from '../../platform/settings.js'
import { contractId, given } from './billing-desk.js'
import type { LifeRig } from './life-rig.js'
import { pageText } from './page-text.js'
import { phone } from './scp-values.js'

/** The customer's numbers: the first, and the one after the change. */
export const NUMBERS = [phone(10_000_021), phone(12_345_678)] as const

export const CONTRACT = 'L1'

/** Yen of calls and of packets in each month of use, in turn. */
const USAGE = [
  [2_000, 300],
  [5_600, 0],
  [800, 1_200],
  [3_200, 0],
  [7_100, 450],
  [1_500, 0],
] as const

/** Writes down what comes of a customer's life. */
export class LifeRecord {
  readonly #t: Test
  readonly #rig: LifeRig
  readonly #lines: string[] = []
  #numbers: readonly string[] = [NUMBERS[0]]
  ended = false
  number: (typeof NUMBERS)[number] = NUMBERS[0]

  constructor(t: Test, rig: LifeRig) {
    this.#t = t
    this.#rig = rig
  }

  async begins(): Promise<void> {
    const customer = 'C1,person,山田 太郎,,P1,1'
    const contract = `${CONTRACT},${NUMBERS[0]},mobile,digital-800-a,1997-01-20,C1`
    const columns = ['customer,kind,name,department,payer,payment_kind', customer]
    await this.says(this.#rig.take(columns, 'customers', 'import'))
    const named = ['contract,msisdn,contract_class,plan,valid_from,customer', contract]
    await this.says(this.#rig.take(named, 'contracts', 'import'))
  }

  /** Notes an act when it is done, by the moment at which it began. */
  async did(what: string, doing: Promise<unknown>): Promise<void> {
    const at = this.#now()
    await doing
    this.#lines.push(`${at}  ${what}`)
  }

  /** Notes what a command says. */
  async says(saying: Promise<string>): Promise<void> {
    const at = this.#now()
    const [first = '', ...more] = unnamed(await saying).split('\n')
    this.#lines.push(`${at}  ${first}`, ...more.map(line => `                  ${line}`))
  }

  /** From now on it calls from another number; the month's usage is of both. */
  async changesNumber(): Promise<void> {
    this.number = NUMBERS[1]
    this.#numbers = NUMBERS
    await this.did(`it is ${NUMBERS[1]} from now on`, Promise.resolve())
  }

  /** Billing has what was held when its number is known, the morning after. */
  async redriven(at: EpochMs): Promise<void> {
    await this.#rig.filesUpTo(at)
    const list = () => this.#rig.said('errors', 'list')
    await this.#rig.until('the re-drive', async () => (await list()).startsWith('0 charges'))
    await this.says(list())
  }

  async calculates(month: JstMonth): Promise<void> {
    if (!this.ended) await this.#uses(month)
    await this.says(this.#rig.said('calculate-month', '--month', month))
  }

  /** The contract ends in a month: what was used of it is taken in first. */
  async ends(month: JstMonth, cancel: () => Promise<string>): Promise<void> {
    await this.#uses(month)
    this.ended = true
    await this.says(cancel())
  }

  /** Closes a month; then its bill is printed, and its billing data made. */
  async closes(month: JstMonth): Promise<void> {
    const { said } = this.#rig
    await this.says(said('close-month', '--month', month))
    await this.#bill(month)
    const [tsv = ''] = (
      await said('export', 'tsv', '--month', month, '--run', 'after_settlement')
    ).split('\n')
    this.#block(`billing data of ${month}`, readFileSync(tsv, 'utf8'))
  }

  async asks157(): Promise<void> {
    const asking = this.#rig.heard(this.number)
    await this.did(`157 to ${this.number}: ${await asking}`, asking)
  }

  /** What is there at the end. */
  async concludes(): Promise<void> {
    const { said, home, until } = this.#rig
    await this.says(said('settlements', 'list'))
    await this.says(said('errors', 'list'))
    const lists = () => readdirSync(home.errorReports).filter(name => name.endsWith('.csv'))
    await until('the error lists', () => lists().length > 0)
    for (const name of lists().sort()) {
      this.#block(
        `error list ${name}`,
        unnamed(readFileSync(join(home.errorReports, name), 'utf8')),
      )
    }
    this.#block('the contract', await said('contracts', 'show', CONTRACT))
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }

  /** The month's usage, of both numbers in a month of change. */
  async #uses(month: JstMonth): Promise<void> {
    const [call = 0, packet = 0] = USAGE[Number(month.slice(5)) % USAGE.length] ?? []
    const parts = this.#numbers.length
    const lines = this.#numbers.flatMap(of => [
      `${of},call,${call / parts},1,`,
      ...(packet > 0 ? [`${of},packet,${packet / parts},1,`] : []),
    ])
    this.#numbers = [this.number]
    const table = ['of,item,unit_price,quantity,note', ...lines]
    await this.says(this.#rig.take(table, 'usage', 'import', '--month', month))
  }

  /** The bill as it is on paper; its file is that to the byte. */
  async #bill(month: JstMonth): Promise<void> {
    const { said, home, now } = this.#rig
    const printed = await said('print', '--month', month, '--of', CONTRACT)
    const [, file] = /(\/\S+\.pdf)/.exec(printed) ?? []
    const onBroken = (fault: Error) => {
      throw fault
    }
    const store = openBillingStore({
      path: billingStore(home),
      clock: new SetClock(now()),
      onBroken,
    })
    const invoice = given(await store.invoice(month, { contract: contractId(CONTRACT) }))
    store.close()
    const issuer = issuerOf(readSettings(billingSettings, {}))
    this.#block(`bill of ${month}`, `${pageText(billOf(invoice, issuer, 'ja').pages).join('\n')}\n`)
    this.#t.strictSame(readFileSync(given(file)), await billPdf(invoice, issuer, 'ja'), `its PDF`)
  }

  #block(title: string, text: string): void {
    this.#lines.push('', `== ${title}`, ...text.trimEnd().split('\n'), '')
  }

  #now(): string {
    return jstText(this.#rig.now()).slice(0, 16).replace('T', ' ')
  }
}

/** What chance draws, such as a card's serial number or a charge id, is another each time. */
const unnamed = (text: string): string =>
  text.replace(/\b[0-9a-f]{32}-\d+\b/g, '<charge id>').replace(/\bDEM\d{9}\b/g, '<card>')

import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { HINDRANCES } from '../../platform/alarm-codes.js'
import { noteCall, noteStep } from '../../platform/call-trail.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { together } from '../../platform/together.js'
import {
  type Action,
  begin,
  type Due,
  type Dues,
  type Event,
  type From,
  next,
  type Sending,
} from '../rules/transfer.js'
import type { Acknowledged, Delivery } from '../store/deliveries.js'
import type { ScpStore } from '../store/questions.js'
import type { CrsClient, FileToSend, Sent } from './crs-client.js'

export interface CrsSenderOptions {
  readonly store: ScpStore
  /** Reads closed files, as they were written. */
  readonly read: (deliveries: readonly Delivery[]) => Promise<readonly Uint8Array[]>
  readonly client: Pick<CrsClient, 'send' | 'close'>
  readonly log: Logger
  readonly later?: Later
}

/**
 * 転送処理 (seed 004 Table 5, requirement M-12): brings every closed file to CRS, in the background and in
 * order; no charge waits for it.
 */
export class CrsSender {
  readonly #options: CrsSenderOptions
  readonly #later: Later
  #sending: Sending
  /** Why the last answer was none, for the alarm that may follow. */
  #why = ''
  /** The file that was sent last, the first of several. */
  #file: Due | undefined
  /** Files of which step ⑳ was told, and not yet ㉑. */
  readonly #onTheirWay = new Set<Due>()
  #callOffTimer: (() => void) | undefined
  #working: Promise<void>
  #ended = false

  /** Starts with what an earlier run left unacknowledged. */
  constructor(options: CrsSenderOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    const [sending, ...actions] = begin
    this.#sending = sending
    this.#working = this.#carryOut(actions)
  }

  /** Tells that a quarter-hour was closed and written. */
  written(): void {
    this.#take({ type: 'written' })
  }

  /** Sends nothing more, and waits for what is under way. What is left is for the next run. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOffTimer?.()
    this.#options.client.close()
    await this.#working
  }

  #take(event: Event): void {
    if (this.#ended) return
    const [sending, ...actions] = next(this.#sending, event)
    this.#sending = sending
    // One piece of work leads to the next; only an event from outside may come beside one.
    if (actions.length > 0) this.#working = this.#working.then(() => this.#carryOut(actions))
  }

  async #carryOut(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      if (this.#ended) return
      switch (action.type) {
        case 'find':
          this.#take(await this.#find(action.from, action.max))
          break
        case 'send':
          this.#take(await this.#send(action.dues))
          break
        case 'start_timer':
          this.#callOffTimer = this.#later(() => this.#take({ type: 'timer' }), action.ms)
          break
        case 'raise_alarm':
          await this.#raise(action.code)
          break
        case 'clear_alarm':
          clearAlarm(this.#options.log, action.code, { peer: 'crs' })
      }
    }
  }

  async #find(from: From, max: number): Promise<Event> {
    return this.#orFailed(async () => {
      const owed = await this.#options.store.ask('owedToCrs', { from, max })
      const [first, ...others] = owed.map(({ due }) => due)
      return { type: 'found', dues: first === undefined ? undefined : [first, ...others] }
    })
  }

  async #send([due, ...others]: Dues): Promise<Event> {
    this.#file = due
    return this.#orFailed(async () => {
      const { store, client } = this.#options
      const asked = { from: { at: due }, max: 1 + others.length }
      const deliveries = await store.ask('owedToCrs', asked)
      if (deliveries.length === 0) {
        this.#why = `CRS asks for ${due}, which is not there`
        return { type: 'failed', because: 'PEER_ANSWER_INVALID' }
      }
      const files = await this.#read(deliveries)
      for (const file of files) this.#tellOnItsWay(file)
      const numbers = files.flatMap(({ delivery }) =>
        typeof delivery.due === 'number' ? [delivery.due] : [],
      )
      if (numbers.length > 0) await store.ask('countSentToCrs', numbers)
      return this.#judge(await client.send(files), files)
    })
  }

  /** The files with their bytes; when one of several cannot be read, those before it. */
  async #read(deliveries: readonly Delivery[]): Promise<FileToSend[]> {
    const { read } = this.#options
    const files: FileToSend[] = []
    try {
      await together(deliveries, async some => {
        const bytes = await read(some)
        for (const [place, delivery] of some.entries()) {
          files.push({ delivery, bytes: bytes[place] ?? new Uint8Array() })
        }
      })
    } catch (error) {
      if (!(error instanceof Fault) || files.length === 0) throw error
    }
    return files
  }

  /** Keeps the acknowledgements, of which there may be fewer than files; without any, the first file's trouble. */
  async #judge(sent: readonly Sent[], files: readonly FileToSend[]): Promise<Event> {
    const { store } = this.#options
    const acknowledged: (FileToSend & Acknowledged)[] = []
    for (const [place, file] of files.entries()) {
      const one = sent[place]
      if (one?.outcome !== 'acknowledged') break
      acknowledged.push({ ...file, due: file.delivery.due, answer: one.answer })
    }
    const last = acknowledged.at(-1)
    if (!last) {
      await this.#countError()
      return this.#judgeTrouble(sent[0], files[0]?.delivery.due)
    }
    const answers = acknowledged.map(({ due, answer }) => ({ due, answer }))
    await store.ask('recordAcknowledgements', answers)
    settleAlarms(ROAD_ALARMS, { peer: 'crs' })
    for (const file of acknowledged) this.#tellAcknowledged(file)
    return { type: 'acknowledged', through: last.due }
  }

  /** What a failing store does not count is no reason to send another way. */
  async #countError(): Promise<void> {
    await this.#options.store.ask('countTransferError', undefined).catch(error => {
      if (!(error instanceof Fault)) throw error
    })
  }

  #judgeTrouble(sent: Sent | undefined, due: Due | undefined): Event {
    const { log } = this.#options
    switch (sent?.outcome) {
      case 'gap':
        log.warn({ file: due, expected: sent.expected }, 'CRS asked for an earlier file')
        return { type: 'gap', expected: sent.expected }
      case 'refused':
        this.#why = sent.why
        return { type: 'refused', because: sent.because }
      case 'failed':
        this.#why = sent.why
        log.debug({ file: due, because: sent.because, why: sent.why }, 'file not acknowledged')
        return { type: 'failed', because: sent.because }
      default:
        throw new TypeError('a file was sent, and nothing became of it')
    }
  }

  /** A fault of our own store or folder delays files, never charges. */
  async #orFailed(work: () => Promise<Event>): Promise<Event> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#why = error.message
      if (error.code === 'CLOSED_FILE_CHANGED') return { type: 'refused', because: error.code }
      const ours = error.code === 'FOLDER_NOT_WRITABLE' ? error.code : 'STORE_FAILED'
      return { type: 'failed', because: ours }
    }
  }

  async #raise(code: Extract<Action, { type: 'raise_alarm' }>['code']): Promise<void> {
    const { store, log } = this.#options
    const severity = CRITICAL.has(code) ? 'critical' : 'major'
    const waiting = await store.ask('countOwedToCrs', undefined).catch(() => undefined)
    raiseAlarm(log, code, severity, {
      peer: 'crs',
      file: this.#file,
      why: this.#why,
      waiting,
    })
  }

  #tellOnItsWay({ delivery, bytes }: FileToSend): void {
    if (this.#onTheirWay.has(delivery.due)) return
    this.#onTheirWay.add(delivery.due)
    this.#tellSteps(20, delivery, bytes)
  }

  #tellAcknowledged({ delivery, bytes }: FileToSend): void {
    const { due: file, closed, sum: sumYen } = delivery
    this.#onTheirWay.delete(file)
    this.#tellSteps(21, delivery, bytes)
    this.#options.log.info(
      { file, records: closed.recordCount, sumYen },
      'file acknowledged by CRS',
    )
  }

  /** Steps ⑳ and ㉑ of the calls whose charge records a file holds. */
  #tellSteps(step: 20 | 21, { kind, due }: Delivery, bytes: Uint8Array): void {
    if (kind === 'day_close') return
    for (const token of tokensIn(bytes)) {
      const call = { session: token }
      noteStep(this.#options.log, step, call, { callId: token, file: due })
      noteCall({
        ...{ type: 'told', call },
        ...(step === 20 ? { from: 'scp', to: 'crs' } : { from: 'crs', to: 'scp' }),
        what: step === 20 ? `quarter-hour file ${due}` : `quarter-hour file ${due} acknowledged`,
      })
    }
  }
}

/** Alarms of files that CRS will not take until somebody acts. */
const CRITICAL: ReadonlySet<string> = new Set([
  'CONTENT_CHANGED',
  'FILE_MALFORMED',
  'DAY_CLOSE_DIFFERS',
  'CLOSED_FILE_CHANGED',
])

/** All alarms of the road to CRS; an earlier run may have raised one. */
const ROAD_ALARMS = [
  ...HINDRANCES,
  'CONTENT_CHANGED',
  'FILE_MALFORMED',
  'DAY_CLOSE_DIFFERS',
  'SIGNATURE_WRONG',
] as const

/** Tokens of the call sessions in a quarter-hour file, each as often as it charged. */
function* tokensIn(bytes: Uint8Array): Iterable<string> {
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    if (line.startsWith('D')) yield line.slice(13, 45)
  }
}

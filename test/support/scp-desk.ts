import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import { type Pin, parsePin } from '../../domain/card.js'
import { type ChargeId, chargeId } from '../../domain/charge-id.js'
import type { ScenarioKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { ServiceNumber } from '../../domain/switch-assertion.js'
import { yen } from '../../domain/yen.js'
import { SetClock } from '../../platform/clock.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { type ClearCard, issueDemonstration } from '../../scp/cards/issue.js'
import { type KeyRing, openKeyRing } from '../../scp/cards/key-ring.js'
import type { OfficePolicy } from '../../scp/office/act.js'
import type { CallEnding } from '../../scp/rules/call-result.js'
import type { Scenario } from '../../scp/scenarios/scenario.js'
import { ALL_OWN, type ListedScenario } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { openScpStore } from '../../scp/store/answering.js'
import type { BackgroundQuestions } from '../../scp/store/background-questions.js'
import type { Charged, ChargePolicy } from '../../scp/store/charges.js'
import { openStoreThreads, type StoreThreads } from '../../scp/store/open.js'
import type { ScpStore, StoreQuestions } from '../../scp/store/questions.js'
import { freshToken, OFFICE, POLICY } from './scp-values.js'

/** A moment by Japan's clock: `2000-12-01T00:00:00.000`. */
export const jst = (text: string): EpochMs => epochMs(Date.parse(`${text}+09:00`))

/** A PIN that no card has: drawn cards never share it but by a chance of 10^-14. */
export const wrongPin = (n = 0): Pin => {
  const pin = parsePin(`${n}`.padStart(14, '0'))
  if (!pin) throw new RangeError(`not a PIN: ${n}`)
  return pin
}

/** scp's store with what callers and card makers do to it. */
export interface Desk {
  readonly store: ScpStore
  readonly ring: KeyRing
  readonly clock: SetClock
  readonly file: string
  /** Asks what reads beside the writer; of a store in a thread. */
  read<N extends keyof BackgroundQuestions>(
    name: N,
    ask: BackgroundQuestions[N]['ask'],
  ): Promise<BackgroundQuestions[N]['answer']>
  /** Ends a call that was answered, or as given. */
  end(token: CallSessionToken, ending?: CallEnding): Promise<unknown>
  /** Opens a call of a number, a charge call unless it says otherwise. */
  call(from: Msisdn, kind?: ScenarioKind, service?: ServiceNumber): Promise<CallSessionToken>
  /** Enters a card in a call; entries count by themselves unless `entry` is given. */
  key(token: CallSessionToken, pin: Pin, entry?: number): Promise<Charged>
  /** Makes cards that can be used, or not. */
  cards(count: number, faceValue: number, order?: CardsOrder): Promise<readonly ClearCard[]>
  /** Makes one card. */
  card(faceValue: number, order?: CardsOrder): Promise<ClearCard>
  close(): Promise<void>
}

interface CardsOrder {
  readonly expiresAt?: EpochMs
  readonly activated?: boolean
}

export interface DeskOptions {
  /** Folder of store and key file; by default one of the test's own. */
  readonly folder?: string
  readonly clock?: SetClock
  readonly policy?: ChargePolicy
  readonly office?: OfficePolicy
  /** The scenarios of the store, where not ours. */
  readonly listed?: readonly ListedScenario[]
  /** The same, made by a test; not in a thread. */
  readonly scenarios?: readonly Scenario[]
  /** Opens the store in a thread, as the program does. */
  readonly thread?: boolean
  /** Folder of the files that such a store writes; by default that of the store. */
  readonly files?: string
}

type Background = StoreThreads['background']

/** Opens scp's store, new or as it was left. */
export async function openDesk(t: Test, options: DeskOptions = {}): Promise<Desk> {
  const folder = options.folder ?? t.testdir()
  const clock = options.clock ?? new SetClock(jst('2001-01-15T12:00:00'))
  const file = join(folder, 'scp.db')
  const { store, background, close } = await openEither(file, clock, options)
  const ring = await openKeyRing(join(folder, 'pin-keys'), store)
  const entries = new Map<CallSessionToken, number>()
  const cards: Desk['cards'] = async (count, faceValue, { expiresAt, activated = true } = {}) => {
    const order = { count, faceValue: yen(faceValue), expiresAt, activated }
    const keep = () => 'nowhere'
    return (await issueDemonstration({ store, ring, draw: systemDraw, keep }, order)).cards
  }
  return {
    store,
    ring,
    clock,
    file,
    close,
    read: async (name, ask) => {
      if (!background) throw new TypeError('this store is in no thread')
      return background.ask(name, ask)
    },
    call: async (msisdn, kind = 'mobilers', service = '1400') => {
      const token = freshToken()
      await store.ask('openCallSession', { token, msisdn, kind, service, callId: token, cseq: 1 })
      return token
    },
    end: (token, ending = { how: 'answered', heldMs: 30_000 }) =>
      store.ask('endCallSession', { token, ending }),
    key: (token, pin, entry = (entries.get(token) ?? 0) + 1) => {
      entries.set(token, entry)
      return store.ask('charge', { id: chargeId(token, entry), digests: ring.digests(pin) })
    },
    cards,
    card: async (faceValue, order) => {
      const [card] = await cards(1, faceValue, order)
      if (!card) throw new Error('no card was made')
      return card
    },
  }
}

async function openEither(
  path: string,
  clock: SetClock,
  {
    policy = POLICY,
    office = OFFICE,
    thread = false,
    listed = ALL_OWN,
    files,
    ...made
  }: DeskOptions,
): Promise<Pick<StoreThreads, 'close'> & { store: ScpStore; background?: Background }> {
  const fail = (error: Error) => {
    throw error
  }
  if (thread) {
    const place = { folder: files ?? dirname(path), node: 'scp1' }
    return openStoreThreads({
      ...{ path, clock, policy, office, scenarios: listed, place },
      ...{ checkpointMs: 10, onDeath: fail },
    })
  }
  const scenarios = made.scenarios ?? (await loadScenarios(listed))
  const { answers, close } = openScpStore({
    ...{ path, clock, policy, office, scenarios },
    onBroken: fail,
  })
  const store: ScpStore = {
    ask: async <N extends keyof StoreQuestions>(name: N, ask: StoreQuestions[N]['ask']) =>
      await answers[name](ask),
  }
  return { store, close: async () => close() }
}

/** The id of a call's `entry`-th card. */
export const entryOf = (token: CallSessionToken, entry = 1): ChargeId => chargeId(token, entry)

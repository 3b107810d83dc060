import type { Clock } from '../../domain/clock.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import type { Answering } from '../../platform/writer-thread.js'
import type { OfficePolicy } from '../office/act.js'
import { BalanceFigures } from '../scenarios/balance/figures.js'
import type { Scenario } from '../scenarios/scenario.js'
import { ClipFiles } from '../tables/clip-files.js'
import { UnitOutbox } from '../units/unit-outbox.js'
import { AuditLog } from './audit-log.js'
import { Batches } from './batches.js'
import { CallSessions } from './call-sessions.js'
import { CardActs } from './card-acts.js'
import { CardImports } from './card-imports.js'
import { CardMaking } from './card-making.js'
import { ChargeLog } from './charge-log.js'
import { type ChargePolicy, Charges, type Permitted } from './charges.js'
import { DayCloses } from './day-closes.js'
import { Deliveries } from './deliveries.js'
import { LockLayers } from './lock-layers.js'
import { MIGRATIONS } from './migrations.js'
import { Office } from './office.js'
import { PinKeys } from './pin-keys.js'
import { QuarterHours } from './quarter-hours.js'
import type { Done, StoreQuestions } from './questions.js'
import { HeardResults, Receipts } from './receipts.js'
import { Restoration } from './restoration.js'
import { ScenarioCharges } from './scenario-charges.js'
import { ServiceStates } from './service-states.js'
import { checkCardRows } from './soundness.js'
import { Stamp } from './stamp.js'
import { TableVersions } from './table-versions.js'
import { type EndedCall, TrafficLog } from './traffic.js'
import { TransferCounter } from './transfer-counts.js'
import { UnrecordedCalls } from './unrecorded-calls.js'
import { WriteProbe } from './write-probe.js'

/** What the writer needs to open the store. */
export interface WriterOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: ChargePolicy
  readonly office: OfficePolicy
  /** Those that run. */
  readonly scenarios: readonly Scenario[]
  /** Told when the store can no longer be trusted: see `GroupCommitOptions`. */
  readonly onBroken: (fault: Fault) => void
}

/**
 * Opens scp's store and answers its questions. All that writes goes through one group commit, in the
 * order it was asked.
 */
export function openScpStore({
  path,
  clock,
  policy,
  office: officePolicy,
  scenarios,
  onBroken,
}: WriterOptions): Answering<StoreQuestions> {
  const store = openStore(path, MIGRATIONS)
  checkCardRows(store)
  const writer = new GroupCommit(store, { onBroken })
  const audit = new AuditLog(store)
  const told = [
    new ChargeLog(store).last().chargedAt,
    new ScenarioCharges(store).lastAt(),
    audit.lastAt(),
  ]
  const stamp = new Stamp(clock, epochMs(Math.max(...told.map(at => at ?? NEVER))))
  const tables = new TableVersions(store, officePolicy.tables)
  const charges = new Charges(store, stamp, policy, scenarios, tables)
  const figures = new BalanceFigures(store, stamp, policy)
  const outbox = new UnitOutbox(store)
  const sessions = new CallSessions(store)
  const unrecorded = new UnrecordedCalls(sessions)
  const layers = new LockLayers(store, policy)
  const locks = layers.handsets
  const traffic = new TrafficLog(store, locks)
  const receipts = new Receipts(store)
  const heard = new HeardResults()
  const endCall = (call: EndedCall) => {
    const at = stamp.now()
    if (traffic.end(call, at)) receipts.due(call.token, heard.lastOf(call.token), at)
  }
  const batches = new Batches(store)
  const making = new CardMaking(store)
  const imports = new CardImports(store)
  const keys = new PinKeys(store)
  const days = new DayCloses(store)
  const quarters = new QuarterHours(store, stamp, days)
  const restoration = new Restoration(store, quarters, scenarios, policy.credit)
  const deliveries = new Deliveries(store)
  const transfers = new TransferCounter(store)
  const services = new ServiceStates(
    store,
    scenarios.map(({ name }) => name),
  )
  const { cards: cardLocks, brake } = layers
  const clips = new ClipFiles(officePolicy.clipFolder)
  const cards = new CardActs(store)
  const parts = { locks, cardLocks, brake, services, batches, keys, cards, tables, clips }
  const office = new Office({ store, stamp, audit, parts, policy: officePolicy })
  const probe = new WriteProbe(store, writer)
  const done = async (work: () => void): Promise<Done> => {
    await writer.run(work)
    return 'done'
  }
  return {
    answers: {
      openCallSession: session =>
        unrecorded.orKeep(session, () => writer.run(() => traffic.open(session, stamp.now()))),
      endCallSession: async call =>
        unrecorded.end(call.token)
          ? 'done'
          : done(() => endCall(call)).then(ended => {
              heard.forget(call.token)
              return ended
            }),
      resultHeard: ({ token, entry }) => {
        if (sessions.find(token)?.ended === false) heard.note(token, entry)
        return 'done'
      },
      countRefusedCalls: refused => done(() => traffic.countRefused(refused, stamp.now())),
      tellOfCall: ({ token, told }) => writer.run(() => sessions.tell(token, told)),
      openCallSessions: () => sessions.openTokens(),
      probe: () => probe.check(),
      permission: async token => {
        const permitted = charges.permission(token)
        await probe.checkAfterFailure()
        const told = refusalIn(permitted)
        if (told) unawaited(writer.run(() => sessions.tell(token, { notice: told, entries: 0 })))
        return permitted
      },
      charge: ({ id, digests }) => writer.run(() => charges.charge(id, digests)),
      conclude: id => writer.run(() => charges.conclude(id)),
      balanceFigures: token => figures.of(token, unrecorded.find(token)),
      waitingUnits: ({ after, max }) => outbox.waiting(after, max),
      settleUnits: sequence => done(() => outbox.settle(sequence)),
      pinKeys: () => keys.all(),
      admitPinKey: key => done(() => keys.admit(key)),
      pinChains: () => keys.chains(),
      pinRotation: () => keys.rotation(),
      endPinRotation: keyId => done(() => keys.endRotation(keyId, stamp.now())),
      beginPinChain: chain => done(() => keys.beginChain(chain)),
      wrapCards: wrapping => done(() => keys.wrap(wrapping)),
      endPinChain: chain => done(() => keys.endChain(chain)),
      countActiveBatches: () => batches.countActive(),
      countDemonstrationBatches: () => batches.countDemonstration(),
      serviceStates: () => services.all(),
      standingTables: () => tables.standing(stamp.now()),
      keptTable: table => tables.kept(table, stamp.now()),
      tableText: ({ table, version }) => tables.text(table, version),
      performAct: asked => writer.run(() => office.ask(asked)),
      decideApproval: asked => writer.run(() => office.decide(asked)),
      planBatch: ({ planned, doing }) =>
        writer.run(() => batches.plan(planned, stamp.now(), doing)),
      demonstrateBatch: ({ batch, activated }) =>
        done(() => making.demonstrate(batch, activated, stamp.now())),
      batchInMaking: () => making.current(),
      addCards: cards => writer.run(() => making.add(cards)),
      recordPrintFile: file => done(() => making.recordFile(file, stamp.now())),
      importUnderWay: () => imports.current(),
      takeImported: lines => done(() => imports.take(lines)),
      finishImport: ({ import: number, missing }) =>
        done(() => imports.finish(number, missing, stamp.now())),
      failImport: ({ import: number, why }) => done(() => imports.fail(number, why)),
      dropImported: ({ import: number, max }) => writer.run(() => imports.drop(number, max)),
      endFailedImport: number => done(() => imports.endFailed(number, stamp.now())),
      keysInMaking: () => batches.keysInMaking(),
      closeQuarterHours: async ({ max }) => {
        const closing = writer.run(() => quarters.closeEnded(max))
        unawaited(writer.run(() => traffic.closeEnded(TRAFFIC_CLOSED_AT_ONCE)))
        const closed = await closing
        return { closed, openUntil: quarters.openUntil(), clockBehindMs: stamp.behindMs() }
      },
      stampedUntil: () => stamp.latest(),
      unwrittenQuarterHours: ({ max }) => quarters.unwritten(max),
      recordWrittenFiles: files =>
        done(() => {
          for (const file of files) quarters.recordWritten(file)
        }),
      unwrittenDayCloses: ({ max }) => days.unwritten(max),
      recordWrittenDayCloses: files =>
        done(() => {
          for (const file of files) days.recordWritten(file)
        }),
      openRestoration: () => restoration.open(),
      replayAccepted: accepted => writer.run(() => restoration.replay(accepted)),
      endRestoration: () => done(() => restoration.end(stamp.now())),
      owedToCrs: ({ from, max }) => deliveries.owed(from, max),
      countOwedToCrs: () => deliveries.countOwed(),
      countSentToCrs: numbers => done(() => transfers.countSent(numbers, stamp.now())),
      countTransferError: () => done(() => transfers.countError(stamp.now())),
      recordAcknowledgements: acknowledged =>
        done(() => {
          for (const one of acknowledged) deliveries.acknowledge(one, stamp.now())
        }),
    },
    close: () => {
      writer.flush()
      store.close()
    },
  }
}

/** Quarter-hours whose traffic is closed in one work: those of a week that the program was down. */
const TRAFFIC_CLOSED_AT_ONCE = 672

/** Step ⑬ said no: that is what the call comes to, unless an entry does. */
const refusalIn = ({ permission: { outcome } }: Permitted) =>
  outcome === 'permitted' ? undefined : outcome === 'at_month_cap' ? 'at_cap' : 'locked'

/** Work of the traffic for which no caller waits; what a failing disk keeps from it is lost to the traffic alone. */
const unawaited = (work: Promise<unknown>): void => {
  work.catch(error => {
    if (!(error instanceof Fault)) throw error
  })
}

/** Earlier than any charge. */
const NEVER: EpochMs = epochMs(0)

import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { answerQuestions } from '../../platform/writer-thread.js'
import { writeDayCloseFiles } from '../quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../quarter-hour/file.js'
import { readClosedFile } from '../transfer/closed-file.js'
import { Approvals } from './approvals.js'
import { checkAudit } from './audit-check.js'
import { AuditLog } from './audit-log.js'
import type { BackgroundOptions, BackgroundQuestions } from './background-questions.js'
import { CardActs } from './card-acts.js'
import { CardLockReader } from './card-lock-reader.js'
import { CardReader } from './card-reader.js'
import { ChainReader } from './chain-reader.js'
import { ChargeLog } from './charge-log.js'
import { DaySumsReader } from './day-sums.js'
import { EntrySearcher } from './entry-search.js'
import { GuessBrake } from './guess-brake.js'
import { LiabilityReader } from './liability-reader.js'
import { LockReader } from './lock-reader.js'
import { Locks } from './locks.js'
import { MissingSerials } from './missing-serials.js'
import { Receipts } from './receipts.js'
import { ChargeRows } from './soundness.js'
import { TrafficReader } from './traffic-reader.js'
import { TrafficTotalsReader } from './traffic-totals.js'
import { WatchReader } from './watch-reader.js'

// This module is a thread: it reads scp's store beside its writer.
answerQuestions<BackgroundQuestions>(options => {
  const { path, place, locks: layers, checkpointMs } = options as BackgroundOptions
  const store = openStoreToCheckpoint(path)
  const log = new ChargeLog(store)
  const rows = new ChargeRows(store)
  const locks = new Locks(store, layers.lock)
  const traffic = new TrafficReader(store, locks)
  const totals = new TrafficTotalsReader(store, locks)
  const daySums = new DaySumsReader(store)
  const handsets = new LockReader(store, locks, layers.lock)
  const lockedCards = new CardLockReader(store, layers.cardLock)
  const brake = new GuessBrake(store, layers.brake)
  const approvals = new Approvals(store)
  const audit = new AuditLog(store)
  const chains = new ChainReader(store)
  const missing = new MissingSerials(store)
  const cards = new CardReader(store)
  const cardActs = new CardActs(store)
  const liability = new LiabilityReader(store)
  const watch = new WatchReader(store)
  const entries = new EntrySearcher(store)
  const receipts = new Receipts(store)
  const timer = setInterval(() => checkpoint(store), checkpointMs)
  return {
    answers: {
      writeFiles: closed => {
        rows.check(closed)
        return writeQuarterHourFiles(log, place, closed)
      },
      traffic: period => traffic.read(period),
      trafficTotals: now => totals.read(now),
      daySums: ({ day, unit }) => daySums.read(day, unit),
      writeDayCloses: closed => writeDayCloseFiles(log, place, closed),
      readFiles: deliveries => deliveries.map(one => readClosedFile(log, place, one)),
      approvals: search => approvals.list(search),
      approval: ({ at, approval }) => approvals.find(approval, at),
      searchAudit: search => audit.search(search),
      spansOfKey: keyId => chains.spansOf(keyId),
      cardsOfChain: ({ chain, span }) => chains.cardsOf(chain, span),
      missingSerials: ({ span, max }) => missing.of(span, max),
      checkAudit: () => checkAudit(store),
      lockedHandsets: at => handsets.locked(at),
      lockedCards: () => lockedCards.locked(),
      brake: at => brake.standing(at),
      cardLockHistory: ({ serial, at }) => lockedCards.history(serial, at),
      checkpoint: () => {
        checkpoint(store)
        return 'done'
      },
      batches: at => cards.list(at),
      batch: ({ batch, at }) => cards.batch(batch, at),
      card: ({ serial, at }) => cards.card(serial, at),
      effectOnCards: ({ asked, person, at }) => ({
        ...cardActs.effectOn(asked, at),
        doneAlone: cardActs.doneAlone(asked.act, person, at),
      }),
      liability: moment => liability.at(moment),
      handsetHistory: ({ msisdn, at }) => handsets.history(msisdn, at),
      entries: search => entries.search(search),
      receipts: ({ after, max }) => receipts.after(after, max),
      watched: now => watch.read(now),
    },
    close: () => {
      clearInterval(timer)
      store.close()
    },
  }
})

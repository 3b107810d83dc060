import { writeSync } from 'node:fs'
import { pino } from 'pino'
import { billingStore, timerFilePath } from '../../billing/config.js'
import { Spool } from '../../billing/exchange/spool.js'
import { openBillingStore } from '../../billing/store/open.js'
import { TimerFile } from '../../billing/timers/timer-file.js'
import { crsStore } from '../../crs/config.js'
import { crs } from '../../crs/main.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS, jstDay, nextJstDay } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { type Home, homeAt } from '../../platform/home.js'
import { checkpoint, openStoreToCheckpoint } from '../../platform/store.js'
import { CrsFiles, charge, contractId, number, received } from './billing-desk.js'
import { CRS_TEST_SETTINGS, chargeRecord, jst, NodeFiles, NodeSender } from './crs-desk.js'

// Started as a program of its own, whose disk is recorded until it is killed.

/** Told by lines on its output, written at once: `A <number> <records>` file acknowledged, or reflected. */
const tell = (line: string) => writeSync(1, `${line}\n`)

/** Pause between two checkpoints, in ms: the programs' own would come after the test. */
const CHECKPOINT_MS = 20

function checkpointOften(path: string): void {
  const store = openStoreToCheckpoint(path)
  setInterval(() => checkpoint(store), CHECKPOINT_MS)
}

const START = jst('2000-12-01T00:00:00')

/** CRS itself, and a node that brings it files as fast as they are acknowledged. */
async function takeAsCrs(home: Home): Promise<void> {
  const clock = new SetClock(START)
  const log = pino({ level: 'silent' })
  const running = await crs.start({ home, given: CRS_TEST_SETTINGS, clock, log })
  checkpointOften(crsStore(home))
  const sender = new NodeSender(running.listening.intake ?? '', home, 'scp1')
  const files = new NodeFiles('scp1', START)
  for (let n = 1; ; n++) {
    const count = n % 4
    const body = files.next(began =>
      Array.from({ length: count }, (_, at) => chargeRecord(epochMs(began + at))),
    )
    clock.set(files.until)
    const { status, text } = await sender.file(files.number, body)
    if (status !== 200) throw new Error(text)
    tell(`A ${n} ${count}`)
    if (files.dayEnded) await sender.dayClose(files.dayClose())
  }
}

/** What billing keeps of an exchange, in its order: the file, the timer, the reflected charges. */
async function keepAsBilling(home: Home): Promise<void> {
  const clock = new SetClock(START)
  const onBroken = (fault: Error) => {
    throw fault
  }
  const store = openBillingStore({ path: billingStore(home), clock, onBroken })
  checkpointOften(billingStore(home))
  const spool = new Spool(home.billingFiles)
  const timers = new TimerFile(timerFilePath(home))
  await store.takeContracts([
    {
      contract: contractId('K1'),
      msisdn: number(1),
      contractClass: 'mobile',
      plan: 'A',
      validFrom: START,
    },
  ])
  const files = new CrsFiles()
  for (let day = jstDay(START); ; day = nextJstDay(day)) {
    const records = Array.from({ length: 24 }, (_, hour) => hour).flatMap(hour =>
      Array.from({ length: hour % 3 }, (_, n) =>
        charge(1 + (n % 2), epochMs(Date.parse(`${day}T00:00+09:00`) + hour * HOUR_MS), 1_000),
      ),
    )
    for (const file of files.day(day, records)) {
      const { content } = received(file)
      const count = 'records' in content ? content.records.length : 0
      spool.keep(file.name, Buffer.from(file.text, 'latin1'))
      timers.put([
        {
          name: 'trigger-send',
          dueAt: epochMs(START + file.sequence),
          about: `${file.sequence}`,
          effect: { does: 'notify', program: 'billing' },
        },
      ])
      await store.reflect(received(file))
      tell(`A ${file.sequence} ${count}`)
    }
  }
}

const [program, folder] = process.argv.slice(2)
if (folder) await (program === 'crs' ? takeAsCrs : keepAsBilling)(homeAt(folder))

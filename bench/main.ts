import { Command } from 'commander'
import { callSetUp } from './call-set-up.js'
import { cards } from './cards.js'
import { congestion } from './congestion.js'
import { crsIntake } from './crs-intake.js'
import { eventSocketCalls } from './event-socket-calls.js'
import { hundredCalls } from './hundred-calls.js'
import { logSearch } from './log-search.js'
import { monthlyRun } from './monthly-run.js'
import { recovery } from './recovery.js'
import { redemption } from './redemption.js'
import { rtpCalls } from './rtp-calls.js'
import { watchers } from './watchers.js'

/** `npm run bench -- <name>`: what is measured on demand, beside peers in the same run. None of it gates. */
const bench = new Command('bench')
  .description(
    'Measures the product beside peers in the same run. Give a bench by its name:\n' +
      'npm run bench -- hundred-calls. docs/benches.md tells what each measures.',
  )
  .showHelpAfterError('(npm run bench -- --help lists the benches)')
  .addCommand(hundredCalls())
  .addCommand(logSearch())
  .addCommand(cards())
  .addCommand(redemption())
  .addCommand(crsIntake())
  .addCommand(recovery())
  .addCommand(monthlyRun())
  .addCommand(congestion())
  .addCommand(watchers())
  .addCommand(callSetUp())
  .addCommand(rtpCalls())
  .addCommand(eventSocketCalls())

await bench.parseAsync()

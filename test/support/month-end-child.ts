import { setTimeout as wait } from 'node:timers/promises'
import { parsePin } from '../../domain/card.js'
import { systemClock } from '../../platform/clock.js'
import { homeAt } from '../../platform/home.js'
import { openNode } from './scp-node.js'
import { phone } from './scp-values.js'

/** Pause between two charges, in ms. */
const PAUSE_MS = 50

// Started as a program of its own, on a machine whose clock is made to stand before the end of a month:
// charges cards from one moment to another of the machine's own time.
const [folder = '', from = '', until = '', pins = ''] = process.argv.slice(2)
const node = await openNode(homeAt(folder), systemClock, 1)
while (systemClock.now() < Number(from)) await wait(PAUSE_MS)
for (const [n, text] of pins.split(',').entries()) {
  if (systemClock.now() > Number(until)) break
  const pin = parsePin(text)
  if (!pin) throw new Error('not a PIN')
  await node.charge(phone(n % 4), pin)
  await wait(PAUSE_MS)
}
await node.end()

import type { Act } from './act.js'
import { CARD_ACTS } from './card-acts.js'
import { endBrake } from './end-brake.js'
import { rotatePinKey } from './rotate.js'
import { startService, stopService, switchService } from './services.js'
import { callOffTable, replaceTable, rollBackTable } from './tables.js'
import { unlockHandset, unlockHandsets } from './unlock.js'
import { unlockCard, unlockCards } from './unlock-card.js'

/** Everything that the card office can do, each once. An act once named keeps its name: the audit log has it. */
export const ACTS: readonly Act[] = [
  unlockHandset,
  unlockHandsets,
  unlockCard,
  unlockCards,
  endBrake,
  stopService,
  startService,
  switchService,
  replaceTable,
  rollBackTable,
  callOffTable,
  ...CARD_ACTS,
  rotatePinKey,
]

/** The act of a name. */
export const actNamed = (name: string): Act | undefined => ACTS.find(act => act.name === name)

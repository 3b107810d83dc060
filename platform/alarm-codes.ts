import type { FaultCode } from './fault-codes.js'

/** How urgent an alarm is (ITU-T X.733 §8.1.2.3). */
export const SEVERITIES = [
  /** Money is not where it must be, or will not be: somebody must act now. */
  'critical',
  /** Something waits that must not wait for long. */
  'major',
  /** Somebody must see to it, in their own time. */
  'minor',
] as const

export type Severity = (typeof SEVERITIES)[number]

/** What operations must know of an alarm besides its fault code. */
export interface AlarmKind {
  /** The severities it is raised with. */
  readonly severities: readonly [Severity, ...Severity[]]
  /** Facts that tell one alarm of this code from another: the same again is counted, not raised anew. */
  readonly about: readonly string[]
  /** Who ends it: `itself` when its cause is gone, or the `operator` who acknowledges it. */
  readonly endedBy: 'itself' | 'operator'
  /** When it is over, for an operator. */
  readonly clears: string
}

/**
 * Every alarm of the product, by its fault code, which has the meaning and what to do (fault-codes.ts). A
 * test holds docs/operations.md against this list.
 */
export const ALARMS = {
  CONTENT_CHANGED: {
    severities: ['critical'],
    about: ['peer', 'node'],
    endedBy: 'itself',
    clears: 'CRS takes the next file of the node.',
  },
  FILE_MALFORMED: {
    severities: ['critical'],
    about: ['peer', 'node', 'what'],
    endedBy: 'itself',
    clears: 'CRS takes the next file of the node.',
  },
  DAY_CLOSE_DIFFERS: {
    severities: ['critical'],
    about: ['peer', 'node'],
    endedBy: 'itself',
    clears: 'CRS takes the day close.',
  },
  CLOSED_FILE_CHANGED: {
    severities: ['critical'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The file is as it was written, or was written again.',
  },
  CHARGE_REPEATED: {
    severities: ['critical'],
    about: ['node'],
    endedBy: 'operator',
    clears: 'An operator acknowledges it.',
  },
  UNITS_DIFFER: {
    severities: ['critical'],
    about: ['chargeId'],
    endedBy: 'operator',
    clears: 'The MSCP acknowledges the units, or an operator the alarm.',
  },
  DAY_NOT_CONFIRMED: {
    severities: ['critical'],
    about: ['day'],
    endedBy: 'operator',
    clears: 'The day is confirmed and billing starts again, or an operator acknowledges it.',
  },
  TRIGGER_REFUSED: {
    severities: ['critical'],
    about: [],
    endedBy: 'itself',
    clears: 'CRS answers the next trigger.',
  },
  PEER_UNREACHABLE: {
    severities: ['major'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The other program answers.',
  },
  PEER_ANSWER_INVALID: {
    severities: ['major'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The other program answers as its interface says.',
  },
  STORE_FAILED: {
    severities: ['major', 'critical'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The store commits again.',
  },
  FOLDER_NOT_WRITABLE: {
    severities: ['major', 'critical'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The file could be written.',
  },
  OVERLOADED: {
    severities: ['major', 'critical'],
    about: ['peer', 'what'],
    endedBy: 'itself',
    clears: 'The request is taken.',
  },
  SIGNATURE_WRONG: {
    severities: ['major'],
    about: ['peer', 'node'],
    endedBy: 'operator',
    clears: 'A request of the node is signed rightly, or an operator acknowledges it.',
  },
  SEQUENCE_GAP: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'The node has sent the file that was missing.',
  },
  DELIVERY_LATE: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'The node has delivered what was due.',
  },
  NODE_OUT: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'The node is declared in again, or removed.',
  },
  BACKUP_TOO_OLD: {
    severities: ['major'],
    about: ['what'],
    endedBy: 'itself',
    clears: 'The node takes calls: a later backup was restored.',
  },
  TRANSFER_LATE: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'No file waits for longer than the setting any more.',
  },
  RECORD_UNMAPPED: {
    severities: ['major'],
    about: ['file'],
    endedBy: 'operator',
    clears: 'An operator acknowledges it.',
  },
  EXCHANGE_STOPPED: {
    severities: ['major'],
    about: [],
    endedBy: 'itself',
    clears: 'Billing sends triggers again.',
  },
  MONTH_NOT_CLOSED: {
    severities: ['major', 'minor'],
    about: [],
    endedBy: 'itself',
    clears: 'The month is closed.',
  },
  LOG_IN_REFUSED: {
    severities: ['major'],
    about: [],
    endedBy: 'operator',
    clears: 'An operator acknowledges it.',
  },
  GUIDANCE_DAMAGED: {
    severities: ['major'],
    about: ['what'],
    endedBy: 'itself',
    clears: 'ivr has taken the guidance over that is in force.',
  },
  CERTIFICATE_INVALID: {
    severities: ['major'],
    about: ['what'],
    endedBy: 'itself',
    clears: 'A certificate was taken that is valid for 14 days more.',
  },
  LOCK_STORM: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'Fewer handsets than the setting were locked in ten minutes.',
  },
  CARD_PROBED: {
    severities: ['major'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'Its cards were released, or a day has passed since they were locked.',
  },
  GUESS_RATE_HIGH: {
    severities: ['critical'],
    about: ['node'],
    endedBy: 'itself',
    clears:
      'No wrong number over the limit came for as long as the service brakes, or an operator ended the brake.',
  },
  CLOCK_WENT_BACK: {
    severities: ['critical'],
    about: ['clock'],
    endedBy: 'itself',
    clears: 'The clock shows again what it showed before.',
  },
  CLOCK_LEAPT: {
    severities: ['critical'],
    about: ['clock'],
    endedBy: 'operator',
    clears: 'An operator acknowledges it.',
  },
  DISK_SPACE_LOW: {
    severities: ['critical'],
    about: ['node'],
    endedBy: 'itself',
    clears: 'A tenth more than the setting is free.',
  },
  CHARGE_HELD: {
    severities: ['minor'],
    about: ['name'],
    endedBy: 'operator',
    clears: 'An operator acknowledges it.',
  },
} as const satisfies Partial<Record<FaultCode, AlarmKind>>

export type AlarmCode = keyof typeof ALARMS

/** The alarm of whatever fault keeps a program from its own work: one that has none is its store's or disk's. */
export const alarmOf = (code: FaultCode): AlarmCode => (isAlarmCode(code) ? code : 'STORE_FAILED')

/** Alarms of faults that keep a program from its own work until they pass. */
export const HINDRANCES = [
  'STORE_FAILED',
  'FOLDER_NOT_WRITABLE',
  'OVERLOADED',
  'CLOSED_FILE_CHANGED',
  'PEER_UNREACHABLE',
  'PEER_ANSWER_INVALID',
  'BACKUP_TOO_OLD',
] as const satisfies readonly AlarmCode[]

export const isAlarmCode = (code: string): code is AlarmCode => Object.hasOwn(ALARMS, code)

/** What an alarm is about, in words: `peer crs`. Empty where its program has but one of that code. */
export const subjectOf = (code: AlarmCode, facts: Readonly<Record<string, unknown>>): string => {
  const { about }: AlarmKind = ALARMS[code]
  return about
    .filter(name => ['string', 'number'].includes(typeof facts[name]))
    .map(name => `${name} ${facts[name]}`)
    .join(', ')
}

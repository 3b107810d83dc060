import { type SettingValues, setting, wholeNumberBetween } from '../platform/settings.js'
import type { LockLayersPolicy } from './store/lock-layers.js'

/** The locks in layers: handset, card, whole service (requirements §5.4, §7.1). */
export const lockSettings = {
  lockConsecutive: setting('MCSCP_LOCK_CONSECUTIVE', wholeNumberBetween(1, 1_000), {
    default: '5',
    about: 'wrong card numbers in a row after which a handset is locked',
    source: 'requirements S-09, §7.1',
  }),
  lockWindow: setting('MCSCP_LOCK_WINDOW', wholeNumberBetween(1, 10_000), {
    default: '20',
    about: 'wrong card numbers within the window after which a handset is locked',
    source: 'requirement §7.1',
  }),
  lockWindowDays: setting('MCSCP_LOCK_WINDOW_DAYS', wholeNumberBetween(1, 366), {
    default: '30',
    unit: 'days',
    about: 'length of that window, today included',
    source: 'requirement §7.1',
  }),
  lockLapseHours: setting('MCSCP_LOCK_LAPSE_HOURS', wholeNumberBetween(0, 8_784), {
    default: '0',
    unit: 'h',
    about: 'after how long a lock lapses by itself; 0: only an operator releases it',
    source: 'requirement S-11',
  }),
  cardLockHandsets: setting('MCSCP_CARD_LOCK_HANDSETS', wholeNumberBetween(2, 10_000), {
    default: '5',
    unit: 'handsets',
    about:
      'different handsets that key one card which is of no use to them after which it is locked',
    source: 'requirement §5.4',
  }),
  cardLockDays: setting('MCSCP_CARD_LOCK_DAYS', wholeNumberBetween(1, 366), {
    default: '30',
    unit: 'days',
    about: 'within how many days',
    source: 'requirement §5.4',
  }),
  guessRateMax: setting('MCSCP_GUESS_RATE_MAX', wholeNumberBetween(0, 1_000_000), {
    default: '300',
    unit: '1/min',
    about:
      'wrong card numbers a minute in all from which on the service brakes, whatever is usual; 0: never',
    source: 'requirement §5.4, fault test XP3',
  }),
  guessRateMin: setting('MCSCP_GUESS_RATE_MIN', wholeNumberBetween(1, 1_000_000), {
    default: '60',
    unit: '1/min',
    about: 'below so many it never brakes, however few are usual',
    source: 'requirement §5.4',
  }),
  guessTimesUsual: setting('MCSCP_GUESS_TIMES_USUAL', wholeNumberBetween(2, 1_000), {
    default: '10',
    about: 'between the two it brakes at so many times the usual rate of the week before',
    source: 'fault test XP3',
  }),
  brakeHoldMinutes: setting('MCSCP_BRAKE_HOLD_MINUTES', wholeNumberBetween(1, 1_440), {
    default: '10',
    unit: 'min',
    about: 'how long it brakes after the last wrong number that was over the limit',
    source: 'requirement §5.4',
  }),
  brakePauseMinutes: setting('MCSCP_BRAKE_PAUSE_MINUTES', wholeNumberBetween(0, 1_440), {
    default: '30',
    unit: 'min',
    about: 'while it brakes, how long a handset waits after a wrong number; 0: an alarm alone',
    source: 'requirement §5.4',
  }),
}

/** When each layer holds who guesses, as the settings have it. */
export const lockLayersOf = (values: SettingValues<typeof lockSettings>): LockLayersPolicy => ({
  lock: {
    consecutiveMax: values.lockConsecutive,
    windowMax: values.lockWindow,
    windowDays: values.lockWindowDays,
    lapseHours: values.lockLapseHours,
  },
  cardLock: { handsetsMax: values.cardLockHandsets, windowDays: values.cardLockDays },
  brake: {
    rateMax: values.guessRateMax,
    rateMin: values.guessRateMin,
    timesUsual: values.guessTimesUsual,
    holdMinutes: values.brakeHoldMinutes,
    pauseMinutes: values.brakePauseMinutes,
  },
})

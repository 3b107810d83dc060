import { setting, wholeNumberBetween } from '../../platform/settings.js'

/** Where the alarms of scp's watch begin. */
export const watchSettings = {
  alarmLocks: setting('MCSCP_ALARM_LOCKS', wholeNumberBetween(1, 1_000_000), {
    default: '20',
    unit: 'handsets',
    about: 'handsets locked within ten minutes from which on the alarm LOCK_STORM stands',
    source: 'requirement M-15',
  }),
  alarmCardLocks: setting('MCSCP_ALARM_CARD_LOCKS', wholeNumberBetween(1, 1_000_000), {
    default: '1',
    unit: 'cards',
    about:
      'cards locked within a day, and not released, from which on the alarm CARD_PROBED stands',
    source: 'requirements M-15, §5.4',
  }),
  alarmDiskMegabytes: setting('MCSCP_ALARM_DISK_MB', wholeNumberBetween(1, 100_000_000), {
    default: '512',
    unit: 'MiB',
    about: 'free space of the home’s disk below which the alarm DISK_SPACE_LOW stands',
    source: 'requirement M-15, fault test XF4',
  }),
  alarmBacklogMinutes: setting('MCSCP_ALARM_BACKLOG_MINUTES', wholeNumberBetween(1, 100_000), {
    default: '60',
    unit: 'min',
    about: 'how long a closed file may wait for CRS before the alarm TRANSFER_LATE stands',
    source: 'requirement M-15',
  }),
}

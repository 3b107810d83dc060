/**
 * MB's side of fetching charge information from CRS (seed 004 §4.3(2), Figure 9; requirements F-03 … F-12).
 *
 *   closed ──open──► sending ──► awaiting_file ──file──► reflecting ──done──► idle ──trigger timer──► sending
 *                       │              │                     │
 *                       └─send failed─►└────receive timer───►└──failed──► stopped ──re-armed──► sending
 *
 * MB leads, since CRS runs day and night and MB closes to run its batch. The next trigger needs
 * both: the last file fully reflected, and the trigger timer fired. `…_due` is «fired meanwhile».
 *
 * At the night close no trigger is sent any more; an exchange under way finishes or times out, which
 * are the `closing_…` states, and ends in `closed`. `stopped` closes too: the first trigger after opening has no
 * conditions.
 *
 * Pure: an action starts a timer (restarting it if it runs), an event says it fired.
 */
export const EXCHANGE_STATES = [
  'closed',
  'sending',
  'awaiting_file',
  'awaiting_file_due',
  'reflecting',
  'reflecting_due',
  'idle',
  'stopped',
  'closing_sending',
  'closing_awaiting_file',
  'closing_reflecting',
] as const

export type State = (typeof EXCHANGE_STATES)[number]

export type Event =
  | 'opened'
  | 'night_closed'
  | 'trigger_sent'
  | 'send_failed'
  | 'trigger_timer'
  | 'receive_timer'
  | 'file_received'
  | 'reflected'
  | 'reflection_failed'
  | 'rearmed'

export type Action =
  | 'send_trigger'
  | 'start_trigger_timer'
  | 'start_receive_timer'
  | 'stop_trigger_timer'
  | 'stop_receive_timer'
  | 'reflect_file'
  | 'raise_alarm'

export type Step = readonly [State, ...Action[]]

/** F-11: the first trigger has no preconditions. */
export const begin: Step = ['sending', 'send_trigger']

// F-03: on completing the send of a trigger file both timers start.
const startBoth = ['start_trigger_timer', 'start_receive_timer'] as const
const reflect = ['stop_receive_timer', 'reflect_file'] as const
// F-08, F-09: an alarm, and no new trigger until an operator re-arms it.
const alarm: Step = ['stopped', 'raise_alarm']
const ended: Step = ['closed', 'stop_trigger_timer']
const endedBadly: Step = ['closed', 'stop_trigger_timer', 'raise_alarm']

// F-04: from the second trigger on, reflection has completed and the trigger timer has fired.
// F-09: fired while reflection still runs, the next trigger goes out when that completes normally.
// biome-ignore format: table
const steps: Record<State, Partial<Record<Event, Step>>> = {
  closed:                { opened:            begin },
  sending:               { trigger_sent:      ['awaiting_file', ...startBoth],
                           send_failed:       alarm,
                           night_closed:      ['closing_sending'] },
  awaiting_file:         { trigger_timer:     ['awaiting_file_due'],
                           file_received:     ['reflecting', ...reflect],
                           receive_timer:     alarm,
                           night_closed:      ['closing_awaiting_file'] },
  awaiting_file_due:     { file_received:     ['reflecting_due', ...reflect],
                           receive_timer:     alarm,
                           night_closed:      ['closing_awaiting_file'] },
  reflecting:            { trigger_timer:     ['reflecting_due'],
                           reflected:         ['idle'],
                           reflection_failed: alarm,
                           night_closed:      ['closing_reflecting'] },
  reflecting_due:        { reflected:         begin,
                           reflection_failed: alarm,
                           night_closed:      ['closing_reflecting'] },
  idle:                  { trigger_timer:     begin,
                           night_closed:      ended },
  stopped:               { rearmed:           begin,
                           night_closed:      ended },
  // F-11: opened again before the outstanding exchange ended, the first trigger waits for that alone.
  closing_sending:       { trigger_sent:      ['closing_awaiting_file', ...startBoth],
                           send_failed:       endedBadly,
                           opened:            ['sending'] },
  closing_awaiting_file: { file_received:     ['closing_reflecting', ...reflect],
                           receive_timer:     endedBadly,
                           opened:            ['awaiting_file_due'] },
  closing_reflecting:    { reflected:         ended,
                           reflection_failed: endedBadly,
                           opened:            ['reflecting_due'] },
}

/** An event the state does not list changes nothing: a timer may fire just after it was stopped. */
export const next = (state: State, event: Event): Step => steps[state][event] ?? [state]

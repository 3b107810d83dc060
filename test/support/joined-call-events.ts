import type { JoinedCallEvent } from '../../platform/signalling/joined-call.js'

/** One of each event that a joined call may be told, the refusal with this reason. */
export const joinedCallEvents = (refusal: string): readonly JoinedCallEvent[] => [
  { type: 'progress', status: 180 },
  { type: 'answered' },
  { type: 'refused', refusal },
  { type: 'caller_connected' },
  { type: 'caller_lost' },
  { type: 'caller_cancelled' },
  { type: 'caller_hung_up' },
  { type: 'called_hung_up' },
  { type: 'time_over' },
  { type: 'closing' },
]

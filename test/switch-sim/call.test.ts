import t from 'tap'
import {
  begin,
  type CallAction,
  type CallEvent,
  type CallState,
  next,
} from '../../switch-sim/mls/call.js'

const events: readonly CallEvent[] = [
  { type: 'progress', status: 180 },
  { type: 'answered' },
  { type: 'refused', refusal: 'service-stopped' },
  { type: 'caller_connected' },
  { type: 'caller_lost' },
  { type: 'caller_cancelled' },
  { type: 'caller_hung_up' },
  { type: 'called_hung_up' },
  { type: 'time_over' },
  { type: 'closing' },
]

const states: readonly CallState[] = [
  { name: 'dialling' },
  { name: 'answering' },
  { name: 'answering_in_vain' },
  { name: 'talking' },
  { name: 'announcing', announcement: 'not-permitted' },
  { name: 'ended' },
]

/** An action in a word. */
const word = (action: CallAction): string => {
  if (action.type === 'refuse_caller' || action.type === 'relay_progress') {
    return `${action.type} ${action.status}`
  }
  if (action.type === 'dial_announcement') return `${action.type} ${action.announcement}`
  return action.type === 'start_timer' ? `timer ${action.limit}` : action.type
}

const step = (state: CallState, event: CallEvent): string => {
  const [after, ...actions] = next(state, event)
  return [after.name, ...actions.filter(one => one.type !== 'stop_timer').map(word)].join(', ')
}

t.test('a call begins as its route says', async t => {
  t.strictSame(begin({ to: 'mcscp', chargeKind: 'pricall' }), [
    { name: 'dialling' },
    { type: 'start_timer', limit: 'set_up' },
    { type: 'dial_mcscp', chargeKind: 'pricall' },
  ])
  t.strictSame(begin({ to: 'announcement', announcement: 'not-permitted' }), [
    { name: 'announcing', announcement: 'not-permitted' },
    { type: 'start_timer', limit: 'announcement' },
    { type: 'dial_announcement', announcement: 'not-permitted' },
  ])
})

t.test('every event in every state', async t => {
  const announce = (name: string, ...before: string[]) =>
    ['announcing', ...before, 'timer announcement', `dial_announcement ${name}`].join(', ')
  // What is not listed changes nothing.
  // biome-ignore format: table
  const expected: Record<string, Record<string, string>> = {
    dialling: {
      progress:         'dialling, relay_progress 180',
      answered:         'answering, answer_caller',
      refused:          announce('service-stopped'),
      caller_cancelled: 'ended, cancel_leg',
      time_over:        announce('congestion', 'cancel_leg'),
      closing:          'ended, cancel_leg, refuse_caller 503',
    },
    answering: {
      caller_connected: 'talking, timer call, join_legs',
      caller_lost:      'ended, hang_up_called',
      called_hung_up:   'answering_in_vain',
      time_over:        'answering_in_vain, hang_up_called',
      closing:          'answering_in_vain, hang_up_called',
    },
    answering_in_vain: {
      caller_connected: 'ended, hang_up_caller',
      caller_lost:      'ended',
    },
    talking: {
      caller_hung_up:   'ended, hang_up_called',
      called_hung_up:   'ended, hang_up_caller',
      time_over:        'ended, hang_up_caller, hang_up_called',
      closing:          'ended, hang_up_caller, hang_up_called',
    },
    announcing: {
      progress:         'announcing, relay_progress 180',
      answered:         'ended, hang_up_called, refuse_caller 403',
      refused:          'ended, refuse_caller 403',
      caller_cancelled: 'ended, cancel_leg',
      time_over:        'ended, cancel_leg, refuse_caller 403',
      closing:          'ended, cancel_leg, refuse_caller 403',
    },
    ended: {},
  }
  for (const state of states) {
    for (const event of events) {
      const wanted = expected[state.name]?.[event.type] ?? state.name
      t.equal(step(state, event), wanted, `${state.name}: ${event.type}`)
    }
  }
})

t.test('whatever happens in whatever order, both legs are let go when the call ends', async t => {
  const routes = [
    { to: 'mcscp', chargeKind: 'mobilers' },
    { to: 'announcement', announcement: 'unknown-number' },
  ] as const
  // All sequences of three events from both beginnings, each then closed.
  for (const route of routes) {
    for (const one of events) {
      for (const two of events) {
        for (const three of events) {
          const story = [one, two, three, { type: 'closing' }, { type: 'caller_lost' }] as const
          let [state, ...taken] = begin(route)
          for (const event of story) {
            const [after, ...actions] = next(state, event)
            state = after
            taken.push(...actions)
          }
          const timers = taken.filter(action => action.type === 'stop_timer').length
          const answered = taken.some(action => action.type === 'answer_caller')
          const refused = taken.filter(action => action.type === 'refuse_caller').length
          const told = story.map(event => event.type).join(' ')
          if (state.name !== 'ended') t.fail(`${told}: ${state.name}`)
          if (timers !== 1) t.fail(`${told}: the timer was stopped ${timers} times`)
          if (refused > 1 || (refused > 0 && answered)) t.fail(`${told}: refused ${refused} times`)
          if (route.to === 'announcement' && answered) t.fail(`${told}: an announcement answered`)
        }
      }
    }
  }
  t.pass('2,000 stories')
})

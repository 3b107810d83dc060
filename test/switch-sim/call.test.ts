import t from 'tap'
import type { JoinedCallEvent } from '../../platform/signalling/joined-call.js'
import { begin, next } from '../../switch-sim/mls/call.js'
import type { CallAction, CallState } from '../../switch-sim/mls/call-step.js'
import { joinedCallEvents } from '../support/joined-call-events.js'

const events = joinedCallEvents('service-stopped')

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
  if (action.type === 'relay_progress') return `${action.type} ${action.status}`
  if ('announcement' in action) return `${action.type} ${action.announcement}`
  return action.type === 'start_timer' ? `timer ${action.limit}` : action.type
}

const step = (state: CallState, event: JoinedCallEvent): string => {
  const [after, ...actions] = next(state, event)
  return [after.name, ...actions.map(word)].join(', ')
}

t.test('a call begins as its route says', async t => {
  const route = { to: 'mcscp', service: '157', chargeKind: 'pricall' } as const
  t.strictSame(begin(route), [
    { name: 'dialling' },
    { type: 'start_timer', limit: 'set_up' },
    { type: 'dial_mcscp', route },
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
      closing:          'ended, cancel_leg, refuse_caller',
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
      answered:         'ended, hang_up_called, refuse_announced not-permitted',
      refused:          'ended, refuse_announced not-permitted',
      caller_cancelled: 'ended, cancel_leg',
      time_over:        'ended, cancel_leg, refuse_announced not-permitted',
      closing:          'ended, cancel_leg, refuse_announced not-permitted',
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
    { to: 'mcscp', service: '1400', chargeKind: 'mobilers' },
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
          const answered = taken.some(action => action.type === 'answer_caller')
          const refused = taken.filter(action => action.type.startsWith('refuse_')).length
          const told = story.map(event => event.type).join(' ')
          if (state.name !== 'ended') t.fail(`${told}: ${state.name}`)
          if (refused > 1 || (refused > 0 && answered)) t.fail(`${told}: refused ${refused} times`)
          if (route.to === 'announcement' && answered) t.fail(`${told}: an announcement answered`)
        }
      }
    }
  }
  t.pass('2,000 stories')
})

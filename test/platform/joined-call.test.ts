import { pino } from 'pino'
import t from 'tap'
import type { CalledOutcome, TalkingLeg } from '../../platform/signalling/call-legs.js'
import {
  type JoinedCallEvent,
  type JoinedCallState,
  nextOfJoinedCall,
} from '../../platform/signalling/joined-call.js'
import { JoinedLegs } from '../../platform/signalling/joined-legs.js'
import { joinedCallEvents } from '../support/joined-call-events.js'

const events = joinedCallEvents('service-stopped')
const STATES = ['dialling', 'answering', 'answering_in_vain', 'talking', 'ended'] as const

t.test('every event in every state of a joined call', async t => {
  // What is not listed changes nothing.
  // biome-ignore format: table
  const expected: Record<JoinedCallState, Partial<Record<JoinedCallEvent['type'], string>>> = {
    dialling: {
      progress:         'dialling, relay_progress',
      answered:         'answering, answer_caller',
      refused:          'ended, refuse_caller',
      caller_cancelled: 'ended, cancel_leg',
      time_over:        'ended, cancel_leg, refuse_caller',
      closing:          'ended, cancel_leg, refuse_caller',
    },
    answering: {
      caller_connected: 'talking, start_timer, join_legs',
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
    ended: {},
  }
  for (const state of STATES) {
    for (const event of events) {
      const [after, ...actions] = nextOfJoinedCall(state, event)
      const step = [after, ...actions.map(action => action.type)].join(', ')
      t.equal(step, expected[state][event.type] ?? state, `${state}: ${event.type}`)
    }
  }
})

t.test('N-04: a call goes from dialling to its end by every way there is', async t => {
  const run = (...types: JoinedCallEvent['type'][]) => {
    let state: JoinedCallState = 'dialling'
    const taken: string[] = []
    for (const wanted of types) {
      const event = events.find(({ type }) => type === wanted)
      if (!event) throw new Error(`no event is called ${wanted}`)
      const [after, ...actions] = nextOfJoinedCall(state, event)
      state = after
      taken.push(...actions.map(action => action.type))
    }
    return [state, ...taken]
  }
  const up = ['answered', 'caller_connected'] as const
  const joined = ['answer_caller', 'start_timer', 'join_legs'] as const
  // biome-ignore format: table
  const cases: [JoinedCallEvent['type'][], string[], because: string][] = [
    [['progress'],                 ['dialling', 'relay_progress'],                    'alerting is passed on'],
    [[...up],                      ['talking', ...joined],                            'the caller is answered when the called side answers'],
    [[...up, 'caller_hung_up'],    ['ended', ...joined, 'hang_up_called'],            'the caller hangs up'],
    [[...up, 'called_hung_up'],    ['ended', ...joined, 'hang_up_caller'],            'the called side ends the call'],
    [[...up, 'time_over'],         ['ended', ...joined, 'hang_up_caller', 'hang_up_called'], 'the longest call'],
    [[...up, 'closing'],           ['ended', ...joined, 'hang_up_caller', 'hang_up_called'], 'the program ends'],
    [[...up, 'progress'],          ['talking', ...joined],                            'a late 180 means nothing'],
    [['answered', 'caller_cancelled', 'caller_connected'],
                                   ['talking', ...joined],                            'a CANCEL that crosses our 200'],
    [['answered', 'called_hung_up', 'caller_connected'],
                                   ['ended', 'answer_caller', 'hang_up_caller'],      'the called side hung up meanwhile'],
    [['answered', 'time_over', 'caller_lost'],
                                   ['ended', 'answer_caller', 'hang_up_called'],      'both gave up'],
    [['caller_cancelled', 'answered', 'called_hung_up'], ['ended', 'cancel_leg'],     'what is over stays over'],
  ]
  for (const [types, expected, because] of cases) t.strictSame(run(...types), expected, because)
})

t.test('whatever happens in whatever order, no leg that talked is left behind', async t => {
  for (const one of events) {
    for (const two of events) {
      for (const three of events) {
        const told = [one, two, three, { type: 'closing' }, { type: 'caller_lost' }] as const
        const left = legsLeft(told)
        if (left.length > 0) t.fail(`${told.map(({ type }) => type).join(' ')}: ${left}`)
      }
    }
  }
  t.pass('1,000 stories')
})

/** The legs that were up when the call ended, and that nobody hung up; and what else is wrong then. */
function legsLeft(told: readonly JoinedCallEvent[]): string[] {
  let state: JoinedCallState = 'dialling'
  const up = new Set<string>()
  for (const event of told) {
    const [after, ...actions] = nextOfJoinedCall(state, event)
    if (event.type === 'answered' && state === 'dialling') up.add('called')
    if (event.type === 'caller_connected' && state.startsWith('answering')) up.add('caller')
    if (event.type === 'called_hung_up') up.delete('called')
    if (event.type === 'caller_hung_up') up.delete('caller')
    for (const { type } of actions) {
      if (type === 'hang_up_called') up.delete('called')
      if (type === 'hang_up_caller') up.delete('caller')
    }
    state = after
  }
  return state === 'ended' ? [...up] : [`still ${state}`, ...up]
}

/** A called leg that answers when the test says so. */
function calledLeg() {
  const did: string[] = []
  let settle = (_outcome: CalledOutcome) => {}
  const outcome = new Promise<CalledOutcome>(resolve => {
    settle = resolve
  })
  const leg: TalkingLeg = {
    sdp: 'v=0',
    hangUp: () => did.push('hung up'),
    onHangUp: () => {},
    relayTo: () => did.push('joined'),
    pass: async () => ({ status: 200 }),
  }
  return {
    did,
    progress: (_status: number, _sdp: string | undefined) => {},
    answer: () => settle({ outcome: 'answered', leg }),
    refuse: () => settle({ outcome: 'refused', status: 486, refusal: undefined }),
    leg: { outcome, cancel: () => did.push('cancelled') },
  }
}

/** The two legs of a call, whose called legs are dialled one after the other. */
function joinedLegs(called: ReturnType<typeof calledLeg>[]) {
  const told: string[] = []
  const sent: string[] = []
  const timers: { ms: number; run: () => void; off: boolean }[] = []
  const toDial = [...called]
  const request = {
    method: 'INVITE',
    uri: 'sip:1400@mls',
    callId: 'c1',
    cseq: 1,
    address: '127.0.0.1',
    body: 'v=0',
    header: () => undefined,
  }
  const callerLeg = {
    request,
    progress: (status: number, sdp?: string) => sent.push(`${status} ${sdp}`),
    refuse: (status: number) => sent.push(`${status}`),
    answer: async () => undefined,
    onCancel: () => {},
  }
  const legs = new JoinedLegs(callerLeg, {
    dial({ onProgress }) {
      const next = toDial.shift()
      if (!next) throw new Error('no leg is left to dial')
      next.progress = onProgress
      return next.leg
    },
    later(run, ms) {
      const timer = { ms, run, off: false }
      timers.push(timer)
      return () => {
        timer.off = true
      }
    },
    log: pino({ enabled: false }),
    tell: event => told.push(event.type),
  })
  return { legs, told, sent, timers }
}

t.test(
  'a leg that was given up and answers all the same is hung up, and tells nothing',
  async t => {
    const [first, second] = [calledLeg(), calledLeg()]
    const { legs, told, sent } = joinedLegs([first, second])
    legs.dial('sip:one@peer', {})
    legs.do({ type: 'cancel_leg' })
    legs.dial('sip:two@peer', {})
    first.progress(180, 'early of the first')
    first.answer()
    await first.leg.outcome
    t.strictSame(first.did, ['cancelled', 'hung up'])
    t.strictSame(told, [])
    second.progress(183, 'early of the second')
    legs.do({ type: 'relay_progress', status: 183 })
    t.strictSame(sent, ['183 early of the second'])
    second.refuse()
    await second.leg.outcome
    t.strictSame(told, ['progress', 'refused'])
  },
)

t.test('an answer that finds no caller says so', async t => {
  const called = calledLeg()
  const { legs, told } = joinedLegs([called])
  legs.dial('sip:one@peer', {})
  called.answer()
  await called.leg.outcome
  legs.do({ type: 'answer_caller' })
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(told, ['answered', 'caller_lost'])
})

t.test('one timer a call: starting it again takes the last one back', async t => {
  const { legs, told, timers } = joinedLegs([])
  legs.startTimer(1_000)
  legs.startTimer(2_000)
  t.strictSame(
    timers.map(({ ms, off }) => [ms, off]),
    [
      [1_000, true],
      [2_000, false],
    ],
  )
  timers[1]?.run()
  t.strictSame(told, ['time_over'])
  legs.stopTimer()
  t.equal(timers[1]?.off, true)
})

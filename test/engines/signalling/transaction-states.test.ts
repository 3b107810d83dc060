import t from 'tap'
import * as inviteClient from '../../../engines/signalling/transaction/invite-client.js'
import * as inviteServer from '../../../engines/signalling/transaction/invite-server.js'
import * as nonInviteClient from '../../../engines/signalling/transaction/non-invite-client.js'
import * as nonInviteServer from '../../../engines/signalling/transaction/non-invite-server.js'

/** State, event, the state after it with its actions, and why. */
type Arm<State, Event> = readonly [State, Event, string, string]

// biome-ignore format: table
const inviteClientArms: Arm<inviteClient.State, inviteClient.Event>[] = [
  ['calling'   , 'timer_a'    , 'calling send_request double_timer_a'                                     , 'it is retransmitted, at twice the gap'],
  ['calling'   , 'timer_b'    , 'terminated tell_timeout'                                                 , 'nobody answered for 64·T1'],
  ['calling'   , 'unreachable', 'terminated tell_unreachable'                                             , '§17.1.4: the transport failed'],
  ['calling'   , 'provisional', 'proceeding stop_timer_a stop_timer_b tell_response'                      , '1xx ends retransmission'],
  ['calling'   , 'success'    , 'accepted stop_timer_a stop_timer_b start_timer_m tell_response'          , '2xx is the TU’s to acknowledge'],
  ['calling'   , 'failure'    , 'completed stop_timer_a stop_timer_b send_ack start_timer_d tell_response', '3xx to 6xx is acknowledged here'],
  ['proceeding', 'provisional', 'proceeding tell_response'                                                , 'each 1xx is told'],
  ['proceeding', 'success'    , 'accepted start_timer_m tell_response'                                    , '2xx'],
  ['proceeding', 'failure'    , 'completed send_ack start_timer_d tell_response'                          , '3xx to 6xx'],
  ['proceeding', 'abandoned'  , 'terminated tell_abandoned'                                               , '§9.1: cancelled 64·T1 ago'],
  ['proceeding', 'unreachable', 'reopened reopen'                                                         , '§18.2.2: the answer may come by another connection'],
  ['reopened'  , 'provisional', 'reopened tell_response'                                                  , 'as before'],
  ['reopened'  , 'success'    , 'accepted start_timer_m tell_response'                                    , 'as before'],
  ['reopened'  , 'failure'    , 'completed send_ack start_timer_d tell_response'                          , 'as before'],
  ['reopened'  , 'abandoned'  , 'terminated tell_abandoned'                                               , 'as before'],
  ['reopened'  , 'unreachable', 'terminated tell_unreachable'                                             , '§17.1.4: nobody is there who could answer'],
  ['completed' , 'failure'    , 'completed send_ack'                                                      , 'the ACK was lost'],
  ['completed' , 'timer_d'    , 'terminated'                                                              , 'no retransmission can come any more'],
  ['accepted'  , 'success'    , 'accepted tell_response'                                                  , 'a retransmission, or another branch'],
  ['accepted'  , 'timer_m'    , 'terminated'                                                              , 'no 2xx can come any more'],
]

// biome-ignore format: table
const nonInviteClientArms: Arm<nonInviteClient.State, nonInviteClient.Event>[] = [
  ['trying'    , 'timer_e'    , 'trying send_request double_timer_e'                             , 'MIN(2·E, T2)'],
  ['trying'    , 'timer_f'    , 'terminated tell_timeout'                                        , 'nobody answered for 64·T1'],
  ['trying'    , 'unreachable', 'terminated tell_unreachable'                                    , '§17.1.4'],
  ['trying'    , 'provisional', 'proceeding tell_response'                                       , '1xx'],
  ['trying'    , 'final'      , 'completed stop_timer_e stop_timer_f start_timer_k tell_response', '200 to 699'],
  ['proceeding', 'timer_e'    , 'proceeding send_request slow_timer_e'                           , 'from here on every T2'],
  ['proceeding', 'timer_f'    , 'terminated tell_timeout'                                        , '1xx does not stop timer F'],
  ['proceeding', 'unreachable', 'terminated tell_unreachable'                                    , 'it is still retransmitted'],
  ['proceeding', 'provisional', 'proceeding tell_response'                                       , '1xx'],
  ['proceeding', 'final'      , 'completed stop_timer_e stop_timer_f start_timer_k tell_response', '200 to 699'],
  ['completed' , 'timer_k'    , 'terminated'                                                     , 'retransmitted responses are over'],
]

// biome-ignore format: table
const inviteServerArms: Arm<inviteServer.State, inviteServer.Event>[] = [
  ['proceeding', 'request'           , 'proceeding resend'                                , 'the latest 1xx again'],
  ['proceeding', 'answer_provisional', 'proceeding send_answer'                           , '1xx'],
  ['proceeding', 'answer_success'    , 'accepted send_answer start_timer_l'               , '2xx'],
  ['proceeding', 'answer_failure'    , 'completed send_answer start_timer_g start_timer_h', '3xx to 6xx'],
  ['completed' , 'request'           , 'completed resend'                                 , 'the refusal again'],
  ['completed' , 'timer_g'           , 'completed resend double_timer_g'                  , 'until the ACK'],
  ['completed' , 'ack'               , 'confirmed stop_timer_g stop_timer_h start_timer_i', 'the ACK'],
  ['completed' , 'timer_h'           , 'terminated'                                       , 'the ACK never came'],
  ['confirmed' , 'timer_i'           , 'terminated'                                       , 'repeated ACKs are over'],
  ['accepted'  , 'answer_success'    , 'accepted send_answer'                             , 'the TU repeats its 2xx'],
  ['accepted'  , 'timer_l'           , 'terminated'                                       , 'retransmitted INVITEs are over'],
]

// biome-ignore format: table
const nonInviteServerArms: Arm<nonInviteServer.State, nonInviteServer.Event>[] = [
  ['trying'    , 'answer_provisional', 'proceeding send_answer'             , '1xx'],
  ['trying'    , 'answer_final'      , 'completed send_answer start_timer_j', '200 to 699'],
  ['proceeding', 'request'           , 'proceeding resend'                  , 'the latest 1xx again'],
  ['proceeding', 'answer_provisional', 'proceeding send_answer'             , '1xx'],
  ['proceeding', 'answer_final'      , 'completed send_answer start_timer_j', '200 to 699'],
  ['completed' , 'request'           , 'completed resend'                   , 'the answer again'],
  ['completed' , 'timer_j'           , 'terminated'                         , 'retransmitted requests are over'],
]

t.test('INVITE client transaction (RFC 3261 Figure 5, RFC 6026 §7.2)', async t => {
  checkArms(t, inviteClientArms, inviteClient.next, {
    states: ['calling', 'proceeding', 'reopened', 'completed', 'accepted', 'terminated'],
    events: [
      'provisional',
      'success',
      'failure',
      'timer_a',
      'timer_b',
      'timer_d',
      'timer_m',
      'unreachable',
      'abandoned',
    ],
  })
})

t.test('non-INVITE client transaction (RFC 3261 Figure 6)', async t => {
  checkArms(t, nonInviteClientArms, nonInviteClient.next, {
    states: ['trying', 'proceeding', 'completed', 'terminated'],
    events: ['provisional', 'final', 'timer_e', 'timer_f', 'timer_k', 'unreachable'],
  })
})

t.test('INVITE server transaction (RFC 3261 Figure 7, RFC 6026 §7.1)', async t => {
  checkArms(t, inviteServerArms, inviteServer.next, {
    states: ['proceeding', 'completed', 'confirmed', 'accepted', 'terminated'],
    events: [
      'request',
      'ack',
      'answer_provisional',
      'answer_success',
      'answer_failure',
      'timer_g',
      'timer_h',
      'timer_i',
      'timer_l',
    ],
  })
})

t.test('non-INVITE server transaction (RFC 3261 Figure 8)', async t => {
  checkArms(t, nonInviteServerArms, nonInviteServer.next, {
    states: ['trying', 'proceeding', 'completed', 'terminated'],
    events: ['request', 'answer_provisional', 'answer_final', 'timer_j'],
  })
})
/** Every arm that is listed does what it says; every other event changes nothing. */
function checkArms<State extends string, Event extends string>(
  t: Tap,
  arms: readonly Arm<State, Event>[],
  next: (state: State, event: Event) => readonly string[],
  { states, events }: { states: readonly State[]; events: readonly Event[] },
) {
  for (const state of states) {
    for (const event of events) {
      const arm = arms.find(([from, on]) => from === state && on === event)
      const [, , step, because] = arm ?? [state, event, state, 'it changes nothing']
      t.equal(next(state, event).join(' '), step, `${state}, ${event}: ${because}`)
    }
  }
}

type Tap = Pick<typeof t, 'equal'>

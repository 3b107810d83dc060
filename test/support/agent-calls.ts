import type { SipMessage } from '../../engines/signalling/sip/message.js'
import {
  answerOf,
  ask,
  type Fields,
  openAgent,
  PeerCall,
  type Rig,
  reply,
  SDP,
  sending,
} from './agent-rig.js'
import { type Owner, type SipPeer, udpPeer } from './sip-peer.js'

/** The URI at which a peer is called. */
export const uriOf = (peer: SipPeer) => `sip:bob@127.0.0.1:${peer.local.port}`

/** An INVITE of a peer's that the user has not answered. */
export async function invited(t: Owner, fields: Fields = {}) {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const call = new PeerCall(peer)
  peer.send(call.request('INVITE', fields, SDP))
  await peer.response(100)
  const invite = await rig.requests.next()
  return { rig, peer, call, invite }
}

/** A call of a peer's that was answered and not acknowledged. */
export async function answeredCall(t: Owner, fields: Fields = {}) {
  const all = await invited(t, fields)
  all.invite.respond(reply(200, {}, SDP))
  all.call.learn(await all.peer.response(200))
  return all
}

/** A call of ours to a peer that has it and has not answered. */
export async function calling(t: Owner) {
  const rig = await openAgent(t)
  const peer = await udpPeer(t, rig.at('udp'))
  const { transaction, responses } = sending(rig, ask('INVITE', uriOf(peer), {}, SDP))
  const invite = await peer.request('INVITE')
  return { rig, peer, invite, transaction, responses }
}

/** A peer's answer with a tag and a Contact. */
export const accepting = (invite: SipMessage, peer: SipPeer, status = 200, tag = 'bob') =>
  answerOf(invite, status, {
    To: `${invite.headers.get('To')};tag=${tag}`,
    Contact: `<sip:bob@127.0.0.1:${peer.local.port}>`,
  })

/**
 * Waits until all that is under way has arrived: a question of the peer's is answered behind it. What
 * the peer got before goes to `seen`; without it, it must have got nothing.
 */
export async function settled(rig: Rig, peer: SipPeer, seen?: SipMessage[]) {
  peer.send(new PeerCall(peer).request('OPTIONS'))
  const question = await rig.requests.next()
  if (question.request.method !== 'OPTIONS') throw new Error('a request was not expected')
  question.respond(reply(299))
  for (;;) {
    const message = await peer.received.next()
    if (message.kind === 'response' && message.status === 299) return
    if (!seen) throw new Error('a message was not expected')
    seen.push(message)
  }
}

/** Lets what is under way in the kernel come in, until something holds. */
export async function until(holds: () => boolean) {
  while (!holds()) await new Promise(setImmediate)
}

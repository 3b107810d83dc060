import { PeerCall, type Rig, reply, SDP } from './agent-rig.js'
import type { SipPeer } from './sip-peer.js'

/** Answers whatever comes: calls are taken, all else is fine. */
export function answerAll({ requests }: Rig) {
  requests.push = transaction => {
    const { method } = transaction.request
    if (method === 'INVITE') transaction.respond(reply(180))
    transaction.respond(method === 'INVITE' ? reply(200, {}, SDP) : reply(200))
  }
}

/** The answer to a question of the peer's comes, after whatever else does. */
export async function answersStill(peer: SipPeer) {
  const question = new PeerCall(peer).request('OPTIONS')
  peer.send(question)
  for (;;) {
    const message = await peer.received.next()
    if (message.headers.get('Call-ID') === question.headers.get('Call-ID')) return
  }
}

import { once } from 'node:events'
import t from 'tap'
import type { Application, AppRequest, AppResponse } from '../support/drachtio-application.js'
import { Queue } from '../support/queue.js'
import { sdp } from '../support/raw-phone.js'
import type { Rig } from '../support/signalling-rig.js'
import { flow } from '../support/sipp-flow.js'
import { ALL, BOTH } from '../support/sipp-reach.js'
import {
  answers,
  answersKept,
  asks,
  asksToBeCalled,
  CALLEE,
  comes,
  holds,
  KEEPS,
  says,
} from '../support/sipp-steps.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

t.setTimeout(120_000)
t.jobs = 6

/** An application that calls whoever asks to be called, where the asking came from. */
async function calling(
  rig: Rig,
  call: (srf: Application, uri: string, headers: Record<string, string>) => Promise<unknown>,
) {
  const outcomes = new Queue<unknown>()
  const srf = await rig.application({
    options: (req, res) => {
      res.send(200)
      const uri = `sip:sipp@${req.source_address}:${req.source_port};transport=${req.protocol}`
      call(srf, uri, { 'Call-ID': req.get('Call-ID') }).then(
        outcome => outcomes.push(outcome),
        ({ status }) => outcomes.push(status),
      )
    },
  })
  return { outcomes }
}

flow(
  t,
  'what gets no word is said again: INVITE, BYE, and the ACK of a 200 that comes twice',
  ['udp'],
  async (t, { rig, playsLiterally }) => {
    const { outcomes } = await calling(rig, async (srf, uri, headers) => {
      const dialog = await srf.createUAC(uri, { localSdp: OFFER, headers })
      const [, res] = (await once(dialog, 'info')) as [AppRequest, AppResponse]
      res.send(200)
      await dialog.destroy()
      return 'ended'
    })
    const ok = answersKept('200 OK', { tagged: true, body: ANSWER })
    await playsLiterally(
      ...[
        ...asksToBeCalled(),
        comes('INVITE', KEEPS),
        comes('INVITE'),
        ok,
        comes('ACK'),
        ok,
        comes('ACK'),
      ],
      ...[
        asks('INFO', 2, { ends: CALLEE }),
        comes(200),
        comes('BYE'),
        comes('BYE'),
        answers('200 OK'),
      ],
    )
    t.strictSame(await outcomes.next(), 'ended')
  },
  { timers: { t1Ms: 1_000, t2Ms: 4_000, t4Ms: 5_000 } },
)

flow(
  t,
  'an application asks for an offer, and answers it in its ACK',
  BOTH,
  async (t, { rig, plays }) => {
    const { outcomes } = await calling(rig, async (srf, uri, headers) => {
      const { sdp: offer, ack } = await srf.createUAC(uri, { headers, noAck: true })
      const dialog = await ack(ANSWER)
      await once(dialog, 'destroy')
      return offer.trimEnd()
    })
    await plays(
      ...[...asksToBeCalled(), comes('INVITE', KEEPS, says('Content-Length', '^ *0'))],
      ...[answers('200 OK', { tagged: true, body: OFFER }), comes('ACK', holds('m=audio 7000'))],
      ...[asks('BYE', 2, { ends: CALLEE }), comes(200)],
    )
    t.equal(await outcomes.next(), OFFER.trimEnd())
  },
)

flow(
  t,
  'a reliable provisional answer to an application gets its PRACK',
  BOTH,
  async (t, { rig, plays }) => {
    const { outcomes } = await calling(rig, async (srf, uri, headers) => {
      const reliable = { ...headers, Supported: '100rel' }
      const dialog = await srf.createUAC(uri, { localSdp: OFFER, headers: reliable })
      await dialog.destroy()
      return 'ended'
    })
    await plays(
      ...[...asksToBeCalled(), comes('INVITE', KEEPS, says('Supported', '100rel'))],
      answers('183 Session Progress', { tagged: true, more: ['Require: 100rel', 'RSeq: 4711'] }),
      ...[comes('PRACK', says('RAck', '4711 1 INVITE')), answers('200 OK')],
      ...[answersKept('200 OK', { tagged: true, body: ANSWER }), comes('ACK')],
      ...[comes('BYE'), answers('200 OK')],
    )
    t.equal(await outcomes.next(), 'ended')
  },
)

/** An application that gives up as soon as it rings. */
const givesUp = (rig: Rig) =>
  calling(rig, (srf, uri, headers) => {
    let asked: AppRequest | undefined
    return srf.createUAC(
      uri,
      { localSdp: OFFER, headers },
      {
        cbRequest: (_, req) => {
          asked = req
        },
        cbProvisional: () => asked?.cancel(),
      },
    )
  })

const RINGS = [
  ...asksToBeCalled(),
  comes('INVITE', KEEPS),
  answers('180 Ringing', { tagged: true }),
]

flow(t, 'an application withdraws a call that rings', BOTH, async (t, { rig, plays }) => {
  const { outcomes } = await givesUp(rig)
  await plays(
    ...[...RINGS, comes('CANCEL', says('CSeq', '1 CANCEL')), answers('200 OK', { tagged: true })],
    ...[answersKept('487 Request Terminated', { tagged: true }), comes('ACK')],
  )
  t.equal(await outcomes.next(), 487)
})

flow(
  t,
  'a 200 that crosses the CANCEL is acknowledged, and the call ended',
  BOTH,
  async (t, { rig, plays }) => {
    const { outcomes } = await givesUp(rig)
    const ok = answersKept('200 OK', { tagged: true, body: ANSWER })
    const bye = comes('BYE', says('Reason', 'cancel race condition'))
    await plays(
      ...[
        ...RINGS,
        comes('CANCEL'),
        answers('481 Call/Transaction Does Not Exist', { tagged: true }),
      ],
      ...[ok, comes('ACK'), bye, answers('200 OK')],
    )
    t.match(await outcomes.next(), { type: 'uac' }, 'it hears of the 200, then of the end')
  },
)

flow(
  t,
  'an application puts its call on hold and takes it back',
  ALL,
  async (t, { rig, plays }) => {
    const { outcomes } = await calling(rig, async (srf, uri, headers) => {
      const dialog = await srf.createUAC(uri, { localSdp: OFFER, headers })
      const answered = [await dialog.modify('hold'), await dialog.modify('unhold')]
      await dialog.destroy()
      return answered.map(body => /a=\w+/.exec(body)?.[0])
    })
    const again = (asked: string, direction: string) => [
      comes('INVITE', holds(`a=${asked}`)),
      ...[answers('200 OK', { body: sdp(7000, direction) }), comes('ACK')],
    ]
    await plays(
      ...[
        ...asksToBeCalled(),
        comes('INVITE', KEEPS),
        answers('200 OK', { tagged: true, body: ANSWER }),
      ],
      ...[comes('ACK'), ...again('inactive', 'recvonly'), ...again('sendrecv', 'sendrecv')],
      ...[comes('BYE'), answers('200 OK')],
    )
    t.strictSame(await outcomes.next(), ['a=recvonly', 'a=sendrecv'])
  },
)

import { once } from 'node:events'
import t from 'tap'
import type { AppDialog, AppRequest, AppResponse } from '../support/drachtio-application.js'
import { Queue } from '../support/queue.js'
import { sdp } from '../support/raw-phone.js'
import type { Rig } from '../support/signalling-rig.js'
import { flow, hurried, PATIENT } from '../support/sipp-flow.js'
import { ALL, BOTH } from '../support/sipp-reach.js'
import {
  answers,
  answersKept,
  asks,
  comes,
  holds,
  KEEPS,
  keepsOf,
  mayCome,
  says,
  UNTAGGED,
} from '../support/sipp-steps.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

/** When a 200 without ACK is given up: 64·T1 (RFC 3261 §13.3.1.4). */
const GIVE_UP_MS = 32_000

/** When a session of 90 s is refreshed, and when it expires (RFC 4028 §10). */
const REFRESH_MS = 45_000
const EXPIRY_MS = 60_000

t.setTimeout(120_000)
t.jobs = 6

/** An application that answers at once, and what became of its calls. */
async function answering(rig: Rig, answered: (dialog: AppDialog) => void = () => undefined) {
  const calls: string[] = []
  const ended = new Queue<string>()
  const srf = await rig.application({
    invite: (req, res) => {
      calls.push(req.get('Call-ID'))
      srf.createUAS(req, res, { localSdp: ANSWER }, (_, dialog) => {
        dialog.on('destroy', (_, reason) => ended.push(reason))
        answered(dialog)
      })
    },
  })
  return { calls, ended }
}

const INVITE = asks('INVITE', 1, { body: OFFER })
const ACK = asks('ACK', 1)
const CALL_UP = [INVITE, mayCome(100), comes(200), ACK]
const BYE = [asks('BYE', 9), comes(200)]
/** §17.1.1.3: the ACK of a refusal belongs to the transaction of its INVITE. */
const ackRefusal = (cseq: number) => asks('ACK', cseq, { branch: `INVITE${cseq}` })
const CANCEL = asks('CANCEL', 1, { branch: 'INVITE1', ends: UNTAGGED })

flow(
  t,
  'copies of INVITE, ACK and BYE count once',
  ['udp'],
  async (t, { rig, playsLiterally }) => {
    const { calls, ended } = await answering(rig)
    await playsLiterally(
      ...[INVITE, mayCome(100), comes(200), INVITE, comes(200), ACK, ACK],
      ...[...BYE, ...BYE],
    )
    t.equal(calls.length, 1)
    t.equal(await ended.next(), 'normal release')
  },
  {},
)

flow(
  t,
  'a 200 is repeated until its ACK comes',
  ['udp'],
  async (t, { rig, playsLiterally }) => {
    const { calls, ended } = await answering(rig)
    await playsLiterally(INVITE, mayCome(100), comes(200), comes(200), comes(200), ACK, ...BYE)
    t.equal(calls.length, 1)
    t.equal(await ended.next(), 'normal release')
  },
  {},
)

flow(
  t,
  'a 200 whose ACK never comes ends the call',
  ['udp'],
  async (t, { rig, plays }) => {
    const { ended } = await answering(rig)
    await plays(
      INVITE,
      mayCome(100),
      comes(200),
      comes('BYE', says('Reason', 'ACK timeout')),
      answers('200 OK'),
    )
    t.equal(await ended.next(), 'ACK timeout')
  },
  { scheduler: hurried(GIVE_UP_MS) },
)

for (const [ringing, because] of [
  [false, 'before its application said a word'],
  [true, 'while it rings'],
] as const) {
  flow(t, `a call is withdrawn ${because}`, ALL, async (t, { rig, plays }) => {
    const withdrawn = new Queue<string>()
    await rig.application({
      invite: (req, res) => {
        req.on('cancel', () => withdrawn.push(req.get('Call-ID')))
        if (ringing) res.send(180)
      },
    })
    const heard = ringing ? [mayCome(100), comes(180)] : [comes(100)]
    await plays(INVITE, ...heard, CANCEL, comes(200), comes(487), ackRefusal(1))
    t.ok(await withdrawn.next(), 'its application hears of that')
  })
}

flow(
  t,
  'a CANCEL behind the 200 changes nothing of it: the call is up, and is ended',
  ALL,
  async (t, { rig, plays }) => {
    const { ended } = await answering(rig)
    const bye = comes('BYE', says('Reason', 'CANCEL after 200 OK'))
    await plays(INVITE, mayCome(100), comes(200), CANCEL, comes(481), ACK, bye, answers('200 OK'))
    t.equal(await ended.next(), 'CANCEL after 200 OK')
  },
)

flow(
  t,
  'an INVITE without an offer gets one, and the ACK answers it',
  ALL,
  async (t, { rig, plays }) => {
    const acks = new Queue<AppRequest>()
    await answering(rig, dialog => dialog.on('ack', ack => acks.push(ack)))
    await plays(
      ...[asks('INVITE', 1), mayCome(100), comes(200, holds('m=audio 7000'))],
      // drachtio-srf forgets who listens for the ACK with the BYE, so that must not come with it.
      ...[asks('ACK', 1, { body: OFFER }), asks('INFO', 2), comes(200), ...BYE],
    )
    t.equal((await acks.next()).body.trimEnd(), OFFER.trimEnd())
  },
)

flow(
  t,
  'a reliable provisional answer is acknowledged by PRACK, then comes the 200',
  ALL,
  async (t, { rig, plays }) => {
    const pracked = new Queue<string>()
    let ringing: AppResponse | undefined
    await rig.application({
      invite: (_req, res) => {
        ringing = res
        res.send(183, { headers: { require: '100rel' }, body: ANSWER })
      },
      prack: (req, res) => {
        pracked.push(req.get('RAck').trim())
        res.send(200)
        ringing?.send(200, { body: ANSWER })
      },
      bye: (_req, res) => res.send(200),
    })
    await plays(
      ...[asks('INVITE', 1, { body: OFFER, more: ['Supported: 100rel'] }), mayCome(100)],
      comes(183, says('Require', '100rel'), keepsOf('RSeq', '[0-9]+', 'rseq')),
      ...[asks('PRACK', 2, { more: ['RAck: [$rseq] 1 INVITE'] }), comes(200), comes(200), ACK],
      ...BYE,
    )
    t.match(await pracked.next(), /^\d+ 1 INVITE$/)
  },
)

flow(t, 'a caller puts the call on hold and takes it back', ALL, async (t, { rig, plays }) => {
  const turns: string[] = []
  const { ended } = await answering(rig, dialog => {
    for (const turn of ['hold', 'unhold']) dialog.on(turn, () => turns.push(turn))
  })
  const again = (cseq: number, direction: string, answered: string) => [
    ...[asks('INVITE', cseq, { body: sdp(6000, direction) }), mayCome(100)],
    ...[comes(200, holds(`a=${answered}`)), asks('ACK', cseq)],
  ]
  await plays(
    ...CALL_UP,
    ...again(2, 'sendonly', 'recvonly'),
    ...again(3, 'sendrecv', 'sendrecv'),
    ...BYE,
  )
  await ended.next()
  t.strictSame(turns, ['hold', 'unhold'])
})

flow(
  t,
  're-INVITEs that cross are refused with 491 on both sides, and tried again',
  BOTH,
  async (t, { rig, plays }) => {
    const statuses = new Queue<number>()
    await answering(rig, async dialog => {
      await once(dialog, 'ack')
      await dialog.modify(sdp(7002)).catch(({ status }) => statuses.push(status))
      await once(dialog, 'ack')
      const { status } = await dialog.request({ method: 'INVITE', body: sdp(7004) })
      statuses.push(status)
    })
    const body = sdp(6002)
    await plays(
      ...[...CALL_UP, comes('INVITE', KEEPS, holds('m=audio 7002')), answers('100 Trying')],
      ...[asks('INVITE', 2, { body }), mayCome(100), comes(491), ackRefusal(2)],
      ...[answersKept('491 Request Pending'), comes('ACK')],
      ...[asks('INVITE', 3, { body }), mayCome(100), comes(200), asks('ACK', 3)],
      ...[comes('INVITE', holds('m=audio 7004')), answers('200 OK', { body }), comes('ACK')],
      ...BYE,
    )
    t.strictSame([await statuses.next(), await statuses.next()], [491, 200])
  },
)

const session = (value: string) => [
  ...['Supported: timer', `Session-Expires: ${value}`, 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE'],
]

flow(
  t,
  'a session is refreshed in time; one too short is refused with 422',
  ['udp', 'tcp'],
  async (t, { rig, plays }) => {
    const { ended } = await answering(rig)
    await plays(
      ...[
        asks('INVITE', 1, { body: OFFER, more: session('30') }),
        comes(422, says('Min-SE', '90')),
      ],
      ackRefusal(1),
      asks('INVITE', 2, { body: OFFER, more: session('90;refresher=uas'), ends: UNTAGGED }),
      ...[mayCome(100), comes(200, says('Session-Expires', '90;refresher=uas')), asks('ACK', 2)],
      comes('UPDATE', says('Session-Expires', '90;refresher=uac')),
      answers('200 OK', { more: ['Session-Expires: 90;refresher=uac'] }),
      ...BYE,
    )
    t.equal(await ended.next(), 'normal release')
  },
  { ...PATIENT, scheduler: hurried(REFRESH_MS) },
)

flow(
  t,
  'a session that its caller does not refresh is ended',
  ['udp'],
  async (t, { rig, plays }) => {
    const { ended } = await answering(rig)
    await plays(
      ...[asks('INVITE', 1, { body: OFFER, more: session('90;refresher=uac') }), mayCome(100)],
      ...[comes(200, says('Session-Expires', '90;refresher=uac')), ACK],
      ...[comes('BYE', says('Reason', 'Session timer expired')), answers('200 OK')],
    )
    t.equal(await ended.next(), 'Session timer expired')
  },
  { ...PATIENT, scheduler: hurried(EXPIRY_MS) },
)

import { createHmac } from 'node:crypto'
import type { Msisdn } from '../../domain/msisdn.js'
import { digestCredentials } from '../../switch-sim/digest/credentials.js'
import { type DigestChallenge, digestAnswer } from '../../switch-sim/handset/digest-answer.js'
import { Bindings } from '../../switch-sim/mls/bindings.js'
import { DigestGate } from '../../switch-sim/mls/digest-gate.js'
import { Nonces } from '../../switch-sim/mls/nonces.js'
import { PasswordThrottle } from '../../switch-sim/mls/password-throttle.js'
import { type RegisterRequest, Registrar } from '../../switch-sim/mls/registrar.js'
import {
  DIGEST_REALM,
  ha1OfPassword,
  type Subscriber,
} from '../../switch-sim/mls/subscribers/subscriber.js'

/** The one subscriber's number. */
export const NUMBER = '09010000001' as Msisdn

/** The subscriber's password. */
export const PASSWORD = 'correct horse'

/** The registrar's URI. */
export const DOMAIN = 'sip:127.0.0.1:5060'

/** How long a nonce may be used, in ms. */
export const LIFETIME_MS = 300_000

const subscriber: Subscriber = {
  msisdn: NUMBER,
  contractClass: 'mobile',
  language: 'ja',
  ha1: ha1OfPassword(NUMBER, PASSWORD),
}

/** A registrar with one subscriber, and its clock. */
export function switchOf({ md5 = true, remembered = 100 } = {}) {
  const clock = { nowMs: 1_000_000 }
  const nowMs = () => clock.nowMs
  let made = 0
  const random = (octets: number) =>
    createHmac('sha256', 'chance').update(`${made++}`).digest().subarray(0, octets)
  const nonces = new Nonces({
    key: Buffer.alloc(32, 7),
    nowMs,
    random,
    lifetimeMs: LIFETIME_MS,
    remembered,
  })
  const throttle = new PasswordThrottle({
    nowMs,
    perNumber: 5,
    perAddress: 50,
    waitMs: 60_000,
    remembered: 100,
  })
  const find = async (number: Msisdn) => (number === NUMBER ? subscriber : undefined)
  const md5OnlyPhones = ['baresip v1.']
  const gate = new DigestGate({ subscribers: { find }, nonces, throttle, md5, md5OnlyPhones })
  const bindings = new Bindings(nowMs)
  return { clock, gate, bindings, registrar: new Registrar(gate, bindings) }
}

/** What `switchOf` makes. */
export type Switch = ReturnType<typeof switchOf>

let callCount = 0

/** A REGISTER of the subscriber's phone, each with a Call-ID of its own. */
export const request = (change: Partial<RegisterRequest> = {}): RegisterRequest => ({
  uri: DOMAIN,
  from: `<sip:${NUMBER}@127.0.0.1>;tag=a`,
  to: `<sip:${NUMBER}@127.0.0.1>`,
  callId: `call-${++callCount}`,
  cseq: 1,
  contact: '<sip:phone@127.0.0.1:40000>',
  expires: undefined,
  authorization: undefined,
  userAgent: 'a phone',
  address: '127.0.0.1',
  ...change,
})

/** The challenges of an answer, as a phone reads them. */
export function challengesOf(headers: Readonly<Record<string, string | readonly string[]>>) {
  return [headers['WWW-Authenticate'] ?? []].flat().map(value => {
    const [parameters = new Map<string, string>()] = digestCredentials(value)
    return {
      realm: parameters.get('realm') ?? '',
      nonce: parameters.get('nonce') ?? '',
      algorithm: parameters.get('algorithm'),
      qop: (parameters.get('qop') ?? '').split(','),
      stale: parameters.get('stale') === 'true',
    }
  })
}

const credentials = { username: NUMBER as string, password: PASSWORD, realm: DIGEST_REALM }

/** What the phone answers to a challenge. */
export const proof = (
  challenge: DigestChallenge,
  { password = PASSWORD, count = 1, uri = DOMAIN } = {},
) =>
  digestAnswer(
    challenge,
    { ...credentials, password },
    { method: 'REGISTER', uri, count, clientNonce: 'c' },
  ) ?? ''

/** Challenges a phone that gives nothing, in the order they are offered. */
export async function challenged({ registrar }: Switch, change: Partial<RegisterRequest> = {}) {
  const { answer } = await registrar.register(request(change))
  return challengesOf(answer.headers)
}

/** Registers with a right password; the answer. */
export async function registered(mls: Switch, change: Partial<RegisterRequest> = {}) {
  const [challenge] = await challenged(mls, change)
  if (!challenge) throw new Error('no challenge')
  const authorization = proof(challenge)
  const { answer } = await mls.registrar.register(request({ ...change, authorization }))
  return answer
}

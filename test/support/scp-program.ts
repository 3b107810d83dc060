import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { ServiceNumber } from '../../domain/switch-assertion.js'
import { type SetClock, systemClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import type { Running } from '../../platform/program.js'
import type { Given } from '../../platform/settings.js'
import { scpSocket } from '../../scp/config.js'
import { scp } from '../../scp/main.js'
import { identityHeaders, identitySigner } from '../../switch-sim/mls/identity.js'
import { sdp } from './raw-phone.js'
import { phone } from './scp-values.js'
import { openRig, RIG_SECRET } from './signalling-rig.js'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** What was dialled, and how the caller's contract charges. */
export interface Dialled {
  readonly service?: ServiceNumber
  readonly kind?: ChargeKind
}

/** scp as a program on an engine of its own, the switch's key in its home. */
export async function openScp(t: Test, home: Home, clock: SetClock, more: Given = {}) {
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
  writeFileSync(join(home.keys, 'switch-identity.pub.pem'), publicPem)
  writeFileSync(join(home.keys, 'scp-signalling.secret'), `${RIG_SECRET}\n`, { mode: 0o600 })
  const rig = await openRig(t)
  const [mls, media] = [await rig.phone(), await rig.phone()]
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void lines.push(line) })
  const given = {
    MCSCP_SCP_SIP_APPLICATION_PORT: `${rig.engine.listening.application.port}`,
    MCSCP_SCP_MEDIA_ADDRESS: `127.0.0.1:${media.port}`,
    ...more,
  }
  const start = (changed: Given = {}): Promise<Running> =>
    scp.start({ home, given: { ...given, ...changed }, clock, log })
  const signer = await identitySigner(privateKey, systemClock)
  const invite = async (callId: string, { service = '1400', kind = 'mobilers' }: Dialled = {}) => {
    const asserted = {
      number: phone(1),
      service,
      chargeKind: kind,
      callId,
      displayWithheld: false,
    } as const
    const headers = identityHeaders(asserted, await signer.sign(asserted), 'mls.mcscp')
    mls.ask('INVITE', callId, { headers, body: sdp(4_000) })
  }
  return {
    lines,
    start,
    /** A call of the switch that is refused; its final answer. */
    async refused(callId: string, dialled: Dialled = {}) {
      await invite(callId, dialled)
      return mls.answer()
    },
    /** A call of the switch that the media engine answers; its token, told before the answer too. */
    async call(callId: string, beforeAnswer = async (_token: string) => {}, dialled: Dialled = {}) {
      await invite(callId, dialled)
      const offered = await media.request()
      const token = offered.headers.get('X-Call-Session') ?? ''
      await beforeAnswer(token)
      media.reply(offered, '200 OK', { body: sdp(5_000) })
      const final = await mls.answer()
      mls.askIn(final, 'ACK', 1)
      await media.request()
      return { token, final }
    },
    /** Both ends are hung up on. */
    async released() {
      for (const end of [mls, media]) end.reply(await end.request(), '200 OK')
    },
    async hangUp(final: Awaited<ReturnType<typeof mls.answer>>) {
      mls.askIn(final, 'BYE', 2)
      media.reply(await media.request(), '200 OK')
      await mls.answer()
    },
  }
}

/** What ivr does, and noc. */
export function ivr(home: Home) {
  const client = new SocketClient(scpSocket(home))
  const path = (from: number, to: number) => `/v1/traffic?from=${from}&to=${to}`
  const ask = async (method: 'POST' | 'PUT', path: string, body?: unknown) =>
    (await client.ask({ method, path: `/v1/call-sessions/${path}`, body, deadlineMs: 5_000 })).body
  return {
    permission: (token: string) => ask('POST', `${token}/permission`),
    charge: (token: string, entry: number, pin: string) =>
      ask('PUT', `${token}/charges/${entry}`, { pin }),
    notice: (token: string, body: unknown) => ask('POST', `${token}/notice`, body),
    traffic: async (from: number, to: number) =>
      (await client.ask({ method: 'GET', path: path(from, to), deadlineMs: 5_000 })).body,
    /** The body of any answer. */
    get: async (path: string) =>
      (await client.ask({ method: 'GET', path, deadlineMs: 5_000 })).body,
    /** An act of an operator on duty; its status. */
    act: async (name: string, payload: unknown) => {
      const body = { person: { name: 'sato', role: 'operator' }, reason: 'a trial', payload }
      const path = `/v1/office/acts/${name}`
      return (await client.ask({ method: 'POST', path, body, deadlineMs: 5_000 })).status
    },
    close: () => client.close(),
  }
}

/** Waits for something that another program does in its own time. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return
    await wait(20)
  }
  throw new Error(`it never came about: ${what}`)
}

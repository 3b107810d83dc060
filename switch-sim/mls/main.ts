import { randomBytes, randomUUID } from 'node:crypto'
import { SERVICE_NUMBERS } from '../../domain/switch-assertion.js'
import { monotonicMs, systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { httpEdge } from '../../platform/http-edge.js'
import type { Program, Running, Surroundings } from '../../platform/program.js'
import { secretFile } from '../../platform/secret-file.js'
import { readSettings, type SettingValues } from '../../platform/settings.js'
import type { PhoneRequest } from '../../platform/signalling/call-legs.js'
import { callsEnded } from '../../platform/signalling/calls-ended.js'
import { openSignalling, type Signalling } from '../../platform/signalling/signalling.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { Bindings } from './bindings.js'
import { CallControl } from './call-control.js'
import { engineSecretFile, mlsSettings, mlsSocket, subscribersStore, unitsStore } from './config.js'
import { Counts } from './counts.js'
import { demonstrationRoute } from './demonstration-route.js'
import { DigestGate } from './digest-gate.js'
import { identitySigner } from './identity.js'
import { openUnits } from './mscp/open-units.js'
import type { UnitStore } from './mscp/unit-questions.js'
import { unitRoutes } from './mscp/unit-routes.js'
import { Nonces } from './nonces.js'
import { PasswordThrottle } from './password-throttle.js'
import { RefusedContractTally } from './refused-contract-tally.js'
import { Registrar } from './registrar.js'
import { CachedSubscribers } from './subscribers/cached-subscribers.js'
import { seedDemonstration } from './subscribers/demonstration.js'
import type { SubscriberReader } from './subscribers/subscriber.js'
import { SubscriberStore } from './subscribers/subscriber-store.js'
import { switchKey } from './switch-key.js'
import { switchMetrics } from './switch-metrics.js'
import { trafficRoute } from './traffic-route.js'

/** Most nonces, and most guessers, remembered at once. */
const REMEMBERED_MAX = 100_000

/** The mobile local switch as a program of the network. */
export const mls: Program = {
  name: 'mls',
  start,
}

type Values = SettingValues<typeof mlsSettings>

async function start(surroundings: Surroundings): Promise<Running> {
  const values = readSettings(mlsSettings, surroundings.given)
  const { home, log } = surroundings
  const subscribers = new SubscriberStore(subscribersStore(home))
  let units: Units | undefined
  try {
    units = await openUnits(unitsStore(home), error => {
      log.fatal({ err: error }, 'store of units lost')
      throw error
    })
    return await serve(surroundings, values, { subscribers, units })
  } catch (error) {
    await units?.close()
    subscribers.close()
    throw error
  }
}

type Units = Awaited<ReturnType<typeof openUnits>>

/** What the switch and the MSCP beside it keep (seed 004 Table 4). */
interface Stores {
  readonly subscribers: SubscriberStore
  readonly units: Units
}

async function serve(
  surroundings: Surroundings,
  values: Values,
  { subscribers, units }: Stores,
): Promise<Running> {
  const { home, clock, log } = surroundings
  if (values.simulation) {
    const added = seedDemonstration(subscribers, home)
    if (added > 0) log.info({ added }, 'demonstration subscribers made')
  }
  const counts = new Counts()
  const bindings = new Bindings(monotonicMs)
  const gate = digestGate(values, new CachedSubscribers(subscribers))
  const registrar = new Registrar(gate, bindings)
  const refusedContracts = new RefusedContractTally({ store: units, clock, later: nodeLater, log })
  const parts = { gate, registrar, counts, bindings, units, refusedContracts }
  const { signalling, calls } = await openCalls(surroundings, values, parts)

  const edge = httpEdge(log)
  edge.get('/counts', () => ({
    counts: counts.all(),
    calls: calls.calls,
    registered: bindings.registeredNumbers(),
  }))
  unitRoutes(edge, { store: units, clock })
  trafficRoute(edge, { store: units, clock })
  if (values.simulation) demonstrationRoute(edge, home)
  const close = async () => {
    calls.close()
    await callsEnded(() => calls.calls)
    signalling.close()
    await edge.close()
    await refusedContracts.close()
  }
  await listenOnSocket(edge, mlsSocket(home)).catch(async error => {
    await close()
    throw error
  })
  return {
    listening: { counts: mlsSocket(home) },
    status: () => ({ ready: signalling.connected, calls: calls.calls }),
    registerMetrics: metrics => switchMetrics(metrics, counts, bindings),
    async close() {
      await close()
      await units.close()
      subscribers.close()
    },
  }
}

interface Parts {
  readonly gate: DigestGate
  readonly registrar: Registrar
  readonly counts: Counts
  readonly bindings: Bindings
  readonly units: UnitStore
  readonly refusedContracts: RefusedContractTally
}

/** Connects to the engine, and hands its requests to registrar and call control. */
async function openCalls(
  { home, log }: Surroundings,
  values: Values,
  { gate, registrar, counts, bindings, units, refusedContracts }: Parts,
): Promise<{ signalling: Signalling; calls: CallControl }> {
  const signer = await identitySigner(switchKey(home), systemClock)
  let dial: Signalling['dial'] | undefined
  const calls = new CallControl({
    gate,
    signer,
    dial: request => {
      if (!dial) throw new Error('a call came before the engine was connected')
      return dial(request)
    },
    mcscp: values.mcscp,
    media: values.media,
    domain: values.domain,
    services: [...SERVICE_NUMBERS, ...values.addedServices],
    callsMax: values.callsMax,
    limits: {
      set_up: values.setUpSeconds * 1000,
      announcement: values.announcementSeconds * 1000,
      call: values.callSeconds * 1000,
      phone_call: values.phoneCallSeconds * 1000,
      period: values.unitSeconds * 1000,
    },
    freshCallId: () => `${randomUUID()}@${values.domain}`,
    later: nodeLater,
    random: Math.random,
    units,
    // The phone that registered last.
    contactOf: callee => bindings.of(callee).at(-1)?.uri,
    counts,
    contractRefused: () => refusedContracts.add(),
    log,
  })
  const signalling = await openSignalling({
    host: values.engineHost,
    port: values.enginePort,
    secret: secretFile(engineSecretFile(home)),
    log,
    async register(request) {
      const { registration, answer, msisdn } = await registrar.register(registerRequest(request))
      counts.add(`register_${registration}`)
      if (msisdn) log.info({ msisdn, registration }, 'registration changed')
      return answer
    },
    invite: leg => calls.invite(leg),
    lost: () => calls.endAll(),
  })
  dial = signalling.dial
  return { signalling, calls }
}

const registerRequest = (request: PhoneRequest) => ({
  uri: request.uri,
  from: request.header('From') ?? '',
  to: request.header('To') ?? '',
  callId: request.callId,
  cseq: request.cseq,
  contact: request.header('Contact'),
  expires: request.header('Expires'),
  authorization: request.header('Authorization'),
  userAgent: request.header('User-Agent'),
  address: request.address,
})

function digestGate(values: Values, subscribers: SubscriberReader): DigestGate {
  const nonces = new Nonces({
    key: randomBytes(32),
    nowMs: monotonicMs,
    random: randomBytes,
    lifetimeMs: values.nonceLifetimeSeconds * 1000,
    remembered: REMEMBERED_MAX,
  })
  const throttle = new PasswordThrottle({
    nowMs: monotonicMs,
    perNumber: values.wrongPasswordsPerNumber,
    perAddress: values.wrongPasswordsPerAddress,
    waitMs: values.wrongPasswordWaitSeconds * 1000,
    remembered: REMEMBERED_MAX,
  })
  const { md5, md5OnlyPhones } = values
  return new DigestGate({ subscribers, nonces, throttle, md5, md5OnlyPhones })
}

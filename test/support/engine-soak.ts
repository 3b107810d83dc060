import { once } from 'node:events'
import type { Test } from 'tap'
import type { TimerValues } from '../../engines/signalling/transaction/timers.js'
import { newApplication } from './drachtio-application.js'
import { type Course, makeCalls } from './many-calls.js'
import { MeasuredEngine } from './measured-engine.js'
import { executed, type ModeslConnection, modeslApplication } from './modesl.js'
import { RawPhone, sdp } from './raw-phone.js'
import { type SoakPlan, soak } from './soak.js'
import { takeCalls } from './varied-application.js'

/** What is kept for late copies is kept for 64·T1: 2 s, which a busy machine must not need either. */
const TIMERS: TimerValues = { t1Ms: 32, t2Ms: 256, t4Ms: 320 }

const SECRET = 'the secret of a soak'

/** Offered and answered: a port of audio at which nobody is. */
const BODY = sdp(9)

const COURSES: readonly Course[] = [
  'caller_hangs_up',
  'called_hangs_up',
  'refused',
  'cancelled',
  'passed_on',
]

/** Calls at once: several are in every state. */
const AT_ONCE = 24

/** How a soak goes; who makes the calls is the engine's. */
export type SoakSize = Omit<SoakPlan, 'make'>

/**
 * Calls of every course through the signalling engine and a drachtio-srf application over UDP: all end as
 * they should, no dialog and no timer stays, and memory after collection does not grow.
 */
export async function soakSignalling(t: Test, size: SoakSize): Promise<void> {
  const engine = await MeasuredEngine.start(t, {
    engine: 'signalling',
    secret: SECRET,
    timers: TIMERS,
  })
  const failures: unknown[] = []
  const srf = newApplication()
  takeCalls(srf, BODY, error => failures.push(error))
  const host = '127.0.0.1'
  srf.connect({ host, port: engine.applicationPort, secret: SECRET, reconnect: { maxAttempts: 1 } })
  await once(srf, 'connect')
  t.teardown(() => srf.disconnect())
  await soaked(t, engine, size, COURSES)
  t.strictSame(failures.slice(0, 3), [], 'the application was told of no failure')
}

/**
 * Calls through the media engine that a modesl application answers, plays a tone to and hangs up: the
 * same holds.
 */
export async function soakMedia(t: Test, size: SoakSize): Promise<void> {
  const application = await modeslApplication(connection => void play(connection))
  t.teardown(() => application.close())
  const engine = await MeasuredEngine.start(t, {
    engine: 'media',
    secret: SECRET,
    timers: TIMERS,
    dialplan: [
      {
        destination: 'called_hangs_up',
        actions: [['socket', `127.0.0.1:${application.port} async full`]],
      },
    ],
  })
  await soaked(t, engine, size, ['called_hangs_up'])
}

async function play(connection: ModeslConnection): Promise<void> {
  await executed(connection, 'answer')
  await executed(connection, 'playback', 'tone_stream://%(40,0,440)')
  connection.execute('hangup', '')
}

async function soaked(
  t: Test,
  engine: MeasuredEngine,
  size: SoakSize,
  courses: readonly Course[],
): Promise<void> {
  const phone = await RawPhone.open(engine.sipPort)
  t.teardown(() => phone.close())
  const ends: Record<string, number> = {}
  let made = 0
  const { before, after, grownBytes, limitBytes } = await soak(engine, {
    ...size,
    async make(calls) {
      const plan = { name: `soak-${made}`, calls, atOnce: AT_ONCE, courses, body: BODY }
      for (const [end, times] of Object.entries(await makeCalls(phone, plan))) {
        ends[end] = (ends[end] ?? 0) + times
      }
      made += calls
    },
  })
  t.strictSame(ends, expectedEnds(made, courses), `${made} calls ended as they should`)
  t.ok(
    grownBytes < limitBytes,
    `${size.calls} calls left ${grownBytes} bytes; ${limitBytes} are allowed`,
  )
  t.equal(after.calls, 0, 'no call stays')
  t.ok(after.timers <= engine.timersAtRest, `no timer stays: ${after.timers} run`)
  t.ok(after.sockets <= before.sockets, `no socket stays: ${after.sockets} are open`)
}

/** How a call of each course ends, seen from the caller; of one passed on, from the called too. */
const END: Readonly<Record<Course, readonly string[]>> = {
  caller_hangs_up: ['caller_hangs_up: BYE'],
  called_hangs_up: ['called_hangs_up: BYE'],
  refused: ['refused: 486'],
  cancelled: ['cancelled: 487'],
  passed_on: ['passed_on: BYE', 'called: BYE'],
}

/** Every batch of calls begins with the first course. */
function expectedEnds(made: number, courses: readonly Course[]): Record<string, number> {
  const each = made / courses.length
  return Object.fromEntries(courses.flatMap(course => END[course].map(end => [end, each])))
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { Guidance } from '../../ivr/guidance.js'
import { ivr } from '../../ivr/main.js'
import { takeClips } from '../../noc/office/take-clips.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { guidanceFile, takenClip } from '../../platform/guidance-clips.js'
import type { Home } from '../../platform/home.js'
import { guidanceInForce } from '../../scp/tables/guidance-in-force.js'
import { FakeFreeswitch } from '../support/fake-freeswitch.js'
import { freshHome } from '../support/fresh-home.js'
import { openOffice, person } from '../support/office-desk.js'
import { jst } from '../support/scp-desk.js'
import { OFFICE } from '../support/scp-values.js'

t.setTimeout(120_000)

const SESSION = { 'X-Call-Session': '0123456789abcdef0123456789abcdef' }

/** A folder of clips as a voice studio hands them over. */
function studio(t: Test, clips: Readonly<Record<string, Buffer>>, text = 'ようこそ, welcome') {
  const folder = join(t.testdirName, 'studio')
  rmSync(folder, { recursive: true, force: true })
  for (const [clip, bytes] of Object.entries(clips)) {
    mkdirSync(join(folder, clip, '..'), { recursive: true })
    writeFileSync(join(folder, clip), bytes)
    writeFileSync(join(folder, clip.replace('.wav', '.txt')), `${text}\n`)
  }
  return folder
}

const clipOfProduct = (clip: string) => readFileSync(join(CLIPS_FOLDER, clip))

async function until(what: string, holds: () => boolean) {
  for (let n = 0; n < 1_500; n++) {
    if (holds()) return
    await wait(20)
  }
  throw new Error(`in vain: ${what}`)
}

/** The card office of a home, which tells ivr its guidance as scp does. */
async function openGuidance(t: Test, home: Home) {
  const folder = join(t.testdirName, 'scp')
  mkdirSync(folder, { recursive: true })
  const office = await openOffice(t, { folder, office: { ...OFFICE, clipFolder: home.guidance } })
  const log = pino({ level: 'silent' })
  const told = guidanceInForce({ home, store: office.desk.store, log })
  await told.run()
  const act = async (name: string, payload: object) => {
    const answer = await office.act(name, person('operator'), { table: 'guidance', ...payload })
    await told.run()
    return answer
  }
  return {
    office,
    told,
    replace: (text: string, over: number, from?: number) =>
      act('replace_table', { file: 'guidance.csv', text, over, ...(from ? { from } : {}) }),
    rollBack: () => act('roll_back_table', {}),
    close: async () => {
      await told.close()
      await office.close()
    },
  }
}

t.test('M-05: clips are taken in, or every one that cannot be played is told', async t => {
  t.testdir({})
  const home = freshHome(t)
  const clip = clipOfProduct('en/welcome.wav')
  const stereo = Buffer.from(clip)
  stereo.writeUInt16LE(2, 22)
  const folder = studio(t, {
    'ja/welcome.wav': clip,
    'en/a.wav': stereo,
    'tone/b.wav': Buffer.of(1),
  })
  const refusal = (work: () => unknown) => {
    try {
      return `${work()}`
    } catch (error) {
      if (error instanceof Fault) return `${error.code} ${error.message}`
      throw error
    }
  }
  t.match(
    refusal(() => takeClips(home, folder)),
    /^FILE_MALFORMED None.* 2 cannot be played:\n.*en\/a\.wav: it must be µ-law of 8 kHz, .* 2 channels.*\n.*tone\/b\.wav: it is no WAV file$/,
  )
  t.match(
    refusal(() => takeClips(home, home.logs)),
    /^COMMAND_REFUSED .* has no clips/,
  )
  const table = takeClips(home, studio(t, { 'ja/welcome.wav': clip }))
  const [, sha256 = ''] = /^ja\/welcome\.wav,([0-9a-f]{64}),"ようこそ, welcome"$/m.exec(table) ?? []
  t.strictSame(readFileSync(takenClip(home.guidance, sha256)), clip, 'under its digest')
  t.equal(takeClips(home, studio(t, { 'ja/welcome.wav': clip })), table, 'again: the same')
  t.notMatch(takeClips(home, studio(t, { 'ja/welcome.wav': clip }, '')), /welcome"/, 'no words')
})

t.test('M-05: guidance is replaced in service, and a call in progress keeps its own', async t => {
  t.testdir({})
  const home = freshHome(t)
  const { office, replace, rollBack, close } = await openGuidance(t, home)
  t.teardown(close)
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const taken = () => logged.filter(line => line.includes('guidance taken over')).length
  const running = await ivr.start({
    ...{ home, log, clock: new SetClock(jst('2001-01-15T12:00:00')) },
    given: { MCSCP_IVR_PORT: '0', MCSCP_IVR_PERMISSION_TIME: '50' },
  })
  t.teardown(() => running.close())
  const port = Number(running.listening['event socket']?.split(':').at(-1))
  /** A call that stands still at its first guidance until it is told to go on; scp is away. */
  const call = async () => {
    const far = await FakeFreeswitch.call(
      port,
      ({ application }) => (application === 'answer' ? 'runs_on' : {}),
      SESSION,
    )
    await far.until('answer')
    return far
  }
  const heard = async (far: Awaited<ReturnType<typeof call>>) => {
    far.finish()
    await far.closed
    return far.executed.filter(one => one.includes('file_string')).join('\n')
  }
  const words = { 'ja/try-again-later.wav': clipOfProduct('ja/locked.wav') }
  const table = takeClips(home, studio(t, words))
  const [, sha256 = ''] = /,([0-9a-f]{64}),/.exec(table) ?? []
  const fresh = takenClip(home.guidance, sha256)
  const missing = table.replaceAll(sha256, 'b'.repeat(64)).concat(`ja/nothing.wav,${sha256},x\n`)
  t.match(await replace(missing, 0), {
    ...{ status: 409 },
    body: {
      message: /guidance\.csv:2: no clip b+ was taken in.*\n.*:3: ja\/nothing\.wav is no clip/,
    },
  })

  const before = await call()
  t.match(await replace(table, 0), { status: 200 })
  await until('the new guidance', () => taken() === 2)
  const after = await call()
  const old = join(CLIPS_FOLDER, 'ja/try-again-later.wav')
  const [first, second] = [await heard(before), await heard(after)]
  t.match(first, old, 'what it began with')
  t.notMatch(first, fresh)
  t.match(second, fresh, 'a new call hears the new clip')
  t.notMatch(second, old)

  t.match(await rollBack(), { status: 200 })
  await until('the guidance of before', () => taken() === 3)
  t.notMatch(await heard(await call()), fresh, 'rolled back')
  t.match((await office.audit()).at(-1), { act: 'roll_back_table', after: { version: 0 } })
})

t.test('M-05: guidance waits for its moment, and is kept when a clip is damaged', async t => {
  t.testdir({})
  const home = freshHome(t)
  const { office, told, replace, close } = await openGuidance(t, home)
  t.teardown(close)
  const { clock } = office.desk
  const table = takeClips(home, studio(t, { 'ja/welcome.wav': clipOfProduct('ja/locked.wav') }))
  const [, sha256 = ''] = /,([0-9a-f]{64}),/.exec(table) ?? []
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(line) })
  let look = () => {}
  const later = (run: () => void) => {
    look = run
    return () => {}
  }
  const open = () => Guidance.open({ home, clipFolder: '/clips', clock, later, log })
  const guidance = await open()
  const welcome = (of = guidance) => of.now()('ja/welcome.wav')
  const looked = async (line: RegExp) => {
    const before = lines.length
    look()
    await until(`${line}`, () => lines.slice(before).some(one => line.test(one)))
  }
  const moment = epochMs(clock.now() + 60_000)
  await replace(table, 0, moment)
  await looked(/guidance taken over/)
  clock.set(epochMs(moment - 1))
  t.equal(welcome(), '/clips/ja/welcome.wav', 'not yet')
  const began = guidance.now()
  clock.set(moment)
  t.equal(welcome(), takenClip(home.guidance, sha256), 'by the clock alone')
  t.equal(began('ja/welcome.wav'), '/clips/ja/welcome.wav', 'a call that began before')
  t.equal(guidance.now()('ja/locked.wav'), '/clips/ja/locked.wav', 'a clip that nobody replaced')

  const path = takenClip(home.guidance, sha256)
  const bytes = readFileSync(path)
  const written = readFileSync(guidanceFile(home), 'utf8')
  rmSync(path)
  writeFileSync(path, Buffer.concat([bytes, Buffer.of(0)]))
  writeFileSync(guidanceFile(home), `${written} `)
  await looked(/not as it was taken in.*GUIDANCE_DAMAGED/)
  t.equal(welcome(), path, 'it goes on with what it has')
  const again = await open()
  t.equal(welcome(again), '/clips/ja/welcome.wav', 'started anew: the product’s')
  await again.close()
  writeFileSync(guidanceFile(home), '{"version":2}')
  await guidance.close()
  const third = await open()
  t.match(lines.at(-1), /its file is not of its form/)
  await told.run()
  t.match(readFileSync(guidanceFile(home), 'utf8'), sha256, 'scp mends its file')
  writeFileSync(path, bytes)
  await looked(/guidance taken over|alarm cleared/)
  await third.close()
  t.equal(welcome(third), path)
})

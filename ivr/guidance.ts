import { readFile } from 'node:fs/promises'
import type { Clock } from '../domain/clock.js'
import { clearAlarm, raiseAlarm, settleAlarms } from '../platform/alarm.js'
import type { Later } from '../platform/deadline.js'
import { systemErrorCode } from '../platform/fault.js'
import { clipMistake, guidanceFile, guidanceForm, takenClip } from '../platform/guidance-clips.js'
import type { Home } from '../platform/home.js'
import type { Logger } from '../platform/log.js'
import { compileSchema } from '../platform/schema-check.js'
import { sha256Of } from '../platform/sha256.js'
import { type ClipPath, isPlayableFolder } from './clip-prompt.js'

export interface GuidanceOptions {
  readonly home: Pick<Home, 'guidance'>
  /** Folder of the clips that nobody has replaced. */
  readonly clipFolder: string
  readonly clock: Clock
  readonly later: Later
  readonly log: Logger
}

/** Clips in place of the product's, from a moment on. */
interface Standing {
  readonly from: number
  readonly clips: ReadonlyMap<string, string>
}

/** Pause between two looks at the file of the guidance in force, in ms. */
const LOOK_MS = 500

const isGuidance = compileSchema(guidanceForm)

const WHAT = { what: 'guidance' }

/**
 * ガイダンスのファイル更新 (requirement M-05): which clips a call hears. Each call keeps those that were in
 * force when it began. New guidance is taken over when all of its clips are there as they were taken in;
 * until then ivr goes on with what it has.
 */
export class Guidance {
  readonly #options: GuidanceOptions
  #standing: readonly Standing[] = []
  /** The file as it was taken over last; `undefined`: there was none. */
  #taken: string | undefined
  #alarmed = false
  #callOff = () => {}
  #looking: Promise<void> | undefined
  #closing = false

  private constructor(options: GuidanceOptions) {
    this.#options = options
  }

  /** Takes over what is in force, and goes on looking. */
  static async open(options: GuidanceOptions): Promise<Guidance> {
    const guidance = new Guidance(options)
    settleAlarms(['GUIDANCE_DAMAGED'], WHAT)
    await guidance.#look()
    return guidance
  }

  /** The clips of a call that begins now. */
  now(): ClipPath {
    const { clock, clipFolder, home } = this.#options
    const at = clock.now()
    const clips = this.#standing.findLast(({ from }) => from <= at)?.clips
    return clip => {
      const sha256 = clips?.get(clip)
      return sha256 === undefined ? `${clipFolder}/${clip}` : takenClip(home.guidance, sha256)
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#callOff()
    await this.#looking
  }

  async #look(): Promise<void> {
    this.#looking = this.#takeOver()
    await this.#looking
    if (!this.#closing) this.#callOff = this.#options.later(() => void this.#look(), LOOK_MS)
  }

  async #takeOver(): Promise<void> {
    const { home, log } = this.#options
    const text = await textOf(guidanceFile(home))
    if (text === this.#taken) return this.#sound()
    const standing = text === undefined ? [] : standingIn(text)
    const why = standing ? await this.#mistakeIn(standing) : 'its file is not of its form'
    if (standing === undefined || why !== undefined) {
      if (!this.#alarmed) raiseAlarm(log, 'GUIDANCE_DAMAGED', 'major', { ...WHAT, why })
      this.#alarmed = true
      return
    }
    this.#standing = standing
    this.#taken = text
    log.info({ replaced: standing.at(-1)?.clips.size ?? 0 }, 'guidance taken over')
    this.#sound()
  }

  /** What callers hear is what the file says, also where it was put back as it had been. */
  #sound(): void {
    if (this.#alarmed) clearAlarm(this.#options.log, 'GUIDANCE_DAMAGED', WHAT)
    this.#alarmed = false
  }

  /** What keeps guidance from being heard; each clip is looked at once, for none changes. */
  async #mistakeIn(standing: readonly Standing[]): Promise<string | undefined> {
    const { guidance: folder } = this.#options.home
    const wanted = new Set(standing.flatMap(({ clips }) => [...clips.values()]))
    if (wanted.size > 0 && !isPlayableFolder(folder))
      return `${folder} cannot be named to the media`
    for (const sha256 of wanted) {
      const bytes = await readFile(takenClip(folder, sha256)).catch(() => undefined)
      if (!bytes) return `${sha256}.wav cannot be read`
      if (sha256Of(bytes) !== sha256) return `${sha256}.wav is not as it was taken in`
      const mistake = clipMistake(bytes)
      if (mistake) return `${sha256}.wav: ${mistake}`
    }
    return undefined
  }
}

/** Nobody has replaced anything as long as there is no file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    return ''
  }
}

function standingIn(text: string): Standing[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isGuidance.Check(value)) return undefined
    return value.standing.map(({ from, clips }) => ({
      from,
      clips: new Map(Object.entries(clips)),
    }))
  } catch {
    return undefined
  }
}

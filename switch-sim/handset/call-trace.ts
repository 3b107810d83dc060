import type { HeardClip } from './hears.js'
import { heardText, stepText } from './ladder-text.js'
import { LadderWatch } from './ladder-watch.js'
import { LogFollower } from './log-follower.js'
import type { CallProgress } from './phone.js'

/**
 * Tells a person how one call goes, in the order of time: the steps that its handset sees, those that
 * the programs log, and what is heard.
 */
export class CallTrace {
  readonly #watch = new LadderWatch()
  readonly #logs: LogFollower
  #heard: { readonly atMs: number; readonly text: string }[] = []

  /** `logs`: the folder that the programs of the network log into. */
  constructor(logs: string) {
    this.#logs = new LogFollower(logs)
  }

  /** The call has this Call-ID at the handset. */
  follow(callId: string): void {
    this.#watch.follow(callId)
  }

  /** The handset took a step of Figure 3. */
  took(step: number): void {
    this.#watch.took(step, Date.now())
  }

  progress(progress: CallProgress): void {
    // 180 comes from the MCSCP; 183 is the switch's own announcement.
    if (progress.type === 'provisional' && progress.status === 180) this.took(9)
    if (progress.type === 'answered') for (const step of [10, 11, 12]) this.took(step)
    if (progress.type === 'released') this.took(19)
  }

  /** Guidance that asks for the number, and guidance that tells of success, are steps. */
  heard(clip: HeardClip): void {
    if (/\/enter-number/.test(clip.clip)) this.took(14)
    if (/\/charge-succeeded/.test(clip.clip)) this.took(17)
    this.#heard.push({ atMs: Date.now(), text: heardText(clip) })
  }

  /** Prints what happened up to a moment. */
  print(throughMs: number): void {
    this.#watch.read(this.#logs.next())
    const steps = this.#watch
      .through(throughMs)
      .map(taken => ({ atMs: taken.atMs, text: stepText(taken) }))
    const heard = this.#heard.filter(({ atMs }) => atMs <= throughMs)
    this.#heard = this.#heard.filter(({ atMs }) => atMs > throughMs)
    const lines = [...steps, ...heard].sort((one, other) => one.atMs - other.atMs)
    for (const { text } of lines) console.log(text)
  }
}

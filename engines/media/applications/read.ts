import type { Application } from '../channel/channel.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { bounded, collectDigits } from './collect-digits.js'
import { splitArguments } from './split-arguments.js'

/** `read <min> <max> <file> <variable> <timeout ms> <terminators>`: reads digits, one try. */
export const read =
  (shelf: ClipShelf): Application =>
  async call => {
    const [min, max, prompt = '', variable = '', timeout, terminators = '#'] = splitArguments(
      call.argument,
    )
    const collecting = bounded({
      min: Number(min),
      max: Number(max),
      prompt,
      firstTimeoutMs: Number(timeout),
      digitTimeoutMs: 0,
      terminators,
      variable,
    })
    await collectDigits(call, shelf, collecting)
  }

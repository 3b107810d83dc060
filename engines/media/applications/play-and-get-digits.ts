import type { Application, ApplicationCall } from '../channel/channel.js'
import { readExtension } from '../channel/transfer.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { bounded, type Collected, collectDigits } from './collect-digits.js'
import { playPrompt } from './play-prompt.js'
import { splitArguments } from './split-arguments.js'

/**
 * `play_and_get_digits <min> <max> <tries> <timeout ms> <terminators> <prompt> <bad-input prompt> [variable]
 * [regex] [digit timeout ms] ['<extension> [dialplan [context]]']`: reads digits, again after the bad-input
 * prompt while they do not fit, as often as there are tries. What did not match stands in
 * `<variable>_invalid`. Where no try fits, the call goes on at the extension, if one is named.
 */
export const playAndGetDigits =
  (shelf: ClipShelf): Application =>
  async call => {
    const { channel } = call
    const [min, max, tries, timeout, terminators = '#', prompt = '', badPrompt = '', ...rest] =
      splitArguments(call.argument)
    const [variable = '', regex = '', digitTimeout = '', otherwise = ''] = rest
    const collecting = bounded({
      min: Number(min),
      max: Number(max),
      prompt,
      firstTimeoutMs: Number(timeout),
      digitTimeoutMs: Number(digitTimeout),
      terminators,
      variable,
    })
    if (variable) channel.setVariable(`${variable}_invalid`, undefined)
    for (let left = Number(tries) || 1; left > 0 && channel.ready; left--) {
      const collected = await collectDigits(call, shelf, collecting)
      if (fits(collected, regex)) return
      if (variable) rejectDigits(call, variable, collected)
      if (badPrompt !== '' && channel.ready) await playPrompt(call, shelf, badPrompt, 'leave')
    }
    const extension = readExtension(otherwise)
    if (extension && channel.ready) channel.transfer(extension)
  }

/** `timeout` means enough digits and no terminator, which is as good. */
function fits({ digits, result }: Collected, regex: string): boolean {
  if (result === 'failure') return false
  return digits === '' || regex === '' || matches(digits, regex)
}

function matches(digits: string, regex: string): boolean {
  try {
    return new RegExp(regex).test(digits)
  } catch {
    return false
  }
}

/** Digits that were enough but did not match are kept apart; too few are forgotten. */
function rejectDigits(
  { channel }: ApplicationCall,
  variable: string,
  { digits, result }: Collected,
): void {
  channel.setVariable(variable, undefined)
  if (result !== 'failure') channel.setVariable(`${variable}_invalid`, digits)
}

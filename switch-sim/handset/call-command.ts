import { Command, InvalidArgumentError } from 'commander'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { type CallResult, resultsIn } from './call-result.js'
import { CallTrace } from './call-trace.js'
import { Caller } from './caller.js'
import { type CallerStep, key } from './caller-script.js'
import { type CallingPlace, callingPlace, handsetOf } from './calling-place.js'
import { Ears } from './ears.js'
import type { CallEnding, Phone } from './phone.js'

interface CallOptions {
  readonly from: Msisdn
  readonly pin: readonly string[]
  readonly password?: string
  readonly info?: true
  readonly withhold?: true
}

/** How long the programs' last log lines may take to appear after a call, in ms. */
const LOGS_WITHIN_MS = 600

/** How often steps are printed, and how long each is held back so that all come in order, in ms. */
const PRINT_EVERY_MS = 100
const HELD_BACK_MS = 400

/** `mcscp call`: one call by a handset without a screen, step by step. */
export function callCommand(surroundings: CommandSurroundings): Command {
  return new Command('call')
    .summary('call from a handset without a screen, step by step')
    .description(
      'Calls a number from a handset of the network on this machine, with real audio, keys each card ' +
        'number when guidance asks for it, and prints the steps ① to ㉑ of the call as they are taken and ' +
        'what is heard. The exit code is 0 when every card was charged.',
    )
    .argument('<number>', 'what to dial, such as 1400')
    .requiredOption('--from <number>', 'the calling number, 090…', callingNumber)
    .option('--pin <digits>', 'card number to key; repeat it for several cards', collectPins, [])
    .option('--password <text>', 'the phone’s password; not needed for demonstration numbers')
    .option('--info', 'send keys as SIP INFO instead of RFC 4733')
    .option('--withhold', 'ask that the number be shown to nobody (Privacy: id)')
    .action(async (dialled: string, options: CallOptions) => {
      const charged = await call(callingPlace(surroundings), dialled, options)
      process.exitCode = charged ? 0 : 1
    })
}

async function call(place: CallingPlace, dialled: string, options: CallOptions): Promise<boolean> {
  const trace = new CallTrace(place.home.logs)
  const phone = await handsetOf(place, options.from, options.password)
  const printing = setInterval(() => trace.print(Date.now() - HELD_BACK_MS), PRINT_EVERY_MS)
  try {
    const { ending, results } = await callFrom(phone, place, dialled, options, trace)
    await new Promise(resolve => setTimeout(resolve, LOGS_WITHIN_MS))
    trace.print(Date.now())
    console.log(endText(ending, results))
    return results.filter(result => result === 'charged').length === options.pin.length
  } finally {
    clearInterval(printing)
    await phone.off()
  }
}

async function callFrom(
  phone: Phone,
  { library }: CallingPlace,
  dialled: string,
  { pin, info, withhold }: CallOptions,
  trace: CallTrace,
): Promise<{ ending: CallEnding; results: CallResult[] }> {
  const status = await phone.register()
  if (status !== 200) {
    throw new Fault('PEER_UNREACHABLE', `The switch did not register the phone: SIP ${status}.`)
  }
  trace.took(1)
  const call = await phone.call(
    dialled,
    progress => trace.progress(progress),
    withhold ? ['Privacy: id'] : [],
  )
  trace.follow(call.callId)
  const ears = new Ears(
    call.heard,
    library,
    () => performance.now(),
    clip => trace.heard(clip),
  )
  const caller = new Caller(call, ears, info ? 'info' : 'rtp', {
    keyed: () => trace.took(15),
    hungUp: () => trace.took(18),
  })
  const ending = await caller.run(script(pin))
  return { ending, results: resultsIn(ears.clips) }
}

/** Keys one card after the other; without a card, listens to the end. */
function script(pins: readonly string[]): CallerStep[] {
  const [first, ...others] = pins
  if (first === undefined) return [{ type: 'wait_for_end' }]
  const result: CallerStep = { type: 'wait_for_result' }
  return [
    { type: 'wait_for_question' },
    key(`${first}#`),
    result,
    // «続けて登録する場合は1を»: guidance asks for the next card.
    ...others.flatMap(pin => [
      key('1'),
      { type: 'wait_for_question' } as const,
      key(`${pin}#`),
      result,
    ]),
    { type: 'hang_up' },
  ]
}

function howEnded(ending: CallEnding): string {
  switch (ending.how) {
    case 'refused':
      return `応答なし not answered (SIP ${ending.status})`
    case 'cancelled':
      return '発信取消 cancelled'
    case 'cut_off':
      return '交換機と不通 cut off from the switch'
    case 'hung_up':
      return `切断 ended by ${ending.by === 'caller' ? 'the caller' : 'the network'}`
  }
}

function endText(ending: CallEnding, results: readonly CallResult[]): string {
  const charged = results.filter(result => result === 'charged').length
  const later = charged > 0 ? ' ⑳ ㉑ は15分ごと: they follow with the quarter-hour file.' : ''
  return `${howEnded(ending)}。登録 charged: ${charged}。${later}`
}

function callingNumber(text: string): Msisdn {
  const number = parseMsisdn(text)
  if (!number) throw new InvalidArgumentError('It must be 11 digits beginning 070, 080 or 090.')
  return number
}

/** A wrong number is keyed as it is given, so that its refusal can be heard. */
function collectPins(text: string, before: readonly string[]): string[] {
  if (!/^[\d*#]{1,40}$/.test(text)) {
    throw new InvalidArgumentError('It must be keys: digits, * and #.')
  }
  return [...before, text]
}

import type { CallNames, CallParty, PlacedNote, SeenMessage } from '../../domain/call-note.js'
import { CHARGE_LADDER } from '../../domain/charge-ladder.js'
import { type GuidanceWords, NO_WORDS, wordsOf } from './guidance-words.js'
import type { LadderLine } from './messages.js'

/** The signalling engines, by the program names of the network. */
export const ENGINES = ['switch-signalling', 'scp-signalling'] as const
export type EngineProgram = (typeof ENGINES)[number]

/** A message, and which engine saw it. */
export interface EngineMessage extends SeenMessage {
  readonly engine: EngineProgram
}

/** Who stands at the two ends of a leg, near one first: the one whose engine it is. */
type Ends = readonly [near: CallParty, far: CallParty]

/** Of each leg the two ends, as an engine sees it; a leg of which the other engine tells is passed over. */
function endsOf(engine: EngineProgram, leg: keyof CallNames | undefined): Ends | undefined {
  if (engine === 'switch-signalling') {
    if (leg === 'phone') return ['switch', 'handset']
    if (leg === 'mcscp') return ['switch', 'scp']
  } else if (leg === 'media') return ['scp', 'media']
  return undefined
}

/**
 * The ladder of a call: what its programs noted and which messages passed, oldest first. The leg between
 * switch and MCSCP is told by the switch's engine; where that keeps nothing, as a network's own, by scp's. Where
 * guidance is played, its words stand beside it.
 */
export function ladderLines(
  names: CallNames,
  notes: readonly PlacedNote[],
  messages: readonly EngineMessage[],
  words: GuidanceWords = NO_WORDS,
): LadderLine[] {
  const switchTells = messages.some(({ engine }) => engine === 'switch-signalling')
  const sip = messages.flatMap(message => sipLine(names, message, switchTells))
  return [...notes.flatMap(note => noteLine(note, words)), ...sip].sort(byTime)
}

function sipLine(names: CallNames, message: EngineMessage, switchTells: boolean): LadderLine[] {
  const { engine, callId, direction, text, at } = message
  const leg = (['phone', 'mcscp', 'media'] as const).find(one => names[one] === callId)
  const ends: Ends | undefined =
    !switchTells && leg === 'mcscp' ? ['scp', 'switch'] : endsOf(engine, leg)
  if (!ends) return []
  const [near, far] = ends
  const [from, to] = direction === 'out' ? [near, far] : [far, near]
  return [{ at, way: 'sip', from, to, what: startOf(text), text }]
}

function noteLine(note: PlacedNote, words: GuidanceWords): LadderLine[] {
  const { at } = note
  if (note.type === 'step') {
    const [from, to] = partiesOf(note.step)
    return [{ at, way: 'step', from, to, what: '', step: note.step }]
  }
  if (note.type !== 'told') return []
  const { from, to, what } = note
  const way = from === 'media' || to === 'media' ? 'event-socket' : 'http'
  const says = to === 'media' ? wordsOf(what, words) : undefined
  return [{ at, way, from, to, what, ...(says !== undefined && { says }) }]
}

/** Names in Figure 3, as parties of a ladder. */
const PARTIES: Readonly<Record<string, CallParty>> = {
  MS: 'handset',
  MLS: 'switch',
  MSCP: 'switch',
  MCSCP: 'scp',
  CRS: 'crs',
}

function partiesOf(step: number): Ends {
  const [from = 'MCSCP', to = from] = CHARGE_LADDER[step - 1]?.between.split(/ [→⇔] /) ?? []
  return [PARTIES[from] ?? 'scp', PARTIES[to] ?? 'scp']
}

/** Longest first line that is shown of a message, in characters. */
const START_MAX = 60

/** `INVITE`, or `180 Ringing (INVITE)`. */
function startOf(text: string): string {
  const [first = ''] = text.split(/\r?\n/, 1)
  const [, answer] = /^SIP\/2\.0 (.*)/.exec(first) ?? []
  if (answer === undefined) return (first.split(' ')[0] ?? '').slice(0, START_MAX)
  const [, method] = /^CSeq[ \t]*:[ \t]*\d+[ \t]+([A-Z]+)/im.exec(text) ?? []
  return `${answer.slice(0, START_MAX)}${method === undefined ? '' : ` (${method})`}`
}

/** What happened in the same millisecond keeps its order: notes before messages. */
const byTime = (one: LadderLine, other: LadderLine): number => one.at - other.at

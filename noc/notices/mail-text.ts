import type { EpochMs } from '../../domain/clock.js'
import { SEVERITIES } from '../../platform/alarm-codes.js'
import { FAULT_CODES } from '../../platform/fault-codes.js'
import { timeOf } from '../alarms/alarm-text.js'
import type { AlarmStep } from '../store/notices.js'

/** From how many steps of one kind on they are one line. */
const FOLDED_FROM = 5

/** Subject and text of the mail that tells of steps; `heldSince`: none could be sent since then. */
export function mailOf(
  steps: readonly AlarmStep[],
  heldSince: EpochMs | undefined,
): { readonly subject: string; readonly text: string } {
  const raised = steps.filter(({ type }) => type === 'raised')
  const counts = [
    ...SEVERITIES.map(
      one => [one, raised.filter(({ severity }) => severity === one).length] as const,
    ),
    ['over', steps.length - raised.length] as const,
  ]
  const told = counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`)
  const held =
    heldSince === undefined
      ? []
      : [
          `No mail could be sent since ${timeOf(heldSince)} (Japan time): the day's limit of recipients was`,
          'reached. What came meanwhile stands below.',
          '',
        ]
  return {
    subject: `mcscp alarms: ${told.join(', ')}`,
    text: [...held, ...linesOf(steps), '', '«mcscp alarms list» tells what stands now.', ''].join(
      '\n',
    ),
  }
}

/** A line a step, with what to do; many of one kind are one line. */
function linesOf(steps: readonly AlarmStep[]): string[] {
  const kinds = new Map<string, AlarmStep[]>()
  for (const step of steps) {
    const kind = `${step.type} ${step.program} ${step.code}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), step])
  }
  const folded = [...kinds.values()].flatMap(same =>
    same.length < FOLDED_FROM ? same.map(step => [step]) : [same],
  )
  return folded
    .sort(([a], [b]) => (a?.step ?? 0) - (b?.step ?? 0))
    .flatMap(([first, ...rest]) => (first ? lineOf(first, rest.length) : []))
}

function lineOf(step: AlarmStep, more: number): string[] {
  const { type, at, program, code, subject, severity, facts } = step
  const what = type === 'raised' ? severity.toUpperCase() : 'over'
  const about =
    more > 0 ? `${more + 1} of these` : [subject, facts.why ?? ''].filter(Boolean).join(': ')
  const head = `${timeOf(at)}  ${what}  ${program}  ${code}  ${about}`.trimEnd()
  return type === 'raised' ? [head, `    ${FAULT_CODES[code].remedy}`] : [head]
}

import { epochMs } from '../domain/clock.js'
import { jstText } from '../domain/jst.js'
import type { LoggedIn } from './person-login.js'
import { type Static, Type } from './schema.js'

/** Longest file of a table that the office takes, in bytes: some 15,000 number ranges. */
export const TABLE_BYTES_MAX = 500_000

/** What became of an act that a person asked for. */
const actAnswer = Type.Union([
  Type.Object({ outcome: Type.Literal('performed'), result: Type.Unknown() }),
  Type.Object({
    outcome: Type.Literal('waiting'),
    approval: Type.Integer(),
    sha256: Type.String(),
    expiresAt: Type.Integer(),
  }),
])

export type ActOutcome = Static<typeof actAnswer>

/** Asks the card office for an act. Throws what it refuses with as a fault. */
export const askAct = (
  office: LoggedIn,
  act: string,
  reason: string,
  payload: unknown,
): Promise<ActOutcome> => office.post(`/api/office/acts/${act}`, { reason, payload }, actAnswer)

/** What a person is told whose act waits for a second one. */
export const waitingText = ({
  approval,
  sha256,
  expiresAt,
}: Extract<ActOutcome, { outcome: 'waiting' }>): string =>
  [
    `承認待ち · it waits for another person with another role, until ${minuteText(expiresAt)}:`,
    `  mcscp approvals show ${approval} --as <name>`,
    `  mcscp approvals approve ${approval} --sha256 ${sha256} --reason <text> --as <name>`,
  ].join('\n')

/** A moment as an operator reads it, `2000-12-01 10:00`, by Japan's clock. */
export const minuteText = (at: number): string =>
  jstText(epochMs(at)).slice(0, 16).replace('T', ' ')

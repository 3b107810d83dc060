import type { CallSessionToken } from '../../domain/call-session.js'
import { parseSerialNumber } from '../../domain/card.js'
import { parseScenarioKind, SCENARIO_NAME } from '../../domain/charge-kind.js'
import { epochMs } from '../../domain/clock.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { FINDINGS } from '../store/entries.js'
import {
  ENTRIES_PAGE,
  type EntryLine,
  type EntryPlace,
  type EntrySearch,
} from '../store/entry-search.js'

const moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const query = Type.Partial(
  Type.Object({
    msisdn: Type.String({ maxLength: 16 }),
    serial: Type.String({ maxLength: 16 }),
    from: moment,
    to: moment,
    outcome: Type.Enum([...FINDINGS]),
    kind: Type.String({ pattern: SCENARIO_NAME.source }),
    call: Type.String({ minLength: 1, maxLength: 256 }),
    after: Type.String({ pattern: '^[0-9]{1,15}-[0-9a-f]{32}-[0-9]{1,9}$' }),
  }),
)

const NO_SUCH_NUMBER = {
  code: 'REQUEST_INVALID',
  message: 'That is no subscriber number, or no serial number.',
}

const NO_SUCH_KIND = { code: 'REQUEST_INVALID', message: 'That is no kind of charges.' }

/**
 * `GET /v1/entries?msisdn&serial&from&to&outcome&kind&call&after`: the charge-operation log, newest first, 200
 * lines at most; `next` is the `after` of the page that follows. Never a card number.
 */
export function entryRoutes(
  edge: ReturnType<typeof httpEdge>,
  search: (wanted: EntrySearch) => Promise<readonly EntryLine[]>,
): void {
  edge.get('/v1/entries', { schema: { querystring: query } }, async ({ query }, reply) => {
    const { msisdn: number, serial: card, from, to, outcome, kind: word, call, after } = query
    const msisdn = number === undefined ? undefined : parseMsisdn(number)
    const serial = card === undefined ? undefined : parseSerialNumber(card)
    const kind = word === undefined ? undefined : parseScenarioKind(word)
    if (word !== undefined && !kind) return reply.code(400).send(NO_SUCH_KIND)
    if ((number !== undefined && !msisdn) || (card !== undefined && !serial)) {
      return reply.code(400).send(NO_SUCH_NUMBER)
    }
    const lines = await search({
      ...(msisdn && { msisdn }),
      ...(serial && { serial }),
      ...(from !== undefined && { from: epochMs(from) }),
      ...(to !== undefined && { to: epochMs(to) }),
      ...(outcome && { outcome }),
      ...(kind && { kind }),
      ...(call !== undefined && { call }),
      ...(after !== undefined && { after: placeOf(after) }),
    })
    const last = lines.at(-1)
    return { lines, ...(last && lines.length === ENTRIES_PAGE && { next: textOf(last) }) }
  })
}

const textOf = ({ at, token, entry }: EntryPlace): string => `${at}-${token}-${entry}`

function placeOf(text: string): EntryPlace {
  const [at, token = '', entry] = text.split('-')
  return { at: epochMs(Number(at)), token: token as CallSessionToken, entry: Number(entry) }
}

import {
  CALL_NAMES,
  CALL_PARTIES,
  type PlacedNote,
  type SeenMessage,
} from '../../domain/call-note.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import { statusSocket } from '../../platform/status.js'

/** Longest wait for a program to tell of its calls, in ms. */
const DEADLINE_MS = 1_000

const name = Type.String({ minLength: 1, maxLength: 1_000 })
const call = Type.Object(Object.fromEntries(CALL_NAMES.map(one => [one, Type.Optional(name)])))
const placed = {
  call,
  place: Type.Integer({ minimum: 1 }),
  at: Type.Integer({ minimum: 0 }),
}
const party = Type.Enum([...CALL_PARTIES])
const text = Type.String({ maxLength: 10_000 })

const isNote = compileSchema(
  Type.Union([
    Type.Object({
      ...placed,
      type: Type.Literal('step'),
      step: Type.Integer({ minimum: 1, maximum: 21 }),
    }),
    Type.Object({
      ...placed,
      type: Type.Literal('let_in'),
      scenario: text,
      kind: text,
      msisdn: text,
    }),
    Type.Object({ ...placed, type: Type.Literal('told'), from: party, to: party, what: text }),
    Type.Object({ ...placed, type: Type.Literal('linked') }),
    Type.Object({ ...placed, type: Type.Literal('ended') }),
  ]),
)

const isMessage = compileSchema(
  Type.Object({
    place: placed.place,
    at: placed.at,
    callId: name,
    direction: Type.Enum(['in', 'out']),
    text,
  }),
)

const isNotes = compileSchema(
  Type.Object({ trail: Type.String(), notes: Type.Array(Type.Unknown()), more: Type.Boolean() }),
)
const isMessages = compileSchema(
  Type.Object({ trail: Type.String(), messages: Type.Array(Type.Unknown()) }),
)

/** How far a program's trail was read. */
export interface TrailPlace {
  readonly trail: string
  readonly after: number
}

/** Where nothing was read yet. */
export const TRAIL_BEGINNING: TrailPlace = { trail: '', after: 0 }

export interface NotesTold {
  readonly trail: string
  readonly notes: readonly PlacedNote[]
  readonly more: boolean
}

export interface MessagesTold {
  readonly trail: string
  readonly messages: readonly SeenMessage[]
}

/** Asks a program for its notes behind a place; `undefined` when it gives no answer. Unknown ones are passed over. */
export async function askNotes(
  home: Home,
  program: string,
  { trail, after }: TrailPlace,
): Promise<NotesTold | undefined> {
  const body = await asked(home, program, `/v1/call-notes?after=${after}&trail=${trail}`)
  if (!isNotes.Check(body)) return undefined
  const notes = body.notes.filter((note): note is PlacedNote => isNote.Check(note))
  return { ...body, notes }
}

/** Asks a signalling engine for the messages of some Call-IDs behind a place. */
export async function askMessages(
  home: Home,
  engine: string,
  callIds: readonly string[],
  { trail, after }: TrailPlace,
): Promise<MessagesTold | undefined> {
  const calls = callIds.map(id => `&call=${encodeURIComponent(id)}`).join('')
  const body = await asked(home, engine, `/v1/call-messages?after=${after}&trail=${trail}${calls}`)
  if (!isMessages.Check(body)) return undefined
  const messages = body.messages.filter((one): one is SeenMessage => isMessage.Check(one))
  return { ...body, messages }
}

async function asked(home: Home, program: string, path: string): Promise<unknown> {
  const client = new SocketClient(statusSocket(home, program))
  try {
    const { body } = await client.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    return body
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  } finally {
    client.close()
  }
}

import { createServer } from 'node:http'
import { join } from 'node:path'
import type { AlarmEvents } from './alarm-journal.js'
import { readAlarmEvent } from './alarm-journal-file.js'
import type { CallTrail } from './call-trail.js'
import { Fault } from './fault.js'
import type { Home } from './home.js'
import { SocketClient } from './http-client.js'
import { listenOnSocket } from './unix-socket.js'

/** How a program is doing at this moment. */
export interface ProgramStatus {
  /** Whether it has all that it needs for its work: to take a call, where it takes calls. */
  readonly ready: boolean
  /**
   * Calls in progress: those that it holds anything for. A signalling engine knows legs, not calls,
   * and tells dialogs: two for each call that passes through it.
   */
  readonly calls: number
}

/** Of a program that runs and has nothing to do with calls. */
export const NO_CALLS: ProgramStatus = { ready: true, calls: 0 }

/** The status of a process. */
export interface ProcessStatus extends ProgramStatus {
  readonly pid: number
}

/** Longest wait for a program to tell its status, in ms. */
const ANSWER_WITHIN_MS = 1_000

const PATH = '/v1/status'
const ALARMS_PATH = '/v1/alarms'
const CALL_NOTES_PATH = '/v1/call-notes'
const CALL_MESSAGES_PATH = '/v1/call-messages'

/** What of a program is told besides its status, where it has it. */
export interface StatusTold {
  readonly alarms?: TellAlarms
  readonly calls?: Pick<CallTrail, 'notes' | 'messages'>
}

/** How a program that keeps a journal of its alarms answers who asks for them. */
export type TellAlarms = (after: number, journal: string) => AlarmEvents

/** The Unix socket on which a program tells its status and its alarms. */
export const statusSocket = (home: Home, program: string): string =>
  join(home.sockets, `${program}.status`)

/**
 * Serves on a Unix socket of its own, without fastify, so that the engines need not load it; the result
 * ends it:
 *
 * - `GET /v1/status`
 * - `GET /v1/alarms?after=<place>&journal=<journal>`
 * - `GET /v1/call-notes?after=<place>&trail=<trail>`, `TrailNotes`
 * - `GET /v1/call-messages?after=<place>&trail=<trail>&call=<Call-ID>…`, `TrailMessages`
 */
export async function serveStatus(
  socket: string,
  status: () => ProgramStatus,
  { alarms, calls }: StatusTold = {},
): Promise<() => Promise<void>> {
  const answerTo = (url: string): object | undefined => {
    const { pathname, searchParams: query } = new URL(url, 'http://status')
    const after = Number(query.get('after') ?? 0)
    const trail = query.get('trail') ?? ''
    switch (pathname) {
      case PATH:
        return { pid: process.pid, ...status() }
      case ALARMS_PATH:
        return alarms?.(after, query.get('journal') ?? '')
      case CALL_NOTES_PATH:
        return calls?.notes(after, trail)
      case CALL_MESSAGES_PATH:
        return calls?.messages(query.getAll('call'), after, trail)
    }
    return undefined
  }
  const server = createServer({ keepAliveTimeout: 1_000 }, (request, response) => {
    const found = request.method === 'GET' ? answerTo(request.url ?? '/') : undefined
    const body = found ?? { code: 'NO_SUCH_ROUTE', message: 'There is no such route.' }
    const text = JSON.stringify(body)
    response.writeHead(found ? 200 : 404, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    response.end(text)
  })
  const listen = ({ path }: { path: string }) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listenOnSocket({ listen }, socket)
  return () =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

/** Asks a program for its status; `undefined` when it does not run, or does not answer. */
export const askStatus = (home: Home, program: string): Promise<ProcessStatus | undefined> =>
  ask(home, program, PATH, readStatus)

/** Asks a program for the events of its alarms behind a place; `undefined` when it gives no answer. */
export const askAlarms = (
  home: Home,
  program: string,
  { journal, after }: { readonly journal: string; readonly after: number },
): Promise<AlarmEvents | undefined> =>
  ask(home, program, `${ALARMS_PATH}?after=${after}&journal=${journal}`, readAlarmEvents)

async function ask<T>(
  home: Home,
  program: string,
  path: string,
  read: (body: unknown) => T | undefined,
): Promise<T | undefined> {
  const client = new SocketClient(statusSocket(home, program))
  try {
    const { body } = await client.ask({ method: 'GET', path, deadlineMs: ANSWER_WITHIN_MS })
    return read(body)
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  } finally {
    client.close()
  }
}

function readStatus(body: unknown): ProcessStatus | undefined {
  const { pid, ready, calls } = Object(body)
  const isStatus =
    Number.isSafeInteger(pid) && typeof ready === 'boolean' && Number.isSafeInteger(calls)
  return isStatus ? { pid, ready, calls } : undefined
}

/** Events of a kind that this version does not know are passed over. */
function readAlarmEvents(body: unknown): AlarmEvents | undefined {
  const { journal, events, more } = Object(body)
  if (typeof journal !== 'string' || !Array.isArray(events)) return undefined
  const known = events.flatMap(event => readAlarmEvent(event) ?? [])
  return { journal, events: known, more: more === true }
}

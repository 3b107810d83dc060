import { Agent } from 'node:http'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Option } from 'commander'
import type { CommandSurroundings } from './command.js'
import { Fault } from './fault.js'
import { isFaultCode } from './fault-codes.js'
import { httpExchange } from './http-exchange.js'
import { personSettings } from './person-settings.js'
import type { Static, TSchema } from './schema.js'
import { readSecretFile } from './secret-file.js'
import { readSettings } from './settings.js'

const HOST = '127.0.0.1'

const CONNECTIONS = new Agent()

/** Longest wait for noc, in ms; the check of a long audit log takes some of it. */
const DEADLINE_MS = 60_000

/** A person at a command line, logged in at noc: asks what that person's role may ask. */
export interface LoggedIn {
  /** What a path answers, of the form that is expected. Throws what noc refuses with as a fault. */
  get<S extends TSchema>(path: string, answer: S): Promise<Static<S>>
  /** The same, of a body that is sent there. */
  post<S extends TSchema>(path: string, body: unknown, answer: S): Promise<Static<S>>
}

/** `--as <name>`, for every command that a person of the card office gives. */
export const asOption = (): Option =>
  new Option(
    '--as <name>',
    'who you are: your account of the operators’ screens',
  ).makeOptionMandatory()

/**
 * Logs a person in at the noc that runs, lets `work` ask, and logs out again. The password comes from the
 * file that MCSCP_PASSWORD_FILE names, or is asked for at the terminal, unseen. Throws `PEER_UNREACHABLE`
 * where noc does not run, `COMMAND_REFUSED` where it does not know this name and password.
 */
export async function asPerson<T>(
  { given }: CommandSurroundings,
  name: string,
  work: (office: LoggedIn) => Promise<T>,
): Promise<T> {
  const { nocPort, passwordFile } = readSettings(personSettings, given())
  const password = await passwordOf(name, passwordFile)
  const cookie = await logIn(nocPort, name, password)
  try {
    return await work({
      get: async (path, answer) => checked(await ask(nocPort, cookie, 'GET', path), answer),
      post: async (path, body, answer) =>
        checked(await ask(nocPort, cookie, 'POST', path, body), answer),
    })
  } finally {
    // A session that cannot be ended any more ends by itself.
    await exchange(nocPort, { method: 'POST', path: '/logout', headers: { cookie } }).catch(
      () => {},
    )
  }
}

async function passwordOf(name: string, file: string | undefined): Promise<string> {
  if (file === undefined) return askUnseen(`${name} のパスワード · password of ${name}: `)
  const password = readSecretFile(file)
  if (password === undefined) {
    throw new Fault('COMMAND_REFUSED', `MCSCP_PASSWORD_FILE names ${file}, which is not there.`)
  }
  return password
}

/** Reads a line from the terminal without showing it. */
function askUnseen(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const what = 'There is no terminal to ask for the password: name a file by MCSCP_PASSWORD_FILE.'
    return Promise.reject(new Fault('COMMAND_REFUSED', what))
  }
  // What readline would show of the keys goes nowhere.
  const nowhere = new Writable({ write: (_shown, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write(question)
  return new Promise((resolve, reject) => {
    lines.once('close', () => {
      process.stderr.write('\n')
      reject(new Fault('COMMAND_REFUSED', 'No password was given.'))
    })
    lines.question('', answer => {
      resolve(answer)
      lines.close()
    })
  })
}

/** The session's cookie. */
async function logIn(port: number, account: string, password: string): Promise<string> {
  const { headers } = await exchange(port, {
    method: 'POST',
    path: '/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `${new URLSearchParams({ account, password })}`,
  })
  const [, wait] = /throttled&wait=(\d+)/.exec(headers.location ?? '') ?? []
  if (wait) {
    throw new Fault('COMMAND_REFUSED', `Too many wrong passwords: try again after ${wait} s.`)
  }
  const cookie = headers['set-cookie']?.[0]?.split(';')[0]
  if (headers.location === '/' && cookie) return cookie
  throw new Fault('COMMAND_REFUSED', `noc does not know ${account} with this password.`)
}

async function ask(
  port: number,
  cookie: string,
  method: 'GET' | 'POST',
  path: string,
  asked?: unknown,
): Promise<unknown> {
  const json = asked === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await exchange(port, {
    ...{ method, path, headers: { cookie, ...json } },
    body: asked === undefined ? undefined : JSON.stringify(asked),
  })
  const body = parsed(answer.body)
  if (answer.status < 300) return body
  throw refusal(answer.status, body)
}

async function checked<S extends TSchema>(body: unknown, answer: S): Promise<Static<S>> {
  // Loaded when it is needed: it takes most of a start of the command line.
  const { compileSchema } = await import('./schema-check.js')
  if (compileSchema(answer).Check(body)) return body as Static<S>
  const what = 'noc answered something that this command does not know.'
  throw new Fault('PEER_ANSWER_INVALID', what)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new Fault('PEER_ANSWER_INVALID', 'noc answered something that is not JSON.', { cause })
  }
}

interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** One request as the screens would send it: from the same origin. */
function exchange(port: number, { headers, body, ...asked }: Exchange) {
  const origin = `http://${HOST}:${port}`
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  return httpExchange({ host: HOST, port }, CONNECTIONS, {
    ...{ ...asked, body, deadlineMs: DEADLINE_MS },
    headers: { ...headers, ...length, origin },
  }).catch(cause => {
    const what = `noc does not run: nobody answers at ${origin}, which MCSCP_NOC_PORT names.`
    throw new Fault('PEER_UNREACHABLE', what, { cause })
  })
}

/** What noc, or scp behind it, refused with, as the fault it is. */
function refusal(status: number, body: unknown): Fault {
  const { code, message } = Object(body) as { code?: unknown; message?: unknown }
  if (isFaultCode(code)) return new Fault(code, String(message))
  const known = [400, 401, 403, 404].includes(status)
  return new Fault(known ? 'COMMAND_REFUSED' : 'PEER_ANSWER_INVALID', `${message ?? status}`)
}

import type { Text } from '../../traffic/columns.js'

/** A request that was not answered as hoped, in words for people. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** What is said when the answer has no words of its own. */
export const UNREACHABLE: Text = {
  ja: 'noc に接続できません。動いているか確かめてください。',
  en: 'noc cannot be reached. See whether it runs.',
}

/** Longest wait for an answer, in ms. */
const DEADLINE_MS = 70_000

/**
 * Asks noc; who is not logged in any more is led to the log-in. Throws `Refusal` on every answer but a good
 * one, with status 0 where there was none.
 */
export async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const answer = await send(path, text, 'application/json')
  return (await answer.json().catch(() => undefined)) as Answer
}

/** The same with a text of another kind, as a file is. */
export async function askWith<Answer>(path: string, text: string, type: string): Promise<Answer> {
  return (await (await send(path, text, type)).json()) as Answer
}

/** Asks noc for a file, and lets the browser save it under its name. */
export async function askForFile(path: string, body: unknown, name: string): Promise<void> {
  const answer = await send(path, JSON.stringify(body), 'application/json')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/** A good answer. */
async function send(path: string, body: string | undefined, type: string): Promise<Response> {
  const request: RequestInit =
    body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': type }, body }
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const answer = await fetch(path, { ...request, signal }).catch(() => {
    throw new Refusal(0, 'UNREACHABLE', '')
  })
  if (answer.ok) return answer
  if (answer.status === 401) {
    location.assign('/login')
    throw new Refusal(401, 'LOGIN_REQUIRED', '')
  }
  const { code = '', message = '' } = Object(await answer.json().catch(() => undefined))
  throw new Refusal(answer.status, `${code}`, `${message}`)
}

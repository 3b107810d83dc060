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
  const request: RequestInit =
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const answer = await fetch(path, { ...request, signal }).catch(() => {
    throw new Refusal(0, 'UNREACHABLE', '')
  })
  if (answer.status === 401) {
    location.assign('/login')
    throw new Refusal(401, 'LOGIN_REQUIRED', '')
  }
  const content: unknown = await answer.json().catch(() => undefined)
  if (answer.ok) return content as Answer
  const { code = '', message = '' } = Object(content)
  throw new Refusal(answer.status, `${code}`, `${message}`)
}

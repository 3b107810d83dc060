import { createHmac } from 'node:crypto'
import type { Clock } from '../../domain/clock.js'
import type { AlarmStep } from '../store/notices.js'
import type { Delivered } from './notice-runner.js'

/** Longest wait for the other side, in ms. */
const WITHIN_MS = 10_000

/** Headers that carry when it was sent, in s, and the signature. */
export const TIME_HEADER = 'x-mcscp-time'
export const SIGNATURE_HEADER = 'x-mcscp-signature'

/** HMAC-SHA-256 (RFC 2104) of `<time>.<body>`, in hex. */
export const webhookSignature = (secret: string, time: string, body: string): string =>
  createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')

export interface WebhookOptions {
  readonly url: string
  readonly secret: string
  /** The machine's: the other side holds the time against its own. */
  readonly clock: Clock
}

/**
 * Tells alarms by `POST` of `{"version":1,"steps":[…]}` as JSON. Any 2xx takes them; else they are sent again,
 * so the other side knows steps by their number. A redirection is not followed.
 */
export const webhook =
  ({ url, secret, clock }: WebhookOptions) =>
  async (steps: readonly AlarmStep[]): Promise<Delivered> => {
    const body = JSON.stringify({ version: 1, steps })
    const time = `${Math.floor(clock.now() / 1000)}`
    const headers = {
      'content-type': 'application/json',
      [TIME_HEADER]: time,
      [SIGNATURE_HEADER]: webhookSignature(secret, time, body),
    }
    try {
      const signal = AbortSignal.timeout(WITHIN_MS)
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
      await answer.body?.cancel()
      if (answer.ok) return { outcome: 'told', pauseMs: 0 }
      return { outcome: 'failed', why: `it answered ${answer.status}` }
    } catch (error) {
      if (error instanceof Error) return { outcome: 'failed', why: error.message }
      throw error
    }
  }

import type { Metrics } from '../../platform/metrics/metrics.js'
import type { Load, Notice } from './agent.js'
import { MessageCounts } from './watch/message-counts.js'

/** Counts what passes and what the engine coped with, and tells it, and how much it holds, to Prometheus. */
export class EngineMetrics {
  readonly #noticed = new Map<Notice['event'], number>()
  /** To be shown every message. */
  readonly messages = new MessageCounts()

  /** The agent coped with something. */
  count(event: Notice['event']) {
    this.#noticed.set(event, (this.#noticed.get(event) ?? 0) + 1)
  }

  /** Tells all of it whenever somebody asks. */
  register(metrics: Metrics, { load, refused }: Counted) {
    for (const [of, help] of HELD) {
      metrics.gauge({ name: `mcscp_sip_${of}`, help }, () => load()[KEYS[of]])
    }
    metrics.counter({ name: 'mcscp_signalling_calls_refused_total', help: REFUSED }, refused)
    const help = 'What the engine coped with by itself, by the event of its log lines.'
    metrics.counter({ name: 'mcscp_sip_noticed_total', help, labels: ['event'] }, () =>
      [...this.#noticed].map(([event, value]) => ({ labels: { event }, value })),
    )
    for (const [direction, verb] of DIRECTIONS) {
      metrics.counter(
        {
          name: `mcscp_sip_requests_${direction}_total`,
          help: `SIP requests ${verb}, copies among them, by method.`,
          labels: ['method'],
        },
        () => this.messages.requests(direction),
      )
      metrics.counter(
        {
          name: `mcscp_sip_responses_${direction}_total`,
          help: `SIP responses ${verb}, copies among them, by the method of their request and by class.`,
          labels: ['method', 'class'],
        },
        () => this.messages.responses(direction),
      )
    }
  }
}

/** Tells when the certificate in use ends. */
export function registerCertificate(
  metrics: Metrics,
  credentials: { readonly validUntil: number },
) {
  const help = 'When the TLS certificate in use ends, in seconds since 1970.'
  const name = 'mcscp_sip_certificate_end_seconds'
  metrics.gauge({ name, help }, () => credentials.validUntil / 1_000)
}

/** What the engine counts elsewhere. */
export interface Counted {
  load(): Load
  /** New calls refused because they were too many. */
  refused(): number
}

const REFUSED = 'New calls that the engine refused because they were too many.'

const DIRECTIONS = [
  ['in', 'received'],
  ['out', 'sent'],
] as const

const KEYS = {
  transactions: 'transactions',
  dialogs: 'dialogs',
  connections: 'connections',
  banned_sources: 'bannedSources',
} as const

const HELD = [
  ['transactions', 'SIP transactions, those that only wait for retransmissions among them.'],
  ['dialogs', 'SIP dialogs, calls that ring and subscriptions among them.'],
  ['connections', 'Open SIP connections over TCP, TLS and WebSocket.'],
  ['banned_sources', 'Sources that flooded or scanned, and are not heard for a while.'],
] as const

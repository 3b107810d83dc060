import type { Application, Channel } from '../channel/channel.js'

/** How an application is to be reached, and what it may do. */
export interface SocketTarget {
  readonly host: string
  readonly port: number
  /** Whether applications run while further commands are answered; else each answer waits. */
  readonly async: boolean
  /** Whether all commands are allowed, not only those for the channel itself. */
  readonly full: boolean
}

/**
 * How an application went: it said `exit`, or `resume` before that, so that the dialplan goes on; or its
 * connection broke.
 */
export type ConversationEnd = 'exit' | 'resume' | 'broken'

/** A conversation with an application about a call. */
export interface SocketConversation {
  readonly over: Promise<ConversationEnd>
}

/** Connects to an application; `undefined` when nobody answers. */
export type SocketDialler = (
  channel: Channel,
  target: SocketTarget,
) => Promise<SocketConversation | undefined>

/**
 * `socket <host:port>[|<host:port>…] [async] [full]`: hands the call to an application over an event
 * socket. The first host that answers is taken. When the application has gone, what it still runs is
 * finished and the call ends; at once where its connection broke, not at all where it said `resume`.
 */
export const socket =
  (dial: SocketDialler): Application =>
  async ({ channel, argument, attend }) => {
    const [hosts = '', ...words] = argument.trim().split(/\s+/)
    const conversation = await firstThatAnswers(hosts.split('|'), (host, port) =>
      dial(channel, { host, port, async: words.includes('async'), full: words.includes('full') }),
    )
    if (!conversation) return
    const { over } = conversation
    const resumes = (end: ConversationEnd) =>
      end === 'resume' || channel.variable('socket_resume') === 'true'
    let controls = true
    void over.then(end => {
      if (controls && end === 'broken' && !resumes(end)) channel.hangUp('NORMAL_CLEARING')
    })
    channel.fire('CHANNEL_PARK')
    const { ended } = await attend({ keys: 'leave', breakable: false, until: over })
    // After a transfer the application is told on, and its going ends no call (esl-protocol §7).
    controls = false
    if (ended !== 'hung_up' && !resumes(await over)) channel.hangUp('NORMAL_CLEARING')
    channel.fire('CHANNEL_UNPARK')
  }

async function firstThatAnswers(
  hosts: readonly string[],
  dial: (host: string, port: number) => Promise<SocketConversation | undefined>,
): Promise<SocketConversation | undefined> {
  for (const text of hosts) {
    const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
    const host = bracketed ?? plain
    const conversation = host && (await dial(host, Number(port)))
    if (conversation) return conversation
  }
  return undefined
}

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A mail as a relay took it. */
export interface RelayedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** How a relay answers: takes mail, refuses it, or falls silent after its text. */
export type Mood = 'takes' | 'refuses' | 'silent'

/** An SMTP relay on loopback (RFC 5321): as much of it as a client needs that sends plainly. */
export async function smtpRelay() {
  const mails: RelayedMail[] = []
  const open = new Set<Socket>()
  let mood: Mood = 'takes'
  const server = createServer(socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    let [from, to, text, inText, unread] = ['', [] as string[], '', false, '']
    const take = (line: string) => {
      if (inText && line !== '.') text += `${line}\n`
      else if (inText) {
        inText = false
        mails.push({ from, to, text })
        ;[to, text] = [[], '']
        if (mood === 'silent') socket.destroy()
        else socket.write('250 taken\r\n')
      } else if (/^(EHLO|HELO)/i.test(line)) socket.write('250 relay\r\n')
      else if (/^MAIL/i.test(line)) {
        from = /<(.*?)>/.exec(line)?.[1] ?? ''
        socket.write(mood === 'refuses' ? '451 not now\r\n' : '250 sender\r\n')
      } else if (/^RCPT/i.test(line)) {
        to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
        socket.write('250 recipient\r\n')
      } else if (/^DATA/i.test(line)) {
        inText = true
        socket.write('354 go on\r\n')
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
      else socket.write('250 well\r\n')
    }
    socket.setEncoding('utf8').on('data', (part: string) => {
      unread += part
      for (let end = unread.indexOf('\r\n'); end >= 0; end = unread.indexOf('\r\n')) {
        const line = unread.slice(0, end)
        unread = unread.slice(end + 2)
        take(line)
      }
    })
    socket.write('220 relay\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: '127.0.0.1',
    port: address.port,
    mails,
    be: (next: Mood) => {
      mood = next
    },
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

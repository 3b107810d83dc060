import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Test } from 'tap'
import { ftpCertificateFile } from '../../crs/config.js'
import type { Home } from '../../platform/home.js'
import { until } from './crs-desk.js'

/** An FTP client that sends what it likes. */
export class RawFtpClient {
  #socket: Socket
  #text = ''
  ended = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen(socket)
  }

  static async open(t: Test, port: number): Promise<RawFtpClient> {
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const client = new RawFtpClient(socket)
    await client.reply()
    return client
  }

  #listen(socket: Socket): void {
    socket.on('data', part => {
      this.#text += part
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.ended = true
    })
  }

  /** The next reply's last line. */
  async reply(): Promise<string> {
    let found: RegExpExecArray | null = null
    await until('a reply', () => {
      found = /^(?:\d{3}-[\s\S]*?\r\n)?(\d{3} .*)\r\n/.exec(this.#text)
      return found || this.ended
    })
    this.#text = this.#text.slice((found?.[0] ?? '').length)
    return found?.[1] ?? 'ended'
  }

  write(text: string): void {
    this.#socket.write(text)
  }

  async ask(line: string): Promise<string> {
    this.write(`${line}\r\n`)
    return this.reply()
  }

  async secure(home: Home): Promise<void> {
    const ca = readFileSync(ftpCertificateFile(home))
    this.#socket.removeAllListeners('data')
    const secured = connectTls({ socket: this.#socket, ca, host: '127.0.0.1' })
    this.#listen(secured)
    this.#socket = secured
    await once(secured, 'secureConnect')
  }
}

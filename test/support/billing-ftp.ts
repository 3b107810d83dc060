import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { Client } from 'basic-ftp'
import { ftpCertificateFile, ftpPasswordFile } from '../../crs/config.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { decodeTriggerAnswer, type TriggerAnswer } from '../../domain/trigger-answer.js'
import { encodeTrigger, triggerNames } from '../../domain/trigger-file.js'
import type { Home } from '../../platform/home.js'
import { sha256 } from '../../platform/sha256.js'

/** Billing as CRS sees it: fetches by FTP under TLS, trusting CRS's certificate alone. */
export class BillingFtp {
  readonly client: Client

  private constructor(client: Client) {
    this.client = client
  }

  /** Logs in. */
  static async open(home: Home, port: number, password?: string): Promise<BillingFtp> {
    const client = new Client(20_000)
    try {
      await client.access({
        host: '127.0.0.1',
        port,
        user: 'billing',
        password: password ?? readFileSync(ftpPasswordFile(home), 'utf8').trimEnd(),
        secure: true,
        secureOptions: { ca: readFileSync(ftpCertificateFile(home)) },
      })
    } catch (error) {
      client.close()
      throw error
    }
    return new BillingFtp(client)
  }

  async get(path: string): Promise<Buffer> {
    const parts: Buffer[] = []
    const into = new Writable({
      write: (part, _encoding, done) => {
        parts.push(part)
        done()
      },
    })
    await this.client.downloadTo(into, path)
    return Buffer.concat(parts)
  }

  async put(path: string, text: string): Promise<void> {
    await this.client.uploadFrom(Readable.from([Buffer.from(text, 'latin1')]), path)
  }

  /** Sends a trigger as billing does. */
  async trigger(number: number, lastSequence: number, madeAt: EpochMs = epochMs(0)): Promise<void> {
    const { sending, sent } = triggerNames(number)
    await this.put(`/trigger/${sending}`, encodeTrigger({ number, lastSequence, madeAt }))
    await this.client.rename(`/trigger/${sending}`, `/trigger/${sent}`)
  }

  /** The answer to a trigger; fails when it is not whole. */
  async answer(number: number): Promise<TriggerAnswer> {
    const bytes = await this.get(`/answer/${triggerNames(number).answer}`)
    const read = decodeTriggerAnswer(bytes.toString('latin1'), sha256())
    if (read.outcome === 'malformed') throw new Error(`line ${read.line}: ${read.why}`)
    return read.answer
  }

  close(): void {
    this.client.close()
  }
}

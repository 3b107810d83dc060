import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { Client, FTPError } from 'basic-ftp'
import { type FilesTogether, filesTogetherName } from '../../domain/files-together.js'
import { triggerNames } from '../../domain/trigger-file.js'
import { Fault } from '../../platform/fault.js'
import { secretFile } from '../../platform/secret-file.js'
import type { CrsLink } from './crs-link.js'

/** How long CRS may be silent within one operation, in ms. */
const SILENCE_MAX_MS = 10_000

/** Longest answer that is read, in bytes: some 250,000 files. */
const ANSWER_MAX = 32 * 1024 * 1024

/** RFC 959: file unavailable. */
const NO_SUCH_FILE = 550

export interface FtpLinkOptions {
  readonly host: string
  readonly port: number
  /** File of the account's password. */
  readonly passwordFile: string
  /** File of the one certificate that is trusted, made by CRS at its first start. */
  readonly certificateFile: string
}

/**
 * CRS over FTP with TLS (RFC 959, RFC 4217): one connection, opened when it is needed, and one operation at
 * a time on it.
 */
export class FtpLink implements CrsLink {
  readonly #options: FtpLinkOptions
  #client: Client | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: FtpLinkOptions) {
    this.#options = options
  }

  sendTrigger(number: number, content: string): Promise<void> {
    const { sending, sent } = triggerNames(number)
    return this.#with(async client => {
      await client.uploadFrom(
        Readable.from([Buffer.from(content, 'latin1')]),
        `/trigger/${sending}`,
      )
      await client.rename(`/trigger/${sending}`, `/trigger/${sent}`)
    })
  }

  fetchAnswer(number: number): Promise<Uint8Array | undefined> {
    return this.#fetchIfThere(`/answer/${triggerNames(number).answer}`, ANSWER_MAX)
  }

  fetchFile(name: string, lengthMax: number): Promise<Uint8Array> {
    return this.#with(client => download(client, `/file/${name}`, lengthMax))
  }

  fetchTogether(files: FilesTogether, lengthMax: number): Promise<Uint8Array | undefined> {
    return this.#fetchIfThere(`/file/${filesTogetherName(files)}`, lengthMax)
  }

  hangUp(): void {
    this.#client?.close()
    this.#client = undefined
  }

  #fetchIfThere(path: string, lengthMax: number): Promise<Uint8Array | undefined> {
    return this.#with(async client => {
      try {
        return await download(client, path, lengthMax)
      } catch (error) {
        if (error instanceof FTPError && error.code === NO_SUCH_FILE) return undefined
        throw error
      }
    })
  }

  #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#now(work))
    this.#last = done.catch(() => {})
    return done
  }

  async #now<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#client?.closed) this.#client = undefined
    try {
      this.#client ??= await this.#connect()
      return await work(this.#client)
    } catch (cause) {
      this.hangUp()
      if (cause instanceof Fault) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Fault('PEER_UNREACHABLE', `CRS did not do it by FTP: ${why}.`, { cause })
    }
  }

  async #connect(): Promise<Client> {
    const { host, port, passwordFile, certificateFile } = this.#options
    if (!existsSync(certificateFile)) {
      throw new Fault(
        'PEER_UNREACHABLE',
        `CRS has not made its certificate ${certificateFile} yet.`,
      )
    }
    const pem = readFileSync(certificateFile, 'utf8')
    const pinned = new X509Certificate(pem).fingerprint256
    const client = new Client(SILENCE_MAX_MS)
    try {
      await client.access({
        host,
        port,
        user: 'billing',
        password: secretFile(passwordFile),
        secure: true,
        secureOptions: {
          ca: pem,
          minVersion: 'TLSv1.2',
          // The certificate itself is trusted, not a name in it.
          checkServerIdentity: (_host, { fingerprint256 }) =>
            fingerprint256 === pinned ? undefined : new Error('another certificate than CRS’s'),
        },
      })
      return client
    } catch (error) {
      client.close()
      throw error
    }
  }
}

async function download(client: Client, path: string, lengthMax: number): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let length = 0
  const sink = new Writable({
    write(part: Buffer, _encoding, done) {
      length += part.length
      parts.push(part)
      done(length > lengthMax ? new Error(`${path} is longer than ${lengthMax} bytes`) : null)
    },
  })
  await client.downloadTo(sink, path)
  return Buffer.concat(parts)
}

import type { Clock } from '../../domain/clock.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { LimitAlarm } from '../../platform/limit-alarm.js'
import type { Logger } from '../../platform/log.js'
import type { TlsReading } from './tls-settings.js'
import type { TlsCredentials } from './transport/tls-credentials.js'

/** Between two looks at the files, in ms. */
const LOOK_MS = 30_000

/** How long before a certificate ends its alarm stands: renewals are tried from a month before on. */
const WARN_MS = 14 * 86_400_000

/** What a watch is made of. */
export interface CertificateWatchOptions {
  /** The engine's name. */
  readonly whose: string
  readonly credentials: TlsCredentials
  /** Reads the files anew. */
  readonly read: () => TlsReading
  readonly clock: Clock
  readonly log: Logger
  /** Default: the machine's timers. */
  readonly later?: Later
}

/**
 * Takes a renewed certificate without a restart: the files are looked at again and again. Files that are
 * wrong, as they are while one is replaced after the other, change nothing; if they are still wrong at the next
 * look, or the certificate soon ends, an alarm stands until that is mended.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions
  readonly #alarm: LimitAlarm
  #callOff: () => void
  #wrong = false

  constructor(options: CertificateWatchOptions) {
    this.#options = options
    const { log, whose } = options
    const about = { what: `TLS of ${whose}-signalling` }
    this.#alarm = new LimitAlarm({ log, code: 'CERTIFICATE_INVALID', severity: 'major', about })
    this.#judge([])
    this.#callOff = this.#later()
  }

  /** Looks at the files now. */
  look() {
    const { credentials, read, log } = this.#options
    const reading = read()
    if (reading.outcome === 'wrong') {
      this.#judge(this.#wrong ? reading.mistakes : [])
      this.#wrong = true
      return
    }
    this.#wrong = false
    if (!credentials.holds(reading.texts)) {
      credentials.renew(reading.texts)
      log.info({ until: endOf(credentials) }, 'TLS certificate renewed')
    }
    this.#judge([])
  }

  close() {
    this.#callOff()
  }

  #judge(mistakes: readonly string[]) {
    const { credentials, clock } = this.#options
    const ends = credentials.validUntil - clock.now() < WARN_MS
    const what = ends ? [`the certificate ends at ${endOf(credentials)}`] : []
    const all = [...mistakes, ...what]
    if (all.length === 0) return this.#alarm.judge('within', {})
    this.#alarm.judge('beyond', { err: new Fault('CERTIFICATE_INVALID', all.join('; ')) })
  }

  #later(): () => void {
    const { later = nodeLater } = this.#options
    return later(() => {
      this.look()
      this.#callOff = this.#later()
    }, LOOK_MS)
  }
}

const endOf = ({ validUntil }: TlsCredentials): string => new Date(validUntil).toISOString()

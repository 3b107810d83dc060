import { readFileSync, statSync } from 'node:fs'
import { systemErrorCode } from '../../platform/fault.js'
import { filePathOr, onOff, setting } from '../../platform/settings.js'
import { type TlsTexts, tlsMistakes } from './transport/tls-credentials.js'

/** The settings of TLS of one engine; `of` is whose it is, in words. */
export const tlsSettings = <const P extends string>(prefix: `MCSCP_${P}`, of: string) => ({
  tlsCertificate: setting(`${prefix}_TLS_CERTIFICATE`, filePathOr('off'), {
    default: 'off',
    about: `file with the certificate ${of} and, behind it, those that lead to its authority (PEM); taken anew within 30 s of a change`,
    source: 'RFC 3261 §26.3.1',
  }),
  tlsKey: setting(`${prefix}_TLS_KEY`, filePathOr('off'), {
    default: 'off',
    about: `file with the key of that certificate (PEM), which nobody else may read`,
    source: 'RFC 3261 §26.3.1',
  }),
  tlsAuthorities: setting(`${prefix}_TLS_AUTHORITIES`, filePathOr('system'), {
    default: 'system',
    about: `file with the certificates of the authorities (PEM) that name those whom ${of.replace(/^of /, '')} calls over TLS; system: those that Node ships with`,
    source: 'RFC 5922 §4',
  }),
  tlsVerify: setting(`${prefix}_TLS_VERIFY`, onOff, {
    default: 'on',
    about: `whether those whom ${of.replace(/^of /, '')} calls over TLS must prove who they are; off lets anybody in between listen`,
    source: 'RFC 5922 §4',
  }),
})

/** The values of `tlsSettings`. */
export interface TlsFiles {
  readonly tlsCertificate: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsAuthorities: string | undefined
  readonly tlsVerify: boolean
}

/** What the files hold, or all that is wrong with them. */
export type TlsReading =
  | { readonly outcome: 'read'; readonly texts: TlsTexts }
  | { readonly outcome: 'wrong'; readonly mistakes: readonly string[] }

/** Reads certificate, key and authorities. `names` are those of the settings. */
export function readTls(
  files: TlsFiles,
  names: Readonly<Record<'tlsCertificate' | 'tlsKey' | 'tlsAuthorities', string>>,
): TlsReading {
  const mistakes: string[] = []
  const read = (key: 'tlsCertificate' | 'tlsKey' | 'tlsAuthorities'): string | undefined => {
    const path = files[key]
    if (path === undefined) return undefined
    try {
      if (key === 'tlsKey' && (statSync(path).mode & 0o077) !== 0) {
        mistakes.push(`${names[key]}=${path}: can be read by others; chmod 600 it`)
      }
      return readFileSync(path, 'utf8')
    } catch (error) {
      mistakes.push(`${names[key]}=${path}: cannot be read: ${systemErrorCode(error)}`)
      return undefined
    }
  }
  const certificate = read('tlsCertificate')
  const key = read('tlsKey')
  const authorities = read('tlsAuthorities')
  for (const one of ['tlsCertificate', 'tlsKey'] as const) {
    if (files[one] === undefined) mistakes.push(`${names[one]} is off, and TLS needs it`)
  }
  if (mistakes.length > 0 || certificate === undefined || key === undefined) {
    return { outcome: 'wrong', mistakes }
  }
  const texts = { certificate, key, authorities }
  const wrong = tlsMistakes(texts, {
    certificate: `${names.tlsCertificate}=${files.tlsCertificate}`,
    key: `${names.tlsKey}=${files.tlsKey}`,
    authorities: `${names.tlsAuthorities}=${files.tlsAuthorities}`,
  })
  return wrong.length > 0 ? { outcome: 'wrong', mistakes: wrong } : { outcome: 'read', texts }
}

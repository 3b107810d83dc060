import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'

/** User part of the URI in a From, To or identity header, or of a bare URI; escapes undone. */
export function userOf(value: string): string | undefined {
  const bracketed = /<([^<>]*)>/.exec(value.replace(/^\s*"(?:[^"\\]|\\.)*"/, ''))?.[1]
  const uri = (bracketed ?? value.split(';')[0] ?? '').trim()
  const sip = /^sips?:(?:([^@:;?]*)(?:[:;][^@]*)?@)?[^@]*$/i.exec(uri)
  const tel = /^tel:([^;?]*)/i.exec(uri)
  const user = sip?.[1] ?? tel?.[1]
  return user === undefined || user === '' ? undefined : unescaped(user)
}

/** Number in a From, To or identity header; in `+81` form too, visual separators left out (RFC 3966 §5.1.1). */
export function numberIn(value: string): Msisdn | undefined {
  return parseMsisdn((userOf(value) ?? '').replace(/[-.()]/g, ''))
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What a Request-URI dials; empty when it names nobody. Visual separators are left out (RFC 3966 §5.1.1). */
export const numberDialled = (uri: string): string => {
  const user = userOf(`<${uri}>`) ?? ''
  return /^[+\d][\d\-.()]*$/.test(user) ? user.replace(/[-.()]/g, '') : user
}

import type { Headers } from '../sip/headers.js'

/** How scanners name themselves; whoever scans under another name meets the flood limit. */
const SCANNERS =
  /friendly-scanner|friendly-request|sipvicious|sundayddr|sip-?scan|sipcli|sivus|siparmyknife|vaxs?ipuseragent|\biwar\b|\bsmap\b|\bgulp\b|pplsip/i

/** Whether a request says that a scanner sent it. */
export const isScanner = (headers: Headers): boolean =>
  SCANNERS.test(headers.get('User-Agent') ?? '') || SCANNERS.test(headers.get('From') ?? '')

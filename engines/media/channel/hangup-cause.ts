/**
 * Why calls end: FreeSWITCH's names, the cause values of ITU-T Q.850, and the SIP answer that says the
 * same of a call that was never answered (RFC 3398 §7.2.4.1, and what FreeSWITCH does).
 */
// biome-ignore format: table
const CAUSES = {
  UNSPECIFIED:                 { q850: 0,   status: 480 },
  UNALLOCATED_NUMBER:          { q850: 1,   status: 404 },
  NO_ROUTE_TRANSIT_NET:        { q850: 2,   status: 404 },
  NO_ROUTE_DESTINATION:        { q850: 3,   status: 404 },
  NORMAL_CLEARING:             { q850: 16,  status: 480 },
  USER_BUSY:                   { q850: 17,  status: 486 },
  NO_USER_RESPONSE:            { q850: 18,  status: 408 },
  NO_ANSWER:                   { q850: 19,  status: 480 },
  SUBSCRIBER_ABSENT:           { q850: 20,  status: 480 },
  CALL_REJECTED:               { q850: 21,  status: 603 },
  NUMBER_CHANGED:              { q850: 22,  status: 410 },
  EXCHANGE_ROUTING_ERROR:      { q850: 25,  status: 483 },
  DESTINATION_OUT_OF_ORDER:    { q850: 27,  status: 502 },
  INVALID_NUMBER_FORMAT:       { q850: 28,  status: 484 },
  FACILITY_REJECTED:           { q850: 29,  status: 501 },
  NORMAL_UNSPECIFIED:          { q850: 31,  status: 480 },
  NORMAL_CIRCUIT_CONGESTION:   { q850: 34,  status: 503 },
  NETWORK_OUT_OF_ORDER:        { q850: 38,  status: 502 },
  NORMAL_TEMPORARY_FAILURE:    { q850: 41,  status: 503 },
  SWITCH_CONGESTION:           { q850: 42,  status: 503 },
  REQUESTED_CHAN_UNAVAIL:      { q850: 44,  status: 503 },
  OUTGOING_CALL_BARRED:        { q850: 52,  status: 403 },
  INCOMING_CALL_BARRED:        { q850: 54,  status: 403 },
  BEARERCAPABILITY_NOTAUTH:    { q850: 57,  status: 403 },
  BEARERCAPABILITY_NOTAVAIL:   { q850: 58,  status: 503 },
  SERVICE_UNAVAILABLE:         { q850: 63,  status: 503 },
  BEARERCAPABILITY_NOTIMPL:    { q850: 65,  status: 488 },
  FACILITY_NOT_IMPLEMENTED:    { q850: 69,  status: 501 },
  SERVICE_NOT_IMPLEMENTED:     { q850: 79,  status: 501 },
  INCOMPATIBLE_DESTINATION:    { q850: 88,  status: 488 },
  RECOVERY_ON_TIMER_EXPIRE:    { q850: 102, status: 504 },
  INTERWORKING:                { q850: 127, status: 480 },
  ORIGINATOR_CANCEL:           { q850: 487, status: 487 },
  LOSE_RACE:                   { q850: 502, status: 480 },
  MANAGER_REQUEST:             { q850: 503, status: 480 },
  ALLOTTED_TIMEOUT:            { q850: 602, status: 480 },
  MEDIA_TIMEOUT:               { q850: 604, status: 480 },
  PROGRESS_TIMEOUT:            { q850: 607, status: 480 },
} as const

export type HangupCause = keyof typeof CAUSES

/** Reads a name or a number; `undefined` when it is neither. */
export function parseHangupCause(text: string): HangupCause | undefined {
  const upper = text.trim().toUpperCase()
  for (const [name, { q850 }] of Object.entries(CAUSES)) {
    if (name === upper || String(q850) === upper) return name as HangupCause
  }
  return undefined
}

/** The cause value, of Q.850 up to 127; FreeSWITCH's own above. */
export const q850Of = (cause: HangupCause): number => CAUSES[cause].q850

/** SIP status that refuses a call for this cause. */
export const statusOf = (cause: HangupCause): number => CAUSES[cause].status

/** Text of a Reason header (RFC 3326). Causes that Q.850 does not know are told as interworking, 127. */
export const reasonHeaderOf = (cause: HangupCause): string =>
  `Q.850;cause=${Math.min(q850Of(cause), CAUSES.INTERWORKING.q850)};text="${cause}"`

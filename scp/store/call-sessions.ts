import type { CallSessionToken } from '../../domain/call-session.js'
import { isChargeKind, type ScenarioKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { CHARGE_SERVICE_NUMBER, type ServiceNumber } from '../../domain/switch-assertion.js'
import type { Database } from '../../platform/store.js'
import type { Told } from '../rules/call-result.js'
import {
  CHARGE_SERVICE,
  CODES_OF_NETWORK_MAX,
  msisdnKey,
  msisdnOf,
  notices,
  scenarioKinds,
  services,
  tokenKey,
  tokenOf,
} from './keys.js'

/** What a call's token stands for. */
export interface CallSession {
  readonly token: CallSessionToken
  readonly msisdn: Msisdn
  readonly kind: ScenarioKind
  /** What was dialled. A session of one service is of no use to another. */
  readonly service: ServiceNumber
  /** Call-ID of the INVITE that opened it, by which the logs of all programs are joined. */
  readonly callId: string
  readonly ended: boolean
  /** What its caller was last told that no entry tells. */
  readonly told: Told | undefined
}

/** A call session that the store has. */
export interface KeptCallSession extends CallSession {
  readonly beganAt: EpochMs
}

/** Whether cards are charged in it: of 1400, or of an added scenario, which has no other calls. */
export const isChargeCall = ({ service, kind }: Pick<CallSession, 'service' | 'kind'>): boolean =>
  service === CHARGE_SERVICE_NUMBER || !isChargeKind(kind)

/** The same of a row of the store. */
export const IS_CHARGE_CALL = `(service = ${CHARGE_SERVICE} OR charge_kind > ${CODES_OF_NETWORK_MAX})`

/** What opens a call session. */
export interface NewCallSession {
  readonly token: CallSessionToken
  readonly msisdn: Msisdn
  readonly kind: ScenarioKind
  readonly service: ServiceNumber
  /** Call-ID and CSeq of the INVITE, which opens one call session and no second. */
  readonly callId: string
  readonly cseq: number
}

interface Row {
  readonly msisdn: number
  readonly charge_kind: number
  readonly service: number
  readonly call_id: string
  readonly began_at: number
  readonly ended_at: number | null
  readonly notice: number | null
  readonly notice_entries: number | null
}

/** The calls to the MCSCP, kept in the store so that a restarted scp answers for calls that live on. */
export class CallSessions {
  readonly #open
  readonly #find
  readonly #end
  readonly #opened
  readonly #tell
  readonly #ofInvite

  constructor(store: Database) {
    this.#open = store.prepare<[Buffer, number, number, number, string, number, number]>(
      `INSERT INTO call_session (token, msisdn, charge_kind, service, call_id, cseq, began_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call_id, cseq) DO NOTHING`,
    )
    this.#find = store.prepare<[Buffer], Row>(
      `SELECT msisdn, charge_kind, service, call_id, began_at, ended_at, notice, notice_entries
       FROM call_session WHERE token = ?`,
    )
    this.#end = store.prepare<[number, Buffer]>(
      'UPDATE call_session SET ended_at = ? WHERE token = ? AND ended_at IS NULL',
    )
    this.#tell = store.prepare<[number, number, Buffer]>(
      'UPDATE call_session SET notice = ?, notice_entries = ? WHERE token = ? AND ended_at IS NULL',
    )
    this.#ofInvite = store
      .prepare<[string, number], number>(
        'SELECT 1 FROM call_session WHERE call_id = ? AND cseq = ?',
      )
      .pluck()
    this.#opened = store.prepare<[], { token: Buffer }>(
      'SELECT token FROM call_session WHERE ended_at IS NULL ORDER BY began_at',
    )
  }

  /** Opens a call session; `false` when this very INVITE opened one before. */
  open({ token, msisdn, kind, service, callId, cseq }: NewCallSession, at: EpochMs): boolean {
    const caller = [msisdnKey(msisdn), scenarioKinds.code(kind), services.code(service)] as const
    return this.#open.run(tokenKey(token), ...caller, callId, cseq, at).changes === 1
  }

  /** Whether an INVITE has opened a call session. */
  has({ callId, cseq }: Pick<NewCallSession, 'callId' | 'cseq'>): boolean {
    return this.#ofInvite.get(callId, cseq) !== undefined
  }

  find(token: CallSessionToken): KeptCallSession | undefined {
    const row = this.#find.get(tokenKey(token))
    if (!row) return undefined
    return {
      token,
      msisdn: msisdnOf(row.msisdn),
      kind: scenarioKinds.word(row.charge_kind),
      service: services.word(row.service),
      callId: row.call_id,
      beganAt: epochMs(row.began_at),
      ended: row.ended_at !== null,
      told:
        row.notice === null
          ? undefined
          : { notice: notices.word(row.notice), entries: row.notice_entries ?? 0 },
    }
  }

  /** Records what the caller was told; `false` when the call has ended, or never was. */
  tell(token: CallSessionToken, { notice, entries }: Told): boolean {
    return this.#tell.run(notices.code(notice), entries, tokenKey(token)).changes === 1
  }

  /** Ends a call session; one that has ended, or never was, is left alone. */
  end(token: CallSessionToken, at: EpochMs): void {
    this.#end.run(at, tokenKey(token))
  }

  /** Tokens of the call sessions that have not ended, oldest first. */
  openTokens(): CallSessionToken[] {
    return this.#opened.all().map(({ token }) => tokenOf(token))
  }
}

import type { Msisdn } from '../../domain/msisdn.js'
import { type Units, units } from '../../domain/units.js'
import { Fault } from '../../platform/fault.js'
import type { JsonAnswer, SocketClient } from '../../platform/http-client.js'
import type { WaitingUnits } from './unit-outbox.js'

/** The MSCP, which owns units (Table 4), as scp knows it; docs/formats/units.md. */
export interface Mscp {
  /**
   * Adds units, once a charge id however often it is asked; resolves when they are on the MSCP's disk. Throws
   * `UNITS_DIFFER` when other units came under that charge id before, `PEER_UNREACHABLE` when there is no
   * answer.
   */
  add(bought: WaitingUnits, deadlineMs: number): Promise<void>
  /** What a subscriber has left. */
  left(msisdn: Msisdn, deadlineMs: number): Promise<Units>
}

/** The MSCP over the switch's Unix socket. */
export class MscpClient implements Mscp {
  readonly #socket: Pick<SocketClient, 'ask'>

  constructor(socket: Pick<SocketClient, 'ask'>) {
    this.#socket = socket
  }

  async add({ chargeId, msisdn, units: bought }: WaitingUnits, deadlineMs: number): Promise<void> {
    const path = `/unit-additions/${chargeId}`
    const body = { msisdn, units: bought }
    const answer = await this.#socket.ask({ method: 'PUT', path, body, deadlineMs })
    if (answer.status === 200) return
    if (answer.status === 409) {
      throw new Fault('UNITS_DIFFER', `The MSCP has other units under charge id ${chargeId}.`)
    }
    throw notNow(answer)
  }

  async left(msisdn: Msisdn, deadlineMs: number): Promise<Units> {
    const path = `/units/${msisdn}`
    const answer = await this.#socket.ask({ method: 'GET', path, deadlineMs })
    const { left } = Object(answer.body) as { left?: unknown }
    if (answer.status !== 200 || typeof left !== 'number') throw notNow(answer)
    return units(left)
  }
}

const notNow = ({ status }: JsonAnswer): Fault =>
  new Fault('PEER_UNREACHABLE', `The MSCP cannot answer now (${status}).`)

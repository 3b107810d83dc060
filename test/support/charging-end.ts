import { parseCallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import { nodeTime } from '../../ivr/call-time.js'
import { askPermission, redeem } from '../../ivr/redeem.js'
import { ScpClient } from '../../ivr/scp-client.js'
import { SocketClient } from '../../platform/http-client.js'
import type { Given } from '../../platform/settings.js'
import { demonstrationCards } from '../../scp/cards/clear-file.js'
import { orderCards } from '../../scp/cards/order-cards.js'
import { scpSocket } from '../../scp/config.js'
import { switchKey } from '../../switch-sim/mls/switch-key.js'
import { LonePrograms } from './lone-programs.js'
import { type MediaLeg, WiredCalls } from './wired-calls.js'

/** How long ivr asks scp, as its settings have it by default, in ms. */
const PATIENCE = {
  ...{ attemptMs: 2_500, pauseMs: 100, pauseMaxMs: 1_000 },
  ...{ permissionForMs: 3_000, chargeForMs: 8_000, concludeForMs: 2_000 },
}

/** Cards of one order. */
const ORDER_MAX = 50_000

/**
 * What stands behind a real scp and its signalling engine, without audio: the media engine by its SIP, ivr by
 * its questions. Every call that comes keys a card of its own, and is hung up.
 */
export class ChargingEnd {
  readonly programs: LonePrograms
  /** Calls that were charged. */
  charged = 0
  /** Calls that came and were not charged, by what kept them. */
  readonly wrong = new Map<string, number>()
  #scp: ScpClient | undefined
  #pins: Pin[] = []

  private constructor(programs: LonePrograms) {
    this.programs = programs
  }

  /** Starts scp and its engine, with settings of the caller's. */
  static async open(
    owner: { teardown(end: () => unknown): unknown },
    given: Given,
  ): Promise<ChargingEnd> {
    let end: ChargingEnd | undefined
    const calls = await WiredCalls.open(owner, leg => void end?.serve(leg))
    const programs = await LonePrograms.open(owner, async () => ({
      MCSCP_SCP_MEDIA_ADDRESS: calls.media,
      ...given,
    }))
    await programs.start('scp-signalling', 'scp')
    // As the switch makes it at its first start.
    switchKey(programs.home)
    const socket = new SocketClient(scpSocket(programs.home))
    owner.teardown(() => socket.close())
    end = new ChargingEnd(programs)
    end.#scp = new ScpClient(socket)
    return end
  }

  /** Has so many cards made that nobody keyed yet. */
  async stock(cards: number): Promise<void> {
    while (this.#pins.length < cards) {
      const count = Math.min(ORDER_MAX, cards)
      await orderCards(this.programs.home, { count, faceValue: 500 })
      const made = demonstrationCards(this.programs.home).slice(-count)
      for (const { pin } of made) this.#pins.push(pin)
    }
  }

  /** What media engine and ivr do with one call. */
  private async serve(media: MediaLeg): Promise<void> {
    media.accept()
    const kept = await this.#charge(media)
    if (kept === undefined) this.charged++
    else this.wrong.set(kept, (this.wrong.get(kept) ?? 0) + 1)
    media.hangUp()
  }

  /** What kept a call from being charged; `undefined` for nothing. */
  async #charge(media: MediaLeg): Promise<string | undefined> {
    const session = parseCallSessionToken(media.invite.headers.get('X-Call-Session') ?? '')
    const pin = this.#pins.pop()
    if (!session || !pin || !this.#scp) return 'came without a token, or to no card'
    const callerThere = () => !media.ended
    const noticed = () => {}
    const asking = { scp: this.#scp, time: nodeTime, patience: PATIENCE, noticed, callerThere }
    const permission = await askPermission(session, asking)
    if (permission?.outcome !== 'permitted') return `permission ${permission?.outcome}`
    const { outcome } = await redeem({ session, entry: 1 }, pin, asking)
    return outcome === 'redeemed' ? undefined : `keyed, and ${outcome}`
  }
}

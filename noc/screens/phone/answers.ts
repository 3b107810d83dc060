import type { ContractClass } from '../../../domain/contract-class.js'

/** A demonstration number to call from. */
export interface Handset {
  readonly msisdn: string
  readonly password: string
  readonly contractClass: ContractClass
  readonly language: 'ja' | 'en'
}

/** `GET /api/phone`. */
export interface PhoneAnswer {
  /** WebSocket of the switch. */
  readonly server: string
  readonly domain: string
  readonly realm: string
  readonly handsets: readonly Handset[]
}

/** A demonstration card that nobody has used yet. */
export interface DemonstrationCard {
  readonly serial: string
  readonly pin: string
  readonly faceValue: number
}

/** `GET /api/phone/cards`. */
export interface CardsAnswer {
  readonly cards: readonly DemonstrationCard[]
}
